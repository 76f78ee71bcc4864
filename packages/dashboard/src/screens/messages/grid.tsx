/** Grid: rows of messages, drawn where they are seen. */
import { memo, useEffect, useLayoutEffect, useRef, type ReactNode } from "react";
import { Cells, HEAD, Heads, LINE, placeAt, ROW, useFitting, type Fitting } from "../../parts/grid/cells.tsx";
import { reveal, useWindow } from "../../parts/window.ts";
import type { Column } from "./columns.tsx";
import type { Line } from "./line.ts";
import type { Rows } from "./rows.ts";

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
  const shown = useFitting(columns, view.width);
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
      <Heads {...shown} />
      {rows.count === 0 && children}
      <div role="rowgroup" className="relative" style={{ height: rows.count * ROW }}>
        {view.rows.map((row) => {
          const line = rows.at(row);
          return (
            line && (
              <Row
                key={row % view.slots}
                {...{ line, row, shown, onChoose, onOpen }}
                isChosen={line.key === chosen}
              />
            )
          );
        })}
      </div>
    </div>
  );
}

interface RowProps extends Pick<GridProps, "onChoose" | "onOpen"> {
  readonly line: Line;
  readonly row: number;
  readonly shown: Fitting<Column>;
  readonly isChosen: boolean;
}

const Row = memo(function Row({ line, row, shown, isChosen, onChoose, onOpen }: RowProps) {
  return (
    <div
      role="row"
      id={isChosen ? "chosen-row" : undefined}
      aria-rowindex={row + 2}
      aria-selected={isChosen}
      className={`${LINE} [contain:strict]`}
      style={{ ...placeAt(row), gridTemplateColumns: shown.template }}
      onClick={() => onChoose(line.key)}
      onDoubleClick={() => onOpen(line)}
    >
      <Cells columns={shown.columns} item={line} />
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
  else reveal(scroller, row, ROW, HEAD);
}
