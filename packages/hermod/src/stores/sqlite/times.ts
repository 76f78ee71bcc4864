/** Times: between which numbers the messages of a time lie, since both grow together. */
import type { DatabaseSync, StatementSync } from "node:sqlite";

/** Milliseconds by which a message may seem to be stored before it was sent, where clocks differ or are set. */
const EARLY = 60_000;
/** Milliseconds for which a message may wait for room before it is stored. */
const LATE = 600_000;

export class Times {
  readonly #ends: StatementSync;
  readonly #next: StatementSync;

  constructor(db: DatabaseSync) {
    this.#ends = db.prepare("SELECT min(seq) AS least, max(seq) AS most FROM message");
    this.#next = db.prepare("SELECT seq, at FROM message WHERE seq >= ? ORDER BY seq LIMIT 1");
  }

  /** The numbers of the first and the last message that may have been sent between two times. */
  between(from: number, to: number): { readonly first: number; readonly last: number } {
    const first = from === -Infinity ? 0 : this.#firstSince(from - EARLY);
    return { first, last: to === Infinity ? Infinity : this.#firstSince(to + LATE) };
  }

  /** Number of the first message stored at a time or later, by bisection; beyond the last one where there is none. */
  #firstSince(time: number): number {
    const { least, most } = this.#ends.get() as { least: number | null; most: number | null };
    if (least === null || most === null) return 0;
    let [low, high] = [least, most + 1];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const { seq, at } = this.#next.get(middle) as { seq: number; at: number };
      if (at < time) low = seq + 1;
      else high = middle;
    }
    return low;
  }
}
