/** Lanes: who speaks in a conversation, in the order of appearance, and which events are shown between them. Pure. */
import type { Became, Event, Sent } from "@hermod/hub/drawing";

/** An agent, or a group of agents that is shown as one. */
export interface Lane {
  readonly key: string;
  /** The agents that it stands for. */
  readonly members: readonly string[];
  /** The group that it belongs to; undefined for an agent that stands alone. */
  readonly group: string | undefined;
  readonly isFolded: boolean;
}

export interface ArrowRow {
  readonly kind: "arrow";
  readonly event: Sent;
  readonly from: number;
  readonly to: number;
}

export interface MarkRow {
  readonly kind: "mark";
  readonly event: Became;
  readonly lane: number;
}

/** One line of the diagram. */
export type Row = ArrowRow | MarkRow;

/** What of a conversation is shown. */
export interface Choice {
  readonly hidesReplies: boolean;
  /** Only what this agent says and gets. */
  readonly focus: string | undefined;
  /** Groups that are shown as one lane. */
  readonly folded: ReadonlySet<string>;
}

/** The beginning of a name that several may share: "team" of "team/writer", "team.critic" and "team#1". */
export function groupOf(name: string): string | undefined {
  return /^([^/.:#]+)[/.:#]./u.exec(name)?.[1];
}

export function namesIn(events: readonly Event[]): readonly string[] {
  const names = new Set<string>();
  for (const event of events) {
    if (event.type === "became") names.add(event.lane);
    else names.add(event.from).add(event.to);
  }
  return [...names];
}

/** Groups of two agents and more. */
export function groupsIn(names: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const groups = Map.groupBy(names, groupOf);
  const whole = [...groups].map(([group, own]) => [
    group,
    names.includes(group ?? "") ? [group ?? "", ...own] : own,
  ]);
  return new Map(
    whole.filter(([group, own]) => group !== undefined && (own as string[]).length > 1) as [
      string,
      string[],
    ][],
  );
}

/** The lanes of these names; the agents of a group stand side by side where the first of them appears. */
export function lanesOf(names: readonly string[], folded: ReadonlySet<string>): readonly Lane[] {
  const groups = groupsIn(names);
  const inGroup = new Map([...groups].flatMap(([group, own]) => own.map((name) => [name, group] as const)));
  const lanes: Lane[] = [];
  const seen = new Set<string>();
  for (const name of names) {
    const group = inGroup.get(name);
    if (group === undefined) lanes.push({ key: name, members: [name], group, isFolded: false });
    else if (!seen.has(group)) lanes.push(...lanesOfGroup(group, groups.get(group) ?? [], folded.has(group)));
    if (group !== undefined) seen.add(group);
  }
  return lanes;
}

function lanesOfGroup(group: string, members: readonly string[], isFolded: boolean): readonly Lane[] {
  if (isFolded) return [{ key: `${group} …`, members, group, isFolded }];
  return members.map((name) => ({ key: name, members: [name], group, isFolded }));
}

export interface Diagram {
  readonly lanes: readonly Lane[];
  readonly rows: readonly Row[];
}

/** What is shown of all that happened. What goes on inside a folded group is left out, but for what went wrong there. */
export function diagramOf(events: readonly Event[], choice: Choice): Diagram {
  const shown = shownOf(events, choice);
  const lanes = lanesOf(namesIn(shown), choice.folded);
  const places = new Map(lanes.flatMap(({ members }, at) => members.map((name) => [name, at] as const)));
  const placeOf = (name: string): number => places.get(name) ?? 0;
  const rows = shown.flatMap((event): Row[] => {
    if (event.type === "became") {
      const lane = placeOf(event.lane);
      const isQuiet = lanes[lane]?.isFolded === true && event.tone === "good";
      return isQuiet ? [] : [{ kind: "mark", event, lane }];
    }
    const [from, to] = [placeOf(event.from), placeOf(event.to)];
    const isInside = from === to && lanes[from]?.isFolded === true;
    return isInside ? [] : [{ kind: "arrow", event, from, to }];
  });
  return { lanes, rows };
}

function shownOf(events: readonly Event[], { hidesReplies, focus }: Choice): readonly Event[] {
  if (!hidesReplies && focus === undefined) return events;
  const ids = new Set<string>();
  return events.filter((event) => {
    if (event.type === "became") return focus === undefined || ids.has(event.id);
    const isHidden = hidesReplies && event.isReply && event.kind !== "error";
    const concerns = focus === undefined || event.from === focus || event.to === focus;
    if (concerns) ids.add(event.id);
    return concerns && !isHidden;
  });
}

/** The row of a message's sending. */
export function rowOf(rows: readonly Row[], id: string | undefined): number {
  return id === undefined ? -1 : rows.findIndex(({ kind, event }) => kind === "arrow" && event.id === id);
}

/** The message before or after another one, as the rows show them. */
export function stepFrom(rows: readonly Row[], id: string | undefined, by: 1 | -1): string | undefined {
  const at = rowOf(rows, id);
  const start = at < 0 ? (by === 1 ? -1 : rows.length) : at;
  for (let next = start + by; next >= 0 && next < rows.length; next += by) {
    const row = rows[next] as Row;
    if (row.kind === "arrow" && row.event.id !== id) return row.event.id;
  }
  return undefined;
}

/** A row as it looked at a time: how a message ended is not known before its end. */
export function rowAt(row: Row, at: number, ends: ReadonlyMap<string, number>): Row {
  if (row.kind === "mark" || row.event.kind === "error" || (ends.get(row.event.id) ?? 0) <= at) return row;
  return { ...row, event: { ...row.event, outcome: "running", tone: "warn" } };
}
