/**
 * Speech: an answer that its handler says piece by piece. What a generator is, without one: each that a token passes through costs it, and tokens
 * come by the ten thousand a second.
 */
import type { Maybe } from "../core/maybe.ts";

/** Hears an answer, piece by piece. */
export interface Hearer {
  /** Takes a piece; a promise where there is no room for more. Throws where nobody wants more. */
  hear(piece: string): Maybe<void>;
}

export class Speech {
  /** Says it, and gives what was said in the end. */
  readonly hold: (hearer: Hearer) => Promise<unknown>;

  constructor(hold: (hearer: Hearer) => Promise<unknown>) {
    this.hold = hold;
  }
}
