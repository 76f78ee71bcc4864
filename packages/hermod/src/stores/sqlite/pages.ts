/**
 * Pages: how a long answer is gathered in bounded work. Rows are looked at in the order of their numbers, stretch by stretch; a
 * page ends when it is full or when enough was looked at in vain, and its cursor is the last row looked at.
 */
import type { Paged } from "../../core/store.ts";

/** Most rows looked at for one page. */
export const MOST_LOOKED = 20_000;
/** Characters of bodies after which a page ends, full or not. */
const MOST_TEXT = 32 * 1024 * 1024;
/** Most rows asked for at a time: none is held long, and no statement stays open between two. */
const WIDEST = 2000;

/** The rows that may belong to the answer, of all after a number up to `upto`; Infinity when nothing comes after them. */
export interface Stretch {
  readonly seqs: readonly number[];
  readonly upto: number;
  /** How many rows were looked at to find them. */
  readonly looked: number;
}

/** Finds the next stretch after a number, of about so many rows. */
export type Stretches = (after: number, rows: number) => Stretch;

/** A row that was looked at: what it gives to the answer, and how much text was read for it. */
export interface Looked<T> {
  readonly seq: number;
  readonly item: T | undefined;
  readonly text: number;
}

/** Looks at rows one after the other, as far as it is asked. */
export type Look<T> = (seqs: readonly number[]) => Iterable<Looked<T>>;

/** One page of what `look` finds in the stretches after a number. */
export function gather<T>(stretches: Stretches, look: Look<T>, after: number, limit: number): Paged<T> {
  const items: T[] = [];
  let [at, looked, text, rows] = [after, 0, 0, limit + 1];
  for (;;) {
    const stretch = stretches(at, Math.min(rows, WIDEST));
    for (const found of look(stretch.seqs)) {
      if (found.item !== undefined && items.length === limit) return { items, next: String(at) };
      if (found.item !== undefined) items.push(found.item);
      at = found.seq;
      if ((text += found.text) > MOST_TEXT) return { items, next: String(at) };
    }
    if (stretch.upto === Infinity) return { items };
    at = stretch.upto;
    looked += stretch.looked;
    if (looked >= MOST_LOOKED) return { items, next: String(at) };
    rows *= 2;
  }
}
