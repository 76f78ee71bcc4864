/** Rows: the agents as they are shown: narrowed by words, in an order, and in groups that fold. */
import type { AgentStatus } from "../../api/types.ts";
import { ageOf, conditionOf, type Condition } from "./condition.ts";
import type { Pace, Rates } from "./rates.ts";

export interface Row {
  readonly kind: "agent";
  readonly agent: AgentStatus;
  readonly pace: Pace;
  readonly condition: Condition;
  /** Milliseconds that the oldest message has waited. */
  readonly age: number;
}

/** What stands above the agents of a group. */
export interface Group {
  readonly kind: "group";
  readonly name: string;
  readonly count: number;
  readonly worst: Condition;
  readonly waiting: number;
  readonly perSecond: number;
  readonly isOpen: boolean;
}

export const columns = {
  agent: { name: "agent", by: ({ agent }: Row) => agent.name },
  condition: { name: "condition", by: ({ condition }: Row) => condition.weight },
  waiting: { name: "waiting", by: ({ agent }: Row) => agent.mailbox?.waiting ?? 0 },
  oldest: { name: "oldest", by: ({ age }: Row) => age },
  running: { name: "in flight", by: ({ agent }: Row) => agent.mailbox?.running ?? 0 },
  rate: { name: "per second", by: ({ pace }: Row) => pace.perSecond },
  errors: { name: "errors", by: ({ pace }: Row) => pace.failing },
  time: { name: "takes", by: ({ agent }: Row) => agent.numbers?.averageMs ?? 0 },
  restarts: { name: "restarts", by: ({ agent }: Row) => agent.restarts ?? 0 },
  breaker: { name: "breaker", by: ({ agent }: Row) => agent.breaker ?? "" },
  where: { name: "runs in", by: ({ agent }: Row) => placeOf(agent) },
} as const;
export type ColumnName = keyof typeof columns;

/** By what agents stand together. */
export const groupings = {
  nothing: () => "",
  system: ({ agent }: Row) => placeOf(agent),
  condition: ({ condition }: Row) => condition.word,
  name: ({ agent }: Row) => kindOf(agent.name),
} as const;
export type Grouping = keyof typeof groupings;

/** How they are shown, as the address says it: "system -waiting": grouped by system, the most waiting first. */
export interface Order {
  readonly group: Grouping;
  readonly by: ColumnName | undefined;
  readonly down: boolean;
}

export function toOrder(text = ""): Order {
  const [group, sort] = text.split(" ");
  const by = sort?.replace(/^-/, "");
  return {
    group: group !== undefined && Object.hasOwn(groupings, group) ? (group as Grouping) : "nothing",
    by: by !== undefined && Object.hasOwn(columns, by) ? (by as ColumnName) : undefined,
    down: sort?.startsWith("-") ?? false,
  };
}

export function orderText({ group, by, down }: Order): string | undefined {
  const sort = by === undefined ? "" : ` ${down ? "-" : ""}${by}`;
  return group === "nothing" && sort === "" ? undefined : group + sort;
}

/** Where it runs, in short. */
export function placeOf({ clients = [], pulled, systems }: AgentStatus): string {
  const names = [...new Set(clients)].toSorted();
  if (names.length > 0) return names.join(", ");
  return pulled ? "pulled over HTTP" : systems > 0 ? "a system that says nothing" : "nowhere";
}

/** "worker" for "worker-17", "worker/3" and "worker.eu": those that are one of a kind. */
export function kindOf(name: string): string {
  return /^(.+?)[-_./:]?\d+$/u.exec(name)?.[1] ?? name.split(/[./:]/u, 1)[0] ?? name;
}

export function toRows(agents: readonly AgentStatus[], rates: Rates, now: number): readonly Row[] {
  return agents.map((agent) => {
    const pace = rates.of(agent.name);
    return { kind: "agent", agent, pace, age: ageOf(agent, now), condition: conditionOf(agent, pace, now) };
  });
}

/** Those in which each word is found: in the name, the condition or the place; "-word" for those in which it is not. */
export function narrowed(rows: readonly Row[], words: string): readonly Row[] {
  const wanted = words
    .toLowerCase()
    .split(/\s+/u)
    .filter((word) => word !== "" && word !== "-");
  if (wanted.length === 0) return rows;
  return rows.filter((row) => {
    const text =
      `${row.agent.name} ${row.condition.word} ${placeOf(row.agent)} ${row.agent.breaker ?? ""}`.toLowerCase();
    return wanted.every((word) =>
      word.startsWith("-") ? !text.includes(word.slice(1)) : text.includes(word),
    );
  });
}

/** The worst first; those that do well stand by name, so that nothing moves that nobody needs to see. */
const byNeed = (a: Row, b: Row): number =>
  b.condition.weight - a.condition.weight || compare(a.agent.name, b.agent.name);

export function sorted(rows: readonly Row[], { by, down }: Order): readonly Row[] {
  if (by === undefined) return rows.toSorted(byNeed);
  const value = columns[by].by;
  const sign = down ? -1 : 1;
  return rows.toSorted((a, b) => compare(value(a), value(b)) * sign || compare(a.agent.name, b.agent.name));
}

function compare(a: number | string, b: number | string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The rows below a line for each group, in the order of their first row; the rows of a folded group are left out. */
export function grouped(
  rows: readonly Row[],
  group: Grouping,
  folded: ReadonlySet<string>,
): readonly (Row | Group)[] {
  if (group === "nothing") return rows;
  const groups = Map.groupBy(rows, groupings[group]);
  return [...groups].flatMap(([name, members]): readonly (Row | Group)[] => {
    const isOpen = !folded.has(name);
    return [toGroup(name, members, isOpen), ...(isOpen ? members : [])];
  });
}

function toGroup(name: string, members: readonly Row[], isOpen: boolean): Group {
  const sum = (value: (row: Row) => number): number => members.reduce((total, row) => total + value(row), 0);
  const worst = members.reduce((bad, row) => (row.condition.weight > bad.condition.weight ? row : bad));
  return {
    ...{ kind: "group", name, isOpen, count: members.length, worst: worst.condition },
    ...{ waiting: sum(columns.waiting.by), perSecond: sum(columns.rate.by) },
  };
}
