/**
 * Waterfall: a trace as lines for the terminal: what follows from a message stands indented below it, `░` while it waits and `█` while it is handled; what is on
 * the critical path has a star. Where nothing happened for long the line of time is folded, which shows as `⋯`.
 *
 *   * call  ~ → planner  plan      ░██████████    412ms
 *   *   call  planner → writer       ░░███████    371ms
 */
import { Canvas, columnsOf, cut, unpainted, type Paint } from "./canvas.ts";
import { criticalPath, type CriticalPath } from "./criticalpath.ts";
import { plain } from "./events.ts";
import { foldGaps, type Folding } from "./folding.ts";
import { busyIn, endOf, type Spans } from "./spans.ts";
import type { Tone } from "./tone.ts";

/** Most columns of the names, as a part of all. */
const NAMES = 0.45;
/** Where the time and what became of it stand. */
const TAIL = 18;
const LEAST = 10;
/** Levels below this one stand below one another. */
const DEEPEST = 12;

/** Where things stand in a line. */
interface Layout {
  readonly names: number;
  readonly room: number;
  readonly folding: Folding;
  readonly path: CriticalPath;
  readonly now: number;
}

/** The trace of these spans, `width` characters wide; `now` is where what is in flight ends. The same spans give the same text. */
export function drawWaterfall(spans: Spans, now: number, width = 100, paint: Paint = unpainted): string {
  if (spans.count === 0) return "no messages";
  const path = criticalPath(spans, now);
  const labels = Array.from({ length: spans.count }, (_, at) => labelOf(spans, at));
  const longest = labels.reduce((most, label) => Math.max(most, columnsOf(label)), 0);
  const names = Math.max(LEAST, Math.min(longest, Math.floor(width * NAMES)));
  const room = Math.max(LEAST, width - names - TAIL - 4);
  const layout = { names, room, path, now, folding: foldGaps(busyIn(spans, now)) };
  return labels.map((label, at) => lineAt(spans, at, label, layout).toString(paint)).join("\n");
}

function labelOf({ verbs, senders, receivers, operations, depth }: Spans, at: number): string {
  const indent = "  ".repeat(Math.min(DEEPEST, depth[at] as number));
  return plain(`${indent}${verbs[at]} ${senders[at]} → ${receivers[at]}  ${operations[at]}`);
}

const tones: Readonly<Record<string, Tone>> = { done: "good", failed: "bad", dead: "bad" };

function lineAt(spans: Spans, at: number, label: string, layout: Layout): Canvas {
  const { names, room, folding, path, now } = layout;
  const column = (time: number): number =>
    names + 4 + Math.round((folding.place(time) / folding.length) * room);
  const sent = spans.sent[at] as number;
  const end = endOf(spans, at, now);
  const state = spans.states[at] as string;
  const tone = tones[state] ?? "warn";
  const line = new Canvas();
  if ((path.share[at] as number) > 0) line.write(0, "*", "strong");
  line.write(2, cut(label, names));
  for (const { at: gap, isGap } of folding.pieces)
    if (isGap) line.write(names + 4 + Math.round((gap / folding.length) * room), "⋯", "quiet");
  bar(line, "░", column(sent), column(end), "quiet");
  for (const [from, to] of worked(spans, at, end))
    bar(line, "█", column(from), Math.max(column(from) + 1, column(to)), tone);
  const outcome = state === "done" ? "" : `  ${state}`;
  return line.write(names + room + 6, timeText(end - sent)).write(names + room + 6 + 7, outcome, tone);
}

/** When it was handled: its attempts, and the one that runs now. */
function worked(
  { tries, tryFrom, tryTo, states, begun }: Spans,
  at: number,
  end: number,
): (readonly [number, number])[] {
  const [first, last] = [tries[at] as number, tries[at + 1] as number];
  const all = Array.from(
    { length: last - first },
    (_, place) => [tryFrom[first + place] as number, tryTo[first + place] as number] as const,
  );
  if (states[at] !== "running") return all;
  return [...all, [last > first ? (tryTo[last - 1] as number) : (begun[at] as number), end]];
}

function bar(line: Canvas, letter: string, from: number, to: number, tone: Tone): void {
  if (to > from) line.write(from, letter.repeat(to - from), tone);
}

function timeText(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)}ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)}s`;
  return ms < 3_600_000 ? `${Math.round(ms / 60_000)}m` : `${Math.round(ms / 3_600_000)}h`;
}
