/** Refusal: whether a partition will never take a message, since something is wrong with the message itself. Pure. */
import { HermodError, type ErrorCode } from "../../core/errors.ts";
import type { DeadReason } from "../../core/settlement.ts";

/** Said of whoever asks: another process may be let in. */
const ofAsker: ReadonlySet<ErrorCode> = new Set([
  "HERMOD_UNAUTHORIZED",
  "HERMOD_FORBIDDEN",
  "HERMOD_PROTOCOL",
]);

/** Why its dead letter is one; undefined where the trouble is another's than the message's, so that it may still arrive. */
export function refusalOf(error: unknown): DeadReason | undefined {
  if (!(error instanceof HermodError) || error.retryable) return undefined;
  // A damaged partition, or one of another version, is mended some day, and what is for it must be there then.
  if (error.category === "storage" || ofAsker.has(error.code)) return undefined;
  return reasons[error.code] ?? "terminal";
}

const reasons: Readonly<Partial<Record<ErrorCode, DeadReason>>> = {
  HERMOD_TOO_LARGE: "too-large",
  HERMOD_BAD_ENVELOPE: "unreadable",
  HERMOD_BAD_PAYLOAD: "unreadable",
};
