/** Bins: how many messages were sent when, of those that are there. */
import type { Sheet } from "./rows.ts";

export interface Bin {
  readonly from: number;
  readonly to: number;
  readonly count: number;
  /** Of these, failed or dead. */
  readonly failed: number;
}

/** Widths that people count in, in milliseconds. */
const s = 1000;
const m = 60 * s;
const h = 60 * m;
const d = 24 * h;
const widths = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500, s, 2 * s, 5 * s, 10 * s, 15 * s, 30 * s],
  ...[m, 2 * m, 5 * m, 10 * m, 15 * m, 30 * m, h, 2 * h, 3 * h, 6 * h, 12 * h, d, 2 * d, 7 * d, 30 * d],
];

/** At most so many of equal width, the oldest first; none where there are no lines. */
export function binsOf(sheets: readonly Pick<Sheet, "lines">[], most: number): readonly Bin[] {
  let [first, last] = [Infinity, -Infinity];
  for (const { lines } of sheets)
    for (const { sentAt } of lines) {
      if (sentAt < first) first = sentAt;
      if (sentAt > last) last = sentAt;
    }
  if (first > last) return [];
  const width = widthOf(last - first, most);
  const start = Math.floor(first / width) * width;
  const counts = Array.from({ length: Math.floor((last - start) / width) + 1 }, () => ({
    count: 0,
    failed: 0,
  }));
  for (const { lines } of sheets)
    for (const { sentAt, state } of lines) {
      const bin = counts[Math.floor((sentAt - start) / width)];
      if (!bin) continue;
      bin.count++;
      if (state === "failed" || state === "dead") bin.failed++;
    }
  return counts.map((bin, at) => ({ from: start + at * width, to: start + (at + 1) * width, ...bin }));
}

function widthOf(span: number, most: number): number {
  const least = (span + 1) / Math.max(1, most - 1);
  return widths.find((width) => width >= least) ?? Math.ceil(least / d) * d;
}
