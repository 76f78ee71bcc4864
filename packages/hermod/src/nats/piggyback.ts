/**
 * Piggyback: what processes say to each other goes out together. A write to a socket takes more of the processor than what it says, so all of one turn of
 * the event loop is one write, and what can wait goes with what cannot.
 */
import type { Cancel, Clock } from "../core/clock.ts";

/** Milliseconds after which it waits no longer: with 64 calls at a time to one agent, 5 and 20 take half the time of 1, which is a write for every third. */
const MOST_WAIT = 5;

/** How things go out. */
export interface PiggybackParts<T> {
  /** Says all of it, in this order. */
  readonly say: (all: readonly T[]) => void;
  /** Runs something when all else of this turn is done. */
  readonly last: (run: () => void) => void;
  readonly clock: Pick<Clock, "after">;
}

export class Piggyback<T> {
  readonly #parts: PiggybackParts<T>;
  #said: T[] = [];
  #waiting: (() => void)[] = [];
  #cancel: Cancel | undefined;

  constructor(parts: PiggybackParts<T>) {
    this.#parts = parts;
  }

  /** Says something at the end of this turn, with all that waits. */
  publish(said: T): void {
    if (this.#said.push(said) === 1) this.#parts.last(() => this.flush());
  }

  /** Calls `flush` when something goes out, or in five milliseconds. */
  wait(flush: () => void): void {
    if (this.#waiting.push(flush) === 1)
      this.#cancel = this.#parts.clock.after(MOST_WAIT, () => this.flush());
  }

  /** Says all of it now. */
  flush(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    for (const flush of this.#waiting.splice(0)) flush();
    if (this.#said.length > 0) this.#parts.say(this.#said.splice(0));
  }
}
