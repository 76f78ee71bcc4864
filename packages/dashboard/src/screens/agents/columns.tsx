/** Columns of the list of agents: how wide each is, which of them go first where it is narrow, and what stands in them. */
import { ConditionWord } from "../../parts/condition.tsx";
import type { Column as GridColumn } from "../../parts/grid/columns.ts";
import { AgentName } from "../../parts/links.tsx";
import { Sparkline } from "../../parts/sparkline.tsx";
import { countText, plain, spanText } from "../../parts/text.ts";
import { percentText, rateText } from "./figures.ts";
import { columns as known, placeOf, type ColumnName, type Row } from "./rows.ts";

export interface Column extends GridColumn<Row> {
  readonly id: ColumnName;
}

/** Nothing is shown for none. */
const some = (count = 0): string => (count > 0 ? countText(count) : "");
const breakerTones: Readonly<Record<string, string>> = { open: "text-bad", "half-open": "text-warn" };

const looks: Readonly<Record<ColumnName, Omit<Column, "id" | "name">>> = {
  agent: {
    ...{ least: 9, most: "1.6fr", look: "font-medium" },
    cell: ({ agent }) => <AgentName address={agent.name} />,
  },
  condition: { least: 8.5, worth: 10, cell: ({ condition }) => <ConditionWord {...condition} /> },
  waiting: { least: 4, worth: 9, isFigure: true, cell: ({ agent }) => some(agent.mailbox?.waiting) },
  oldest: { least: 5, worth: 7, isFigure: true, cell: ({ age }) => (age > 0 ? spanText(age) : "") },
  running: { least: 3.5, worth: 4, isFigure: true, cell: ({ agent }) => some(agent.mailbox?.running) },
  rate: { least: 7.5, worth: 6, isFigure: true, cell: ({ pace }) => <Rate pace={pace} /> },
  errors: {
    ...{ least: 3.5, worth: 8, isFigure: true },
    cell: ({ pace }) => pace.failing > 0 && <span className="text-bad">{percentText(pace.failing)}</span>,
  },
  time: {
    ...{ least: 4, worth: 2, isFigure: true },
    cell: ({ agent }) => (agent.numbers?.averageMs === undefined ? "" : spanText(agent.numbers.averageMs)),
  },
  restarts: {
    ...{ least: 4, worth: 5, isFigure: true },
    cell: ({ agent }) => <span className="text-warn">{some(agent.restarts)}</span>,
  },
  breaker: {
    ...{ least: 5, worth: 3 },
    cell: ({ agent: { breaker = "" } }) => (
      <span className={breakerTones[breaker] ?? "text-soft"}>{breaker}</span>
    ),
  },
  where: {
    ...{ least: 6, most: "1fr", worth: 1, look: "text-soft" },
    cell: ({ agent }) => <span title={plain(placeOf(agent))}>{plain(placeOf(agent))}</span>,
  },
};

export const columns: readonly Column[] = (Object.keys(known) as ColumnName[]).map((id) => ({
  ...{ id, name: known[id].name },
  ...looks[id],
}));

function Rate({ pace: { line, perSecond } }: Pick<Row, "pace">) {
  return (
    <span className="flex items-center justify-end gap-2">
      <Sparkline line={line} />
      <span className="w-10">{line.length > 0 ? rateText(perSecond) : "–"}</span>
    </span>
  );
}
