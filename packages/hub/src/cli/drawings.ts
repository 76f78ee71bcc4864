/** Drawings: a conversation in time. Pure: the same records give the same text. */
import type { MessageRecord } from "hermod";
import { columnsOf, cut } from "../drawing/canvas.ts";
import { nameOf } from "../drawing/events.ts";
import { plain, span, type Look } from "./text.ts";

/** One message on the line of time. */
interface Bar {
  readonly label: string;
  readonly sentAt: number;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly state: MessageRecord["state"];
}

const MOST_LABEL = 40;

/** A line for each message: `░` while it waits, `█` while it is handled; what failed is said. */
export function drawTimeline(records: readonly MessageRecord[], width: number, look: Look): string {
  const bars = records.filter(({ envelope }) => envelope.verb !== "reply").map(barOf);
  const begun = Math.min(...bars.slice(0, 1).map(({ sentAt }) => sentAt));
  const ended = bars.reduce((most, { endedAt }) => Math.max(most, endedAt), begun);
  const labels = bars.reduce((most, { label }) => Math.max(most, columnsOf(label)), 0);
  const room = Math.max(20, width - labels - 20);
  const place = (at: number): number => Math.round(((at - begun) / Math.max(1, ended - begun)) * room);
  const lines = bars.map((bar) => {
    const [from, start, end] = [place(bar.sentAt), place(bar.startedAt), place(bar.endedAt)];
    const waits = "░".repeat(Math.max(0, start - from));
    const works = "█".repeat(Math.max(1, end - start));
    const painted = look.paint(bar.state === "done" ? "green" : "red", works);
    const name = bar.label + " ".repeat(labels - columnsOf(bar.label));
    const tail = " ".repeat(Math.max(1, room + 2 - Math.max(start, from) - Math.max(1, end - start)));
    const state = bar.state === "done" ? "" : `  ${bar.state}`;
    return `${name}  ${" ".repeat(Math.max(0, from))}${waits}${painted}${tail}${span(bar.endedAt - bar.sentAt)}${state}\n`;
  });
  return lines.join("");
}

function barOf({ envelope, attempts, state }: MessageRecord): Bar {
  const { from, to, topic, operation, type, sentAt } = envelope;
  const way = `${nameOf(from)} → ${to === undefined ? (topic ?? "nobody") : nameOf(to)}`;
  const startedAt = Math.max(sentAt, attempts[0]?.startedAt ?? sentAt);
  const endedAt = Math.max(startedAt, attempts.at(-1)?.endedAt ?? startedAt);
  return { label: cut(plain(`${way}  ${operation || type}`), MOST_LABEL), sentAt, startedAt, endedAt, state };
}
