/** Rows: the pages that are there, as one list. */
import type { Line } from "./line.ts";

/** One page of lines in the order in which they are shown. */
export interface Sheet {
  readonly lines: readonly Line[];
  /** Which way it was turned: to what is older, or to what is newer. */
  readonly way: "older" | "newer";
  /** Where the next page of the same way begins; absent at the end. */
  readonly next?: string;
  /** How far back a search got that found little. */
  readonly reached?: number;
}

export class Rows {
  readonly sheets: readonly Sheet[];
  readonly count: number;
  /** How many of them were put before the place where reading began. */
  readonly newer: number;
  readonly #starts: readonly number[];

  constructor(sheets: readonly Sheet[] = []) {
    this.sheets = sheets;
    let count = 0;
    this.#starts = sheets.map(({ lines }) => {
      const start = count;
      count += lines.length;
      return start;
    });
    this.count = count;
    this.newer = sheets.reduce((sum, { way, lines }) => sum + (way === "newer" ? lines.length : 0), 0);
  }

  /** How far back was searched, where little was found. */
  get reached(): number | undefined {
    return this.sheets.at(-1)?.reached;
  }

  at(row: number): Line | undefined {
    const sheet = this.#starts.findLastIndex((start) => start <= row);
    return this.sheets[sheet]?.lines[row - (this.#starts[sheet] ?? 0)];
  }

  /** The row with this key; -1 where there is none. */
  indexOf(key: string | undefined): number {
    if (key === undefined) return -1;
    for (const [at, { lines }] of this.sheets.entries()) {
      const found = lines.findIndex((line) => line.key === key || line.id === key);
      if (found >= 0) return (this.#starts[at] ?? 0) + found;
    }
    return -1;
  }

  /** The first row that is not newer than a time. */
  since(time: number): number {
    for (const [at, { lines }] of this.sheets.entries()) {
      const last = lines.at(-1);
      if (last === undefined || last.sentAt > time) continue;
      return (this.#starts[at] ?? 0) + lines.findIndex(({ sentAt }) => sentAt <= time);
    }
    return Math.max(0, this.count - 1);
  }

  *[Symbol.iterator](): IterableIterator<Line> {
    for (const { lines } of this.sheets) yield* lines;
  }
}
