/** Grid: rows of messages, drawn where they are seen. */
import { memo, useEffect, useLayoutEffect, useRef, type ReactNode } from "react";
import { useWindow } from "../../parts/window.ts";
import type { Column } from "./columns.tsx";
import type { Line } from "./line.ts";
import type { Rows } from "./rows.ts";

export const ROW = 26;
/** Rows from an end at which the next page is fetched. */
const AHEAD = 200;

export interface GridProps {
  readonly rows: Rows;
  readonly columns: readonly Column[];
  readonly chosen: string | undefined;
  readonly onChoose: (key: string) => void;
  readonly onOpen: (line: Line) => void;
  /** An end comes near. */
  readonly onEnd: (way: "older" | "newer") => void;
  /** A row to be shown; a new object each time it is to be. */
  readonly goTo: { readonly row: number } | undefined;
  readonly children?: ReactNode;
}

export function Grid({ rows, columns, chosen, onChoose, onOpen, onEnd, goTo, children }: GridProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const view = useWindow(scroller, rows.count, ROW);
  const last = view.rows.at(-1) ?? 0;
  const first = view.rows[0] ?? 0;
  useEffect(() => {
    if (last > rows.count - AHEAD) onEnd("older");
    if (first < AHEAD) onEnd("newer");
  }, [first, last, rows, onEnd]);
  useKept(scroller, rows.newer);
  useEffect(() => {
    if (goTo) show(scroller.current, goTo.row);
  }, [goTo]);
  const template = columns.map(({ width }) => width).join(" ");
  const least = `${columns.reduce((sum, column) => sum + column.least + 0.75, 1.5)}rem`;
  return (
    <div
      ref={scroller}
      tabIndex={0}
      role="grid"
      aria-label="Messages"
      aria-rowcount={-1}
      aria-activedescendant={chosen === undefined ? undefined : "chosen-row"}
      className="relative min-h-0 grow overflow-auto text-small outline-none"
      onScroll={() => view.scrolled(() => undefined, false)}
    >
      <div
        role="row"
        className="sticky top-0 z-10 grid gap-x-3 border-b border-line bg-panel px-3 py-1 text-tiny text-soft"
        style={{ gridTemplateColumns: template, minWidth: least }}
      >
        {columns.map(({ name, isFigure }) => (
          <span role="columnheader" key={name} className={isFigure ? "text-right" : ""}>
            {name}
          </span>
        ))}
      </div>
      {rows.count === 0 && children}
      <div role="rowgroup" className="relative" style={{ height: rows.count * ROW, minWidth: least }}>
        {view.rows.map((row) => {
          const line = rows.at(row);
          return (
            line && (
              <Row
                key={row % view.slots}
                {...{ line, row, columns, template, onChoose, onOpen }}
                isChosen={line.key === chosen}
              />
            )
          );
        })}
      </div>
    </div>
  );
}

interface RowProps extends Pick<GridProps, "columns" | "onChoose" | "onOpen"> {
  readonly line: Line;
  readonly row: number;
  readonly template: string;
  readonly isChosen: boolean;
}

const Row = memo(function Row({ line, row, columns, template, isChosen, onChoose, onOpen }: RowProps) {
  return (
    <div
      role="row"
      id={isChosen ? "chosen-row" : undefined}
      aria-rowindex={row + 2}
      aria-selected={isChosen}
      className="absolute top-0 right-0 left-0 grid [contain:strict] items-center gap-x-3 border-b border-line/60 px-3 hover:bg-hover aria-selected:bg-chosen [&>*]:truncate [&_.inline-flex]:align-middle"
      style={{ height: ROW, transform: `translateY(${row * ROW}px)`, gridTemplateColumns: template }}
      onClick={() => onChoose(line.key)}
      onDoubleClick={() => onOpen(line)}
    >
      {columns.map(({ name, cell, look = "", isFigure }) => (
        <span role="gridcell" key={name} className={isFigure ? `text-right ${look}` : look}>
          {cell(line)}
        </span>
      ))}
    </div>
  );
});

/** What is read stays where it is when rows are put before it. */
function useKept(scroller: { readonly current: HTMLDivElement | null }, newer: number): void {
  const before = useRef(newer);
  useLayoutEffect(() => {
    const more = newer - before.current;
    before.current = newer;
    if (more > 0 && scroller.current) scroller.current.scrollTop += more * ROW;
  }, [scroller, newer]);
}

/** Brings a row into sight, if it is not. */
function show(scroller: HTMLElement | null, row: number): void {
  if (!scroller || row < 0) return;
  const [top, room] = [row * ROW, scroller.clientHeight - 2 * ROW];
  const off = Math.max(scroller.scrollTop - top, top - scroller.scrollTop - room);
  // A step keeps to the edge; after a jump one sees what was before and after.
  if (off > 2 * ROW) scroller.scrollTop = top - room / 3;
  else if (top < scroller.scrollTop) scroller.scrollTop = top;
  else if (top > scroller.scrollTop + room - ROW) scroller.scrollTop = top - room + ROW;
}
