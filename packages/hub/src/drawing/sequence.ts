/**
 * Sequence: a conversation as a diagram for the terminal. A lane for each agent, an arrow for each message, replies broken,
 * times in milliseconds from the first message on, the outcome at the right, and what went wrong where it went wrong:
 *
 *    ms  system        translator
 *     0  ├─ translate ▶│              call   ok, retried ×1
 *    64  │             ✖ attempt 1 failed: the model is overloaded (529)
 *   188  │             ✔ attempt 2 ok
 *   188  │◀╌ translate ┤              reply  ok
 *
 * A pool has one lane; which of its members had a message stands at the attempt.
 */
import type { MessageRecord } from "hermod";
import { Canvas, columnsOf, cut, unpainted, wrap, type Paint } from "./canvas.ts";
import { eventsOf, type Became, type Event, type Sent } from "./events.ts";
import type { Handling } from "./handlings.ts";

/** Closer than this, lanes have no room for words: the conversation is drawn as a list. */
const NARROWEST = 14;
const WIDEST = 26;
const GAP = 2;
const KIND = 7;

/** Where things stand in a line. */
interface Layout {
  readonly width: number;
  /** Width of the times. */
  readonly time: number;
  /** Column of each lane, in the order of appearance. */
  readonly lanes: ReadonlyMap<string, number>;
  /** Column of the outcomes. */
  readonly right: number;
}

/**
 * The conversation of these records, `width` characters wide. `paint` colours it; without one it is plain text. `handlings`
 * name the members of pools.
 * Pure: the same records give the same text.
 */
export function drawSequence(
  records: readonly MessageRecord[],
  width = 100,
  paint: Paint = unpainted,
  handlings: readonly Handling[] = [],
): string {
  const events = eventsOf(records, handlings);
  const [first] = events;
  if (first === undefined) return "no messages";
  const layout = layOut(events, first.at, width);
  const lines = layout === undefined ? listed(events, first.at, width) : drawn(events, first.at, layout);
  return lines.map((line) => line.toString(paint)).join("\n");
}

/** Undefined where the lanes would stand too close. */
function layOut(events: readonly Event[], start: number, width: number): Layout | undefined {
  const names = [
    ...new Set(events.flatMap((event) => (event.type === "sent" ? [event.from, event.to] : [event.lane]))),
  ];
  const time = timeWidth(events, start);
  const left = time + GAP;
  const right = KIND + greatest(events, (event) => (event.type === "sent" ? event.outcome.length : 0));
  const last = Math.min(columnsOf(names.at(-1) ?? ""), WIDEST);
  const room = width - left - right - GAP - last;
  const distance = Math.min(WIDEST, Math.floor(room / Math.max(1, names.length - 1)));
  if (distance < NARROWEST) return undefined;
  const lanes = new Map(names.map((name, at) => [name, left + at * distance]));
  return { width, time, lanes, right: left + (names.length - 1) * distance + last + GAP };
}

function timeWidth(events: readonly Event[], start: number): number {
  return Math.max(
    6,
    greatest(events, ({ at }) => String(at - start).length + 1),
  );
}

/** Over a loop rather than `Math.max(...)`, which long conversations overflow. */
function greatest(events: readonly Event[], measure: (event: Event) => number): number {
  return events.reduce((most, event) => Math.max(most, measure(event)), 0);
}

function drawn(events: readonly Event[], start: number, layout: Layout): Canvas[] {
  return [
    header(layout),
    ...events.flatMap((event) =>
      event.type === "sent" ? [arrow(event, start, layout)] : became(event, start, layout),
    ),
  ];
}

function header({ lanes, time }: Layout): Canvas {
  const columns = [...lanes.values()];
  const line = new Canvas().write(0, "ms".padStart(time), "quiet");
  [...lanes.keys()].forEach((name, at) => {
    const room = (columns[at + 1] ?? Infinity) - (columns[at] ?? 0) - GAP;
    line.write(columns[at] ?? 0, cut(name, Math.min(room, WIDEST)), "strong");
  });
  return line;
}

function arrow(event: Sent, start: number, layout: Layout): Canvas {
  const { kind, outcome, tone, operation } = event;
  const line = lanesOnly(event.at - start, layout);
  const from = layout.lanes.get(event.from) ?? 0;
  const to = layout.lanes.get(event.to) ?? 0;
  if (from === to) line.write(from, `├─ ${cut(operation, layout.right - from - 6)} ↩`);
  else shaft(line, event, from, to, crossed(layout, from, to));
  return line
    .write(layout.right, kind.padEnd(KIND), kind === "error" ? "bad" : "quiet")
    .write(layout.right + KIND, outcome, tone);
}

/** `├─ name ────▶│` or `│◀╌╌╌ name ╌┤`: the name stands beside the one who speaks. */
function shaft(
  line: Canvas,
  { operation, isReply, tone }: Sent,
  from: number,
  to: number,
  across: readonly number[],
): void {
  const [left, right] = [Math.min(from, to), Math.max(from, to)];
  const dash = isReply ? "╌" : "─";
  const bad = tone === "bad" ? tone : undefined;
  line.write(left + 1, dash.repeat(right - left - 1), bad);
  for (const lane of across) line.write(lane, "┼", bad);
  const name = ` ${cut(operation, right - left - 6)} `;
  if (from < to)
    line
      .write(from, "├", bad)
      .write(from + 2, name, bad)
      .write(to - 1, "▶", bad);
  else
    line
      .write(from, "┤", bad)
      .write(from - 1 - columnsOf(name), name, bad)
      .write(to + 1, "◀", bad);
}

function crossed({ lanes }: Layout, from: number, to: number): number[] {
  return [...lanes.values()].filter((lane) => lane > Math.min(from, to) && lane < Math.max(from, to));
}

function became({ at, lane, text, tone }: Became, start: number, layout: Layout): Canvas[] {
  const column = layout.lanes.get(lane) ?? 0;
  const [head = "", ...rest] = wrap(text, layout.width - column, 3);
  return [
    lanesOnly(at - start, layout, column).write(column, head, tone),
    ...rest.map((more) =>
      lanesOnly(undefined, layout, column).write(column + 2, cut(more, layout.width - column - 2), tone),
    ),
  ];
}

/** The time and the lanes, those right of `until` left out. */
function lanesOnly(ms: number | undefined, { time, lanes }: Layout, until = Infinity): Canvas {
  const line = new Canvas().write(0, String(ms ?? "").padStart(time), "quiet");
  for (const lane of lanes.values()) if (lane <= until) line.write(lane, "│", "quiet");
  return line;
}

/** The same events without lanes. */
function listed(events: readonly Event[], start: number, width: number): Canvas[] {
  const time = timeWidth(events, start);
  return events.map((event) => {
    const line = new Canvas().write(0, String(event.at - start).padStart(time), "quiet");
    if (event.type === "became") return line.write(time + 4, cut(event.text, width - time - 4), event.tone);
    const { from, to, operation, kind, outcome, tone } = event;
    const room = width - time - GAP * 2;
    const text = cut(`${kind} ${from} → ${to}  ${operation}`, Math.max(room - columnsOf(outcome), room / 2));
    const column = time + GAP * 2 + columnsOf(text);
    return line.write(time + GAP, text).write(column, cut(outcome, width - column), tone);
  });
}
