/**
 * Recent: the marks of messages whose id or key somebody may send again, kept for the dedupe window. They are not bounded by
 * count, since a key must be recognised for the whole window: there are as many as such sends in one window.
 */
import { fingerprint, marksOf } from "../../core/dedupe.ts";
import type { Envelope } from "../../core/envelope.ts";
import type { Appended } from "../../core/store.ts";

interface Seen {
  readonly id: string;
  readonly print: string;
  readonly until: number;
}

export class Recent {
  readonly #seen = new Map<string, Seen>();
  readonly #window: number;

  constructor(window: number) {
    this.#window = window;
  }

  /** What to answer for a message that was stored before; undefined for a new one. */
  look(envelope: Envelope, now: number): Appended | undefined {
    this.#forget(now);
    for (const mark of marksOf(envelope)) {
      const seen = this.#seen.get(mark);
      if (seen)
        return { status: seen.print === fingerprint(envelope) ? "duplicate" : "conflict", id: seen.id };
    }
    return undefined;
  }

  /** Remembers a message's marks. */
  add(envelope: Envelope, now: number): void {
    this.#forget(now);
    const seen = { id: envelope.id, print: fingerprint(envelope), until: now + this.#window };
    for (const mark of marksOf(envelope)) this.#seen.set(mark, seen);
  }

  /** Marks go in the order they came, which is the order of their times. */
  #forget(now: number): void {
    for (const [mark, { until }] of this.#seen) {
      if (until > now) return;
      this.#seen.delete(mark);
    }
  }
}

/** The mark of a message's id: the first of its marks. */
export function idMark(envelope: Envelope): string {
  return marksOf(envelope)[0] as string;
}

/** The answer for a message of which the history holds an earlier one with the same mark. */
export function compare(earlier: Envelope, later: Envelope): Appended {
  return { status: fingerprint(earlier) === fingerprint(later) ? "duplicate" : "conflict", id: earlier.id };
}
