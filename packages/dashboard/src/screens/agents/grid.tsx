/** Grid: the rows of agents that are in sight, however many there are; walked by keys, sorted by their heads. */
import { ArrowDown, ArrowUp, ChevronDown, ChevronRight } from "lucide-react";
import { useEffect, useRef } from "react";
import { AgentName } from "../../parts/links.tsx";
import { ConditionWord } from "../../parts/condition.tsx";
import { Sparkline } from "../../parts/sparkline.tsx";
import { countText, plain, spanText } from "../../parts/text.ts";
import { useWindow } from "../../parts/window.ts";
import { percentText, rateText } from "./figures.ts";
import { columns, placeOf, type ColumnName, type Group, type Order, type Row } from "./rows.ts";

const HEIGHT = 30;
const LAYOUT =
  "grid w-full grid-cols-[minmax(9rem,1.6fr)_8.5rem_4rem_5rem_3.5rem_7.5rem_3.5rem_4rem_4rem_4.5rem_minmax(6rem,1fr)] gap-x-2 items-center";
const figures: ReadonlySet<ColumnName> = new Set([
  "waiting",
  "oldest",
  "running",
  "rate",
  "errors",
  "time",
  "restarts",
]);

export interface GridProps {
  readonly rows: readonly (Row | Group)[];
  readonly order: Order;
  readonly onSort: (by: ColumnName) => void;
  readonly chosen: string | undefined;
  readonly onChoose: (name: string) => void;
  readonly onOpen: (name: string) => void;
  readonly onFold: (group: string) => void;
}

export function Grid({ rows, order, onSort, chosen, onChoose, onOpen, onFold }: GridProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const view = useWindow(scroller, rows.length, HEIGHT);
  useShown(scroller, rows, chosen);
  return (
    <div
      ref={scroller}
      role="grid"
      aria-label="Agents"
      aria-rowcount={rows.length + 1}
      tabIndex={0}
      className="min-h-0 grow overflow-auto text-small outline-offset-[-2px]"
      onScroll={() => view.scrolled(() => undefined, false)}
    >
      <div
        role="row"
        aria-rowindex={1}
        className={`${LAYOUT} sticky top-0 min-w-[67rem] z-1 border-b border-line bg-panel px-3 py-1 text-tiny text-soft`}
      >
        {(Object.keys(columns) as ColumnName[]).map((name) => (
          <Head key={name} column={name} order={order} onSort={onSort} />
        ))}
      </div>
      <div role="rowgroup" className="relative min-w-[67rem]" style={{ height: rows.length * HEIGHT }}>
        {view.rows.map((at) => {
          const row = rows[at];
          if (row === undefined) return null;
          const place = { height: HEIGHT, transform: `translateY(${at * HEIGHT}px)` };
          const name = row.kind === "agent" ? row.agent.name : undefined;
          return (
            <div
              key={name ?? `group ${(row as Group).name}`}
              role="row"
              aria-rowindex={at + 2}
              aria-selected={name !== undefined && name === chosen}
              className="absolute right-0 left-0 flex items-center border-b border-line/60 px-3 hover:bg-hover aria-selected:bg-chosen"
              style={place}
              onClick={() => name !== undefined && onChoose(name)}
              onDoubleClick={() => name !== undefined && onOpen(name)}
            >
              {row.kind === "agent" ? <AgentCells row={row} /> : <GroupCell group={row} onFold={onFold} />}
            </div>
          );
        })}
      </div>
    </div>
  );
}

/** What is chosen comes into sight. */
function useShown(
  scroller: { readonly current: HTMLElement | null },
  rows: readonly (Row | Group)[],
  chosen?: string,
): void {
  const known = useRef(rows);
  known.current = rows;
  useEffect(() => {
    const box = scroller.current;
    const at = known.current.findIndex((row) => row.kind === "agent" && row.agent.name === chosen);
    if (!box || at < 0) return;
    const top = at * HEIGHT;
    if (top < box.scrollTop) box.scrollTop = top;
    else if (top + 2 * HEIGHT > box.scrollTop + box.clientHeight)
      box.scrollTop = top + 2 * HEIGHT - box.clientHeight;
  }, [scroller, chosen]);
}

function Head({ column, order, onSort }: { column: ColumnName; order: Order; onSort: GridProps["onSort"] }) {
  const isSorted = order.by === column;
  const Arrow = order.down ? ArrowDown : ArrowUp;
  return (
    <span
      role="columnheader"
      aria-sort={isSorted ? (order.down ? "descending" : "ascending") : undefined}
      className={figures.has(column) ? "text-right" : ""}
    >
      <button
        type="button"
        className="inline-flex items-center gap-1 hover:text-ink"
        onClick={() => onSort(column)}
      >
        {columns[column].name}
        {isSorted && <Arrow size={11} aria-hidden />}
      </button>
    </span>
  );
}

function AgentCells({ row: { agent, pace, condition, age } }: { readonly row: Row }) {
  const { mailbox, numbers, restarts = 0, breaker } = agent;
  return (
    <div className={LAYOUT}>
      <span role="gridcell" className="truncate font-medium" title={plain(agent.name)}>
        <AgentName address={agent.name} />
      </span>
      <span role="gridcell">
        <ConditionWord {...condition} />
      </span>
      <Figure>{mailbox?.waiting ? countText(mailbox.waiting) : ""}</Figure>
      <Figure>{age > 0 ? spanText(age) : ""}</Figure>
      <Figure>{mailbox?.running ? countText(mailbox.running) : ""}</Figure>
      <span role="gridcell" className="flex items-center justify-end gap-2">
        <Sparkline line={pace.line} />
        <span className="w-10 text-right">{pace.line.length > 0 ? rateText(pace.perSecond) : "–"}</span>
      </span>
      <Figure tone={pace.failing > 0 ? "text-bad" : ""}>
        {pace.failing > 0 ? percentText(pace.failing) : ""}
      </Figure>
      <Figure>{numbers?.averageMs === undefined ? "" : spanText(numbers.averageMs)}</Figure>
      <Figure tone={restarts > 0 ? "text-warn" : ""}>{restarts > 0 ? countText(restarts) : ""}</Figure>
      <span
        role="gridcell"
        className={breaker === "open" ? "text-bad" : breaker === "half-open" ? "text-warn" : "text-soft"}
      >
        {breaker ?? ""}
      </span>
      <span role="gridcell" className="truncate text-soft" title={plain(placeOf(agent))}>
        {plain(placeOf(agent))}
      </span>
    </div>
  );
}

function Figure({ children, tone = "" }: { readonly children: string; readonly tone?: string }) {
  return (
    <span role="gridcell" className={`truncate text-right ${tone}`}>
      {children}
    </span>
  );
}

function GroupCell({ group, onFold }: { readonly group: Group; readonly onFold: GridProps["onFold"] }) {
  const { name, count, worst, waiting, perSecond, isOpen } = group;
  const Chevron = isOpen ? ChevronDown : ChevronRight;
  return (
    <span role="gridcell" aria-colspan={Object.keys(columns).length} className="flex items-center gap-4">
      <button
        type="button"
        aria-expanded={isOpen}
        className="flex items-center gap-1 font-semibold"
        onClick={() => onFold(name)}
      >
        <Chevron size={14} aria-hidden />
        {plain(name)}
        <span className="font-normal text-soft">{countText(count)}</span>
      </button>
      <ConditionWord tone={worst.tone} word={`worst: ${worst.word}`} />
      <span className="text-soft">{countText(waiting)} waiting</span>
      <span className="text-soft">{rateText(perSecond)} per second</span>
    </span>
  );
}
