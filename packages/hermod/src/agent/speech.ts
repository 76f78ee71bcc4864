/**
 * Speech: an answer that its handler says piece by piece. What a generator is, without one: each that a token passes through costs it, and tokens
 * come by the ten thousand a second.
 */
import type { Maybe } from "../core/maybe.ts";

/** Takes a piece; a promise where there is no room for more. Throws where nobody wants more. */
export type Say = (piece: string) => Maybe<void>;

export class Speech {
  /** Says it, and gives what was said in the end. */
  readonly hold: (say: Say) => Promise<unknown>;

  constructor(hold: (say: Say) => Promise<unknown>) {
    this.hold = hold;
  }
}
