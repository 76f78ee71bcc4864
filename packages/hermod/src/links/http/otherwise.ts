/** Otherwise: what becomes of a failed exchange: another attempt, an error, or a value that stands for the answer. */
import type { Context } from "../../agent/context.ts";
import { HermodError } from "../../core/errors.ts";
import { notBefore, terminal } from "../../core/retry.ts";
import type { Otherwise, Terms } from "./options.ts";

/** Nobody is asked to wait for longer than an hour: what comes later is for the message's own policy. */
const LONGEST_WAIT = 3_600_000;

/** The value that stands for the answer. @throws what lets the runtime do as the options say. */
export function otherwise(thrown: unknown, { onTimeout, onError }: Terms, ctx: Context): unknown {
  // What a user's own function has thrown, and what a wrong option is, is no failure of the endpoint.
  if (!(thrown instanceof HermodError) || thrown.code === "HERMOD_BAD_OPTION") throw thrown;
  if (ctx.signal.aborted) throw thrown;
  const rule: Otherwise = thrown.code === "HERMOD_TIMEOUT" ? onTimeout : onError;
  if (rule === "error") throw terminal(thrown);
  if (rule === "retry") throw patient(thrown);
  ctx.log.warn(`the default value stands for the answer: ${thrown.message}`, { code: thrown.code });
  return rule.default;
}

/** Heeds what the endpoint has said of when to come back, as long as that is no sooner than the message would: a 0 would use up all its attempts at once. */
function patient(error: HermodError): unknown {
  const { retryAfter: wait } = error.details;
  return typeof wait === "number" ? notBefore(Math.min(wait, LONGEST_WAIT), error) : error;
}
