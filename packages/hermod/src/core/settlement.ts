/** Settlement: what becomes of a delivery, decided from its outcome. Pure; the store only carries it out. */
import type { Envelope } from "./envelope.ts";
import { HermodError, toRecord, type ErrorRecord } from "./errors.ts";
import type { Random } from "./id.ts";
import { Crash, NotBefore, RetryAfter, Terminal, retryDelay, type RetryPolicy } from "./retry.ts";

/** Why a message is a dead letter: the closed list. */
export const deadReasons = [
  "exhausted",
  "terminal",
  "no-recipient",
  "no-subscriber",
  "expired",
  "overflow",
  "loop",
  "budget",
  "unreadable",
  "unauthorized",
  "too-large",
  "stopped",
] as const;
export type DeadReason = (typeof deadReasons)[number];

/** What a store does with a claimed message. */
export type Settlement =
  /** Done: the message is gone. */
  | { readonly type: "ack" }
  /** Failed, and gone without a dead letter: its asker has been told. */
  | { readonly type: "fail"; readonly error: ErrorRecord }
  /** Failed: comes back at this time as the next attempt. */
  | { readonly type: "retry"; readonly at: number; readonly error: ErrorRecord }
  /** Not tried: comes back at its place, or at this time, without an attempt used. `keepsKey` keeps its key busy until then. */
  | { readonly type: "release"; readonly at?: number; readonly keepsKey?: boolean }
  /** Failed for good: kept with its attempts. */
  | { readonly type: "dead"; readonly reason: DeadReason; readonly error: ErrorRecord };

export const ACK: Settlement = Object.freeze({ type: "ack" });
export const RELEASE: Settlement = Object.freeze({ type: "release" });

/** What a failed attempt is judged by. */
export interface FailedAttempt {
  readonly envelope: Envelope;
  /** Number of the attempt, from 1. */
  readonly attempt: number;
  readonly policy: RetryPolicy;
  readonly now: number;
  readonly random: Random;
}

/** What becomes of a delivery whose handler threw `thrown`. */
export function settleFailure(thrown: unknown, failed: FailedAttempt): Settlement {
  const error = toRecord(unwrap(thrown));
  if (isTerminal(thrown)) return gone(failed.envelope, reasonOf(error), { ...error, retryable: false });
  if (failed.envelope.delivery === "at-most-once") return gone(failed.envelope, "exhausted", error);
  if (failed.attempt > failed.policy.retries) return dead("exhausted", error);
  const at = failed.now + delayOf(thrown, failed);
  const { deadline } = failed.envelope;
  return deadline !== undefined && at > deadline ? dead("expired", error) : { type: "retry", at, error };
}

/** Bounds have reasons of their own, so that their dead letters are found together. */
const reasons: Readonly<Record<string, DeadReason>> = {
  HERMOD_BUDGET: "budget",
  HERMOD_EXPIRED: "expired",
  HERMOD_LOOP: "loop",
  HERMOD_TOO_LARGE: "too-large",
};

function reasonOf({ code }: ErrorRecord): DeadReason {
  return reasons[code] ?? "terminal";
}

function delayOf(thrown: unknown, { policy, attempt, random }: FailedAttempt): number {
  if (thrown instanceof NotBefore) return Math.max(thrown.delay, retryDelay(policy, attempt, random));
  return thrown instanceof RetryAfter ? thrown.delay : retryDelay(policy, attempt, random);
}

/** An at-most-once request is not kept: its asker waits and is told. Everything else that is lost becomes a dead letter. */
function gone(envelope: Envelope, reason: DeadReason, error: ErrorRecord): Settlement {
  const told =
    envelope.delivery === "at-most-once" && envelope.verb === "call" && envelope.replyTo !== undefined;
  return told ? { type: "fail", error } : dead(reason, error);
}

function dead(reason: DeadReason, error: ErrorRecord): Settlement {
  return { type: "dead", reason, error };
}

/** True when trying again cannot help: said by `terminal`, or by an error that is not retryable. */
export function isTerminal(thrown: unknown): boolean {
  return thrown instanceof Terminal || (thrown instanceof HermodError && !thrown.retryable);
}

/** The user's own error behind `terminal`, `crash` and `retryAfter`. */
export function unwrap(thrown: unknown): unknown {
  const wrapped = thrown instanceof Terminal || thrown instanceof Crash || thrown instanceof RetryAfter;
  return wrapped && thrown.cause !== undefined ? thrown.cause : thrown;
}
