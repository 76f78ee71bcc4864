/**
 * Piggyback: what processes say to each other goes out together. A write to a socket takes more of the processor than what it says, so all of one turn of
 * the event loop is one write, and what can wait goes with what cannot.
 */
import type { Cancel, Clock } from "../core/clock.ts";

/** Milliseconds after which it waits no longer: an answer that is worked out at once, and what is asked upon it, is there by then. */
const MOST_WAIT = 1;

/** How things go out. */
export interface PiggybackParts {
  readonly publish: (subject: string, text: string) => void;
  /** Runs something when all else of this turn is done. */
  readonly last: (run: () => void) => void;
  readonly clock: Pick<Clock, "after">;
}

export class Piggyback {
  readonly #parts: PiggybackParts;
  #said: [subject: string, text: string][] = [];
  #waiting: (() => void)[] = [];
  #cancel: Cancel | undefined;

  constructor(parts: PiggybackParts) {
    this.#parts = parts;
  }

  /** Says something at the end of this turn, with all that waits. */
  publish(subject: string, text: string): void {
    if (this.#said.push([subject, text]) === 1) this.#parts.last(() => this.flush());
  }

  /** Calls `flush` when something goes out, or in a millisecond. */
  wait(flush: () => void): void {
    if (this.#waiting.push(flush) === 1)
      this.#cancel = this.#parts.clock.after(MOST_WAIT, () => this.flush());
  }

  /** Says all of it now. */
  flush(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    for (const flush of this.#waiting.splice(0)) flush();
    for (const [subject, text] of this.#said.splice(0)) this.#parts.publish(subject, text);
  }
}
