/**
 * Series: how many messages came, ended and failed, how long they took, and what language models were asked, over time: per second for 5 minutes, per minute for a day, per hour for a
 * week. In memory alone and of a fixed size, whatever happens; what was before the hub began is unknown, and is told as such.
 */
import type { Envelope, Notes } from "hermod";
import type { Happened } from "./feed.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** What is kept: spans of so many milliseconds, and how many of them. */
const tiers = [
  { width: SECOND, kept: 300 },
  { width: MINUTE, kept: 1440 },
  { width: HOUR, kept: 168 },
] as const;

/** How far a series reaches back, and how many milliseconds one point of it stands for. */
const reaches = {
  "5m": { tier: 0, step: SECOND, points: 300 },
  "1h": { tier: 1, step: MINUTE, points: 60 },
  "6h": { tier: 1, step: 2 * MINUTE, points: 180 },
  "24h": { tier: 1, step: 5 * MINUTE, points: 288 },
  "7d": { tier: 2, step: HOUR, points: 168 },
} as const;
export const ranges = ["5m", "1h", "6h", "24h", "7d"] as const satisfies readonly (keyof typeof reaches)[];
export type Range = (typeof ranges)[number];

const counted = ["stored", "done", "failed", "retried", "calls", "inputTokens", "outputTokens"] as const;
type Counted = (typeof counted)[number];

/** Handling times are counted in bins, three for each doubling, so that a quantile is within an eighth; the last one has no end. */
const BINS = 80;
const PER_DOUBLING = 3;
const WIDTH = counted.length + BINS;

const binOf = (ms: number): number =>
  Math.min(BINS - 1, Math.floor(PER_DOUBLING * Math.log2(Math.max(0, ms) + 1)));
const middleOf = (bin: number): number => Math.round((2 ** ((bin + 0.5) / PER_DOUBLING) - 1) * 10) / 10;

/** The figures of spans of equal width, the newest ones. */
class Tier {
  readonly #width: number;
  readonly #kept: number;
  readonly #figures: Uint32Array;
  /** Which span each place holds. */
  readonly #spans: Float64Array;

  constructor({ width, kept }: { readonly width: number; readonly kept: number }) {
    this.#width = width;
    this.#kept = kept;
    this.#figures = new Uint32Array(kept * WIDTH);
    this.#spans = new Float64Array(kept).fill(-1);
  }

