/** Letter: how a message that dies becomes a dead letter, and by which name. */
import { instanceKey, type Address } from "../../core/address.ts";
import type { Envelope } from "../../core/envelope.ts";
import { CancelledError, type ErrorRecord } from "../../core/errors.ts";
import type { DeadLetter } from "../../core/store.ts";

/** A message that dies. Fields that a dead letter lacks may be undefined here. */
export interface Death extends Omit<DeadLetter, "id" | "diedAt" | "mailbox" | "error"> {
  readonly mailbox: Address | undefined;
  readonly error: ErrorRecord | undefined;
}

/** Why a message died that an operator took out while it waited for its time. */
export const CANCELLED: ErrorRecord = Object.freeze(
  new CancelledError("taken out by hand while it waited for its time").toJSON(),
);

export function letterOf(
  { envelope, mailbox, reason, error, attempts, generation }: Death,
  diedAt: number,
): DeadLetter {
  return {
    id: letterId(envelope, mailbox),
    envelope,
    ...(mailbox && { mailbox }),
    reason,
    ...(error && { error }),
    attempts,
    diedAt,
    generation,
  };
}

/** The name of a message's dead letter. */
export function letterId(envelope: Envelope, mailbox: string | undefined): string {
  return `${envelope.id}@${placeOf(envelope, mailbox)}`;
}

/** Where a message died; one id to two instances is two messages of one mailbox. */
function placeOf({ to }: Envelope, mailbox: string | undefined): string {
  if (mailbox === undefined) return "nobody";
  return to !== undefined && instanceKey(to) !== undefined ? to : mailbox;
}
