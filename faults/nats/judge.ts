/**
 * Judge: histories of several processes that compete for the same mailboxes, over owners that change. What that excuses is worked into
 * the history, and nothing else is; the rest is the checker's. A pure function.
 */
import { check } from "../history/check.ts";
import type { Event, Freed, Handled } from "../history/event.ts";
import { nameOf } from "../history/trail.ts";
import type { Verdict } from "../history/verdict.ts";
import { withoutLateParts } from "./parts.ts";

/** A fencing token counts on from its owner's epoch times this. */
const PER_EPOCH = 2 ** 32;
/** Longest that a message may wait for an idle consumer at the end, in milliseconds. */
const BOUND = 5000;

export function judge(history: readonly Event[]): Verdict {
  return check(excused(history), { bound: BOUND });
}

/** The history as one owner and a single line would have it. */
export function excused(history: readonly Event[]): readonly Event[] {
  const claims = new Claims();
  return withoutLateParts(history).flatMap((event) => {
    if (event.kind === "send") return [inKeys(event)];
    if (event.kind === "lease-expired") claims.expire(event);
    return event.kind === "handled" ? claims.take(event) : [event];
  });
}

/** Who compete keep the order of a key alone. */
function inKeys(event: Event & { readonly kind: "send" }): Event {
  const { lane, ...rest } = event;
  return lane?.includes("#") === true ? event : rest;
}

/** The newest claim of each message in each mailbox, and the last one whose lease is known to have run out. */
class Claims {
  readonly #newest = new Map<string, Handled>();
  readonly #expired = new Map<string, number>();

  expire({ id, mailbox, attempt = 0 }: Freed): void {
    this.#expired.set(nameOf(id, mailbox), attempt);
  }

  /**
   * Whoever was stopped with a claim on its way sees it when it is over, also behind the claims that came after it. It can do no harm, for
   * nothing that is settled under it may be accepted; and it was no reason to hand out the message twice.
   */
  take(event: Handled): readonly Event[] {
    const name = nameOf(event.id, event.mailbox);
    const newest = this.#newest.get(name);
    const isExpired = event.attempt <= (this.#expired.get(name) ?? 0);
    if (newest && event.token < newest.token && (isExpired || isTaken(event, newest))) return [];
    this.#newest.set(name, event);
    const before = newest && isTaken(newest, event) ? [freed(event)] : [];
    return isExpired ? [...before, event, freed(event)] : [...before, event];
  }
}

/** A new owner voids all claims: what it hands out again has that reason. */
function isTaken(before: Handled, after: Handled): boolean {
  return epochOf(before) < epochOf(after);
}

function epochOf({ token }: Handled): number {
  return Math.floor(token / PER_EPOCH);
}

function freed({ id, mailbox, process, time }: Handled): Event {
  return { kind: "lease-expired", id, mailbox, process, time };
}