  add(at: number, figure: number, amount = 1): void {
    const span = Math.floor(at / this.#width);
    const place = span % this.#kept;
    if ((this.#spans[place] as number) > span) return;
    if (this.#spans[place] !== span) this.#begin(place, span);
    (this.#figures[place * WIDTH + figure] as number) += amount;
  }

  /** Adds the figures of the spans of this time to a sum. */
  sum(from: number, to: number, into: Float64Array): void {
    for (let span = Math.floor(from / this.#width); span * this.#width < to; span++) {
      const place = span % this.#kept;
      if (this.#spans[place] !== span) continue;
      for (let at = 0; at < WIDTH; at++)
        into[at] = (into[at] as number) + (this.#figures[place * WIDTH + at] as number);
    }
  }

  #begin(place: number, span: number): void {
    this.#figures.fill(0, place * WIDTH, (place + 1) * WIDTH);
    this.#spans[place] = span;
  }
}

/** The figures of one span of time: how many messages, and the middle and slow handling times in milliseconds. */
export interface Figures extends Readonly<Record<Counted, number>> {
  readonly p50: number | null;
  readonly p95: number | null;
}

/** Figures over time, a list for each; null where the hub was not there. Times in milliseconds since 1970. */
export interface SeriesRead {
  readonly step: number;
  /** When the first point begins. */
  readonly from: number;
  readonly stored: readonly (number | null)[];
  readonly done: readonly (number | null)[];
  readonly failed: readonly (number | null)[];
  readonly retried: readonly (number | null)[];
  readonly calls: readonly (number | null)[];
  readonly inputTokens: readonly (number | null)[];
  readonly outputTokens: readonly (number | null)[];
  readonly p50: readonly (number | null)[];
  readonly p95: readonly (number | null)[];
  readonly total: Figures;
}

export class Series {
  /** When it began to count. */
  readonly since: number;
  readonly #tiers = tiers.map((each) => new Tier(each));

  constructor(now: number) {
    this.since = now;
  }

  /** Counts what happened. What the systems say to one another for themselves is nobody's traffic. */
  add(happened: Happened, now: number): void {
    if (isOwn(happened.envelope)) return;
    const name = countedAs(happened);
    const { took } = happened;
    for (const tier of this.#tiers) {
      if (name !== undefined) tier.add(now, counted.indexOf(name));
      if (took !== undefined) tier.add(now, counted.length + binOf(took));
    }
  }

  /** Counts the calls of language models that were noted; what says something else for a number of tokens counts for none. */
  note({ notes }: Notes, now: number): void {
    for (const note of notes) {
      if (note?.type !== "model") continue;
      const amounts = {
        calls: 1,
        inputTokens: whole(note.inputTokens),
        outputTokens: whole(note.outputTokens),
      };
      for (const tier of this.#tiers)
        for (const [name, amount] of Object.entries(amounts))
          tier.add(now, counted.indexOf(name as Counted), amount);
    }
  }

  read(range: Range, now: number): SeriesRead {
    const { tier, step, points } = reaches[range];
    const end = (Math.floor(now / step) + 1) * step;
    const from = end - points * step;
    const total = new Float64Array(WIDTH);
    const figures = Array.from({ length: points }, (_, at) => {
      const begin = from + at * step;
      if (begin + step <= this.since) return undefined;
      const sum = new Float64Array(WIDTH);
      this.#tiers[tier]?.sum(begin, begin + step, sum);
      for (const [place, value] of sum.entries()) total[place] = (total[place] as number) + value;
      return toFigures(sum);
    });
    const list = (name: keyof Figures): (number | null)[] => figures.map((each) => each?.[name] ?? null);
    return {
      ...{ step, from, stored: list("stored"), done: list("done"), failed: list("failed") },
      ...{ calls: list("calls"), inputTokens: list("inputTokens"), outputTokens: list("outputTokens") },
      ...{ retried: list("retried"), p50: list("p50"), p95: list("p95"), total: toFigures(total) },
    };
  }
}

/** Tokens of one call, as somebody says: no more than what a span has room for. */
const whole = (tokens: unknown): number =>
  Number.isSafeInteger(tokens) ? Math.min(Math.max(0, tokens as number), 1e9) : 0;

/** What was given back unhandled counts for nothing. */
export function countedAs({ type, outcome }: Happened): "stored" | "done" | "failed" | "retried" | undefined {
  if (type === "stored") return "stored";
  if (outcome === "ack") return "done";
  if (outcome === "release") return undefined;
  return outcome === "retry" ? "retried" : "failed";
}

const isSystem = (address: string | undefined): boolean =>
  address !== undefined && /^~(?!people\/)[^/]*$/.test(address);
export const isOwn = ({ from, to }: Envelope): boolean => isSystem(from) && isSystem(to);

function toFigures(sum: Float64Array): Figures {
  const counts = Object.fromEntries(counted.map((name, at) => [name, sum[at] ?? 0])) as Record<
    Counted,
    number
  >;
  const bins = sum.subarray(counted.length);
  return { ...counts, p50: quantile(bins, 0.5), p95: quantile(bins, 0.95) };
}

/** The value that this part of all lies below; null of nothing. */
function quantile(bins: Float64Array, part: number): number | null {
  const all = bins.reduce((sum, each) => sum + each, 0);
  if (all === 0) return null;
  let seen = 0;
  const bin = bins.findIndex((each) => (seen += each) >= part * all);
  return middleOf(bin);
}
