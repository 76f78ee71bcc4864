/** Picture: what of the agents and their traffic is drawn: each for itself while they are few, in groups where they are many. Pure. */
import type { AgentStatus, Child, Edge, End, SystemStatus } from "../../api/types.ts";
import { kindOf, placeOf } from "../agents/rows.ts";
import { amountOf, idOf, labelOf } from "./ends.ts";

/** Most that is drawn. */
export const MOST_DOTS = 300;
export const MOST_LINES = 600;

export interface Dot {
  readonly id: string;
  readonly kind: End["kind"] | "group";
  readonly label: string;
  /** Whom it stands for. */
  readonly ends: readonly End[];
  /** Messages that it sent to itself, or that went inside of it. */
  readonly inside: number;
  readonly agent: AgentStatus | undefined;
  /** Where groups are open: which one it stands in. */
  readonly group: string | undefined;
}

export interface Line {
  readonly id: string;
  /** The ids of its dots. */
  readonly from: string;
  readonly to: string;
  readonly sent: number;
  readonly done: number;
  readonly failed: number;
  readonly retried: number;
  readonly amount: number;
  /** In milliseconds since 1970. */
  readonly lastAt: number;
  /** What it stands for, the most first. */
  readonly edges: readonly Edge[];
}

export interface Picture {
  readonly dots: readonly Dot[];
  /** The most first. */
  readonly lines: readonly Line[];
  /** By what is drawn together; other than what was asked for where there is too much. */
  readonly grouping: Grouping;
  /** All that there is. */
  readonly ends: number;
  readonly unseenLines: number;
}

export const groupings = ["nothing", "type", "supervisor", "process"] as const;
export type Grouping = (typeof groupings)[number];

export const toGrouping = (text = ""): Grouping => groupings.find((each) => each === text) ?? "nothing";

export interface Wish {
  readonly grouping: Grouping;
  /** The groups whose members are drawn for themselves. */
  readonly open: ReadonlySet<string>;
  readonly most?: number;
}

/** Where what is left over stands, which cannot be opened. */
export const OTHERS = "group others";

export function toPicture(
  agents: readonly AgentStatus[],
  edges: readonly Edge[],
  systems: readonly SystemStatus[],
  { grouping: asked, open, most = MOST_DOTS }: Wish,
): Picture {
  const ends = endsIn(agents, edges);
  const grouping = asked === "nothing" && ends.size > most ? "type" : asked;
  const known = new Map(agents.map((agent) => [`agent ${agent.name}`, agent]));
  const above = grouping === "supervisor" ? supervisors(systems) : undefined;
  const nameOf = (end: End): string => groupName(end, grouping, known.get(idOf(end)), above);
  const weights = weigh(edges);
  const weight = (end: End): number => weights.get(idOf(end)) ?? 0;
  const sets = grouping === "nothing" ? [] : [...Map.groupBy(ends.values(), nameOf)];
  const dots: Dot[] = grouping === "nothing" ? [...ends.values()].map((end) => single(end, known)) : [];
  for (const [name, own] of sets) {
    const id = `group ${name}`;
    const isApart = own.length === 1 || open.has(id);
    if (isApart) dots.push(...own.map((end) => single(end, known, own.length > 1 ? id : undefined)));
    else dots.push(group(id, name, own));
  }
  const total = (dot: Dot): number => dot.ends.reduce((sum, end) => sum + weight(end), 0);
  const drawn = atMost(dots, most, total);
  return { ...between(drawn, edges), grouping, ends: ends.size };
}

function endsIn(agents: readonly AgentStatus[], edges: readonly Edge[]): ReadonlyMap<string, End> {
  const all: readonly End[] = [
    ...agents.map(({ name }) => ({ kind: "agent", name }) as const),
    ...edges.flatMap(({ from, to }) => [from, to]).map(({ kind, name }) => ({ kind, name })),
  ];
  return new Map(all.map((end) => [idOf(end), end]));
}

function weigh(edges: readonly Edge[]): ReadonlyMap<string, number> {
  const weights = new Map<string, number>();
  for (const edge of edges)
    for (const end of [edge.from, edge.to])
      weights.set(idOf(end), (weights.get(idOf(end)) ?? 0) + amountOf(edge));
  return weights;
}

