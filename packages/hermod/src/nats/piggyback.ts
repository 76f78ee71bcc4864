/**
 * Piggyback: what processes say to each other goes out together. A write to a socket takes more of the processor than what it says, so all of one turn of
 * the event loop is one write, and what can wait goes with what cannot.
 */
import type { Clock } from "../core/clock.ts";

/** Turns after which it waits no longer: an answer that is worked out at once is there by then. */
const TURNS = 3;

/** How things go out. */
export interface PiggybackParts {
  readonly publish: (subject: string, text: string) => void;
  /** Runs something when all else of this turn is done. */
  readonly last: (run: () => void) => void;
  readonly clock: Pick<Clock, "pause">;
}

export class Piggyback {
  readonly #parts: PiggybackParts;
  #said: [subject: string, text: string][] = [];
  #waiting: (() => void)[] = [];
  #isTurning = false;

  constructor(parts: PiggybackParts) {
    this.#parts = parts;
  }

  /** Says something at the end of this turn, with all that waits. */
  publish(subject: string, text: string): void {
    if (this.#said.push([subject, text]) === 1) this.#parts.last(() => this.flush());
  }

  /** Calls `flush` when something goes out, or in a few turns. */
  wait(flush: () => void): void {
    this.#waiting.push(flush);
    if (this.#isTurning) return;
    this.#isTurning = true;
    this.#turn(TURNS);
  }

  /** Says all of it now. */
  flush(): void {
    for (const flush of this.#waiting.splice(0)) flush();
    for (const [subject, text] of this.#said.splice(0)) this.#parts.publish(subject, text);
  }

  #turn(left: number): void {
    if (left > 0 && this.#waiting.length > 0) return this.#parts.clock.pause(() => this.#turn(left - 1));
    this.#isTurning = false;
    if (this.#waiting.length > 0) this.flush();
  }
}
