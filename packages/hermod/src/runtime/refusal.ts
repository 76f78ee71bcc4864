/** Refusal: an error about a delivery itself rather than of its handler. Its asker gets the error as it is, and nothing is tried again. */
import { hasAsker, type Envelope } from "../core/envelope.ts";
import { FailedError, HermodError, toRecord } from "../core/errors.ts";
import { isPromise, type Maybe } from "../core/maybe.ts";
import type { RetryPolicy } from "../core/retry.ts";
import type { Settlement } from "../core/settlement.ts";
import type { Claim } from "../core/store.ts";

export class Refusal extends Error {
  readonly error: HermodError;
  readonly reason: "unreadable" | "exhausted" | "loop";

  constructor(error: HermodError, reason: "unreadable" | "exhausted" | "loop") {
    super(error.message, { cause: error });
    this.error = error;
    this.reason = reason;
  }
}

/** What a message says, once it is read. @throws Refusal where it does not fit: no second try would change that. */
export function readOrRefuse<T>(read: () => Maybe<T>): Maybe<T> {
  try {
    const input = read();
    return isPromise(input) ? (input as Promise<T>).catch(refuseInput) : input;
  } catch (error) {
    return refuseInput(error);
  }
}

function refuseInput(error: unknown): never {
  throw error instanceof HermodError ? new Refusal(error, "unreadable") : error;
}

/** What becomes of a refused message. */
export function settleRefusal(envelope: Envelope, { error, reason }: Refusal): Settlement {
  const record = toRecord(error);
  const told = envelope.delivery === "at-most-once" && hasAsker(envelope);
  return told ? { type: "fail", error: record } : { type: "dead", reason, error: record };
}

/**
 * Attempts that ended without a word (a crash, a lost lease) count too: the message that kills its process is bounded.
 * @throws Refusal when they are used up.
 */
export function checkAttempts({ attempt, envelope }: Claim, { retries }: RetryPolicy): void {
  if (attempt <= retries + 1) return;
  throw new Refusal(
    new FailedError(`message ${envelope.id} has used its ${retries + 1} attempts`),
    "exhausted",
  );
}