const kinds = { person: "people", topic: "topics", system: "system" } as const;

function groupName(
  { kind, name }: End,
  grouping: Grouping,
  agent: AgentStatus | undefined,
  above: ReadonlyMap<string, string> | undefined,
): string {
  if (kind !== "agent") return kinds[kind];
  if (grouping === "supervisor") return above?.get(name) ?? "below no supervisor";
  if (grouping === "process") return agent ? placeOf(agent) : "nowhere";
  return kindOf(name);
}

/** The supervisor, or the pool, that each agent stands directly below. */
function supervisors(systems: readonly SystemStatus[]): ReadonlyMap<string, string> {
  const above = new Map<string, string>();
  const walk = (children: readonly Child[], parent: string | undefined): void => {
    for (const { name, type, children: below = [] } of children) {
      if (type !== "supervisor" && parent !== undefined) above.set(name, parent);
      walk(below, type === "agent" ? parent : name);
    }
  };
  for (const { tree = [] } of systems) walk(tree, undefined);
  return above;
}

function single(end: End, known: ReadonlyMap<string, AgentStatus>, own?: string): Dot {
  const id = idOf(end);
  return {
    ...{ id, kind: end.kind, label: labelOf(end), ends: [end], inside: 0 },
    agent: known.get(id),
    group: own,
  };
}

function group(id: string, label: string, ends: readonly End[]): Dot {
  return { id, kind: "group", label, ends, inside: 0, agent: undefined, group: undefined };
}

/** Those with the most traffic; the others as one. */
function atMost(dots: readonly Dot[], most: number, total: (dot: Dot) => number): readonly Dot[] {
  if (dots.length <= most) return dots;
  const weights = new Map(dots.map((dot) => [dot.id, total(dot)]));
  const sorted = dots.toSorted(
    (a, b) => (weights.get(b.id) as number) - (weights.get(a.id) as number) || (a.id < b.id ? -1 : 1),
  );
  const rest = sorted.slice(most - 1).flatMap(({ ends }) => ends);
  return [...sorted.slice(0, most - 1), group(OTHERS, "all others", rest)];
}

function between(
  dots: readonly Dot[],
  edges: readonly Edge[],
): Pick<Picture, "dots" | "lines" | "unseenLines"> {
  const dotOf = new Map(dots.flatMap(({ id, ends }) => ends.map((end) => [idOf(end), id] as const)));
  const own = Map.groupBy(edges, ({ from, to }) => `${dotOf.get(idOf(from))}\n${dotOf.get(idOf(to))}`);
  const inside = new Map<string, number>();
  const lines: Line[] = [];
  for (const [id, each] of own) {
    const [from, to] = id.split("\n") as [string, string];
    const line = toLine(id, from, to, each);
    if (from === to) inside.set(from, line.amount);
    else lines.push(line);
  }
  lines.sort((a, b) => b.amount - a.amount || (a.id < b.id ? -1 : 1));
  return {
    dots: dots.map((dot) => ({ ...dot, inside: inside.get(dot.id) ?? 0 })),
    lines: lines.slice(0, MOST_LINES),
    unseenLines: Math.max(0, lines.length - MOST_LINES),
  };
}

function toLine(id: string, from: string, to: string, edges: readonly Edge[]): Line {
  const sum = (value: (edge: Edge) => number): number =>
    edges.reduce((total, edge) => total + value(edge), 0);
  const [sent, done] = [sum((edge) => edge.sent), sum((edge) => edge.done)];
  const [failed, retried] = [sum((edge) => edge.failed), sum((edge) => edge.retried)];
  const lastAt = edges.reduce((last, edge) => Math.max(last, Date.parse(edge.lastAt)), 0);
  return { id, from, to, sent, done, failed, retried, lastAt, edges, amount: sum(amountOf) };
}

/** How wide a line is, in pixels: ten times as much traffic is one step. */
export const widthOf = ({ amount }: Line): number => Math.min(8, 1.25 + 1.5 * Math.log10(1 + amount));

/** What a change of the drawing is noticed by: who is there, and who has to do with whom. */
export function shapeOf({ dots, lines }: Picture): string {
  return [...dots.map(({ id }) => id).toSorted(), "", ...lines.map(({ id }) => id).toSorted()].join("\n");
}
