/** Limits: what one client may hold of a store, so that none can use up what all the others need. */
import type { PayloadLimits } from "../core/codec.ts";
import { HermodError, TooLargeError } from "../core/errors.ts";

/** For what was measured when it was sent, by the sender's own limits, which may be any. */
export const measured: PayloadLimits = Object.freeze({ size: Infinity, depth: 1000, keys: Infinity });

/** Bounds of one session. */
export interface SessionLimits {
  /** Most mailboxes that it is told of, most messages that it follows, most mailboxes that it serves, most bindings that it makes. */
  readonly held: number;
  /** Most characters of answers that the client has not said to have. */
  readonly kept: number;
}

export const sessionLimits: SessionLimits = Object.freeze({ held: 100_000, kept: 64 * 2 ** 20 });

/** Characters of one answer after which no more is put into it; whoever asks goes on from there. */
export const MOST_ANSWER = 8 * 2 ** 20;
/** Most frames of one message. */
export const MOST_FRAMES = 100_000;

/** The error of a client that holds too much. */
export function tooMany(what: string, most: number): HermodError {
  return new HermodError("HERMOD_OVERLOADED", `a client holds at most ${most} of ${what}`, {
    details: { limit: what, value: most },
    hint: "Give back what is not needed any more, or use another connection.",
  });
}

/** The error for a question whose answer is too long. */
export function tooLong(): TooLargeError {
  return new TooLargeError(`an answer has at most ${MOST_ANSWER} characters`, {
    details: { limit: "answer", value: MOST_ANSWER },
    hint: "Ask for fewer items at a time.",
  });
}
