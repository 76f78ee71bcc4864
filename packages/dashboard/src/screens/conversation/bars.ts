/** Bars: how long messages waited and were handled, for the view in time: one bar for each attempt, side by side where several run at once. Pure. */
import type { MessageRecord } from "../../api/types.ts";
import { isOpen, toDrawn } from "./drawn.ts";
import type { Folding, Span } from "./folding.ts";
import type { Said } from "./shownrecords.ts";

export type Phase = "wait" | "work";

export interface Bar extends Span {
  readonly id: string;
  readonly lane: string;
  readonly phase: Phase;
  readonly label: string;
  readonly tone: "good" | "warn" | "bad" | "info";
  /** It goes on. */
  readonly isOpen: boolean;
  /** Of an attempt, and why it failed. */
  readonly attempt: number;
  readonly reason: string | undefined;
}

/** The bars of messages; replies arrive and are no work. `now` is where those that go on end. */
export function barsOf(said: readonly Said[], now: number): readonly Bar[] {
  return said.flatMap(({ record, to }) =>
    record.envelope.verb === "reply" ? [] : barsOfOne(record, to, now),
  );
}

/** How an attempt went, by its outcome. */
export const tones = {
  acked: "good",
  released: "warn",
  retried: "warn",
  "lease-expired": "warn",
  failed: "bad",
  dead: "bad",
} as const;

function barsOfOne(record: MessageRecord, lane: string, now: number): readonly Bar[] {
  const { envelope, attempts } = toDrawn(record);
  const about = { id: envelope.id, lane, label: envelope.operation || envelope.type };
  const bars: Bar[] = [];
  let since = envelope.sentAt;
  for (const { number, startedAt, endedAt, outcome, error } of attempts) {
    const from = Math.max(since, startedAt);
    const wait = { phase: "wait", tone: "info", isOpen: false, attempt: number, reason: undefined } as const;
    if (from > since) bars.push({ ...about, ...wait, from: since, to: from });
    since = Math.max(from, endedAt);
    const work = { phase: "work", tone: tones[outcome], isOpen: false, attempt: number } as const;
    bars.push({ ...about, ...work, from, to: since, reason: error?.message });
  }
  if (isOpen(record) || attempts.length === 0) bars.push({ ...about, ...openBar(record, since, now) });
  return bars;
}

function openBar(record: MessageRecord, from: number, now: number): Omit<Bar, "id" | "lane" | "label"> {
  const goesOn = isOpen(record);
  const isBad = record.state === "failed" || record.state === "dead";
  return {
    ...{ from, to: goesOn ? Math.max(from, now) : from, phase: record.state === "waiting" ? "wait" : "work" },
    ...{ tone: isBad ? "bad" : goesOn ? "info" : "good", isOpen: goesOn },
    ...{ attempt: record.attempts.length + 1, reason: undefined },
  };
}

/** When something happens: what is handled, and each sending; that something waits is no reason to show all of it. */
export function busyIn(said: readonly Said[], bars: readonly Bar[]): readonly Span[] {
  const sent = said.map(({ at }) => ({ from: at, to: at }));
  return [
    ...sent,
    ...bars.flatMap(({ phase, from, to }) =>
      phase === "work"
        ? [{ from, to }]
        : [
            { from, to: from },
            { from: to, to },
          ],
    ),
  ];
}

/** A bar in its place, in pixels. */
export interface Placed {
  readonly bar: Bar;
  readonly x: number;
  readonly width: number;
  /** Which line of its lane. */
  readonly track: number;
  /** How many it stands for: those that are too small to be told apart. */
  readonly count: number;
}

export interface TimeLane {
  readonly name: string;
  readonly tracks: number;
  readonly bars: readonly Placed[];
}

/** Most lines of a lane; what does not fit shares the last one. */
const MOST_TRACKS = 12;
/** The least width that can be seen, and told apart. */
const THIN = 3;
/** Most bars that are drawn; beyond it those near each other are drawn as one. */
const MOST_BARS = 1500;

/** A lane for each agent that got something, in the order of appearance; `scale` is pixels for each folded millisecond. */
export function timeLanes(bars: readonly Bar[], folding: Folding, scale: number): readonly TimeLane[] {
  const own = [...Map.groupBy(bars, ({ lane }) => lane)].map(
    ([name, each]) => [name, each.toSorted((a, b) => a.from - b.from)] as const,
  );
  for (let thin = THIN; ; thin *= 2) {
    const lanes = own.map(([name, each]) => laneOf(name, each, folding, scale, thin));
    const count = lanes.reduce((sum, lane) => sum + lane.bars.length, 0);
    if (count <= MOST_BARS || thin > 500) return lanes;
  }
}

function laneOf(name: string, bars: readonly Bar[], folding: Folding, scale: number, thin: number): TimeLane {
  const ends: number[] = [];
  const trackOf = new Map<string, number>();
  const placed: Placed[] = [];
  // The last bar of each kind in each line.
  const last = new Map<string, number>();
  for (const bar of bars) {
    const x = folding.place(bar.from) * scale;
    const width = Math.max(THIN, folding.place(bar.to) * scale - x);
    const track = trackOf.get(bar.id) ?? freeTrack(ends, x);
    trackOf.set(bar.id, track);
    ends[track] = Math.max(ends[track] ?? 0, x + width);
    const kind = `${track} ${bar.phase} ${bar.tone}`;
    const index = last.get(kind) ?? -1;
    const before = placed[index];
    if (before && width <= thin && x < before.x + before.width + thin) {
      const joined = Math.max(before.width, x + width - before.x);
      placed[index] = { ...before, width: joined, count: before.count + 1 };
    } else last.set(kind, placed.push({ bar, x, width, track, count: 1 }) - 1);
  }
  return { name, tracks: Math.max(1, ends.length), bars: placed };
}

/** The first line that is free there. */
function freeTrack(ends: readonly number[], x: number): number {
  const free = ends.findIndex((end) => end <= x);
  return free >= 0 ? free : Math.min(ends.length, MOST_TRACKS - 1);
}

/** Every so many milliseconds there is a mark on the line of time: 1, 2, 5, 10 … at least `least` apart. */
export function tickStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(1e-3, least)));
  const factor = [1, 2, 5, 10].find((each) => each * power >= least) ?? 10;
  return Math.max(1, factor * power);
}
