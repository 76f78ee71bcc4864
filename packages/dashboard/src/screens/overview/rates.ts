/** Rates: counts as so many a second, of the time that was counted. */
import type { Figures, Series } from "../../api/types.ts";

type Span = Pick<Series, "from" | "until" | "since" | "step">;

/** How long was counted, in seconds; at least one. */
export function secondsOf({ from, until, since }: Span): number {
  return Math.max(1, (Date.parse(until) - Math.max(Date.parse(from), Date.parse(since))) / 1000);
}

/** A part of a point that is too short to say how many come in a second. */
const LEAST = 0.3;

/** Each point a second. The first and the last one may be counted in part, and are told of that part, or not at all. */
export function ratesOf({ from, until, since, step }: Span, counts: Figures): Figures {
  const [first, end, begun] = [Date.parse(from), Date.parse(until), Date.parse(since)];
  return counts.map((count, at) => {
    const begin = first + at * step;
    const counted = Math.min(begin + step, end) - Math.max(begin, begun);
    return count === null || counted < step * LEAST ? null : (count * 1000) / counted;
  });
}
