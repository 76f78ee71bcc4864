/** Capacity: whether there is room for a message, and what the mailbox's rule makes of it when there is none. */
import { isControl, type Envelope } from "../../core/envelope.ts";
import { MOST_CONTROL } from "../../core/mailbox.ts";
import { STORED, type Appended } from "../../core/store.ts";
import type { Box } from "./box.ts";
import type { Plan } from "./plan.ts";
import type { Shelf } from "./shelf.ts";

export type Full = Appended & { readonly status: "full" };
export const DROPPED: Appended = Object.freeze({ status: "dropped" });

/** True where a mailbox lacks room, which its rule for overflow can make or wait for. */
export function lacksRoom({ limit }: Full): boolean {
  return limit === "count" || limit === "bytes";
}

export class Capacity {
  readonly #shelf: Shelf;

  constructor(shelf: Shelf) {
    this.#shelf = shelf;
  }

  /** Why there is no room for a message, beside what is planned; where others wait for room, it is the same as for the first. */
  full(box: Box, envelope: Envelope, plan?: Plan): Full | undefined {
    const now = envelope.notBefore === undefined ? Infinity : this.#shelf.clock.now();
    const limit = box.fullness(envelope, plan?.loadOf(box), now);
    if (limit) return { status: "full", limit, most: isControl(envelope) ? MOST_CONTROL : box.rule[limit] };
    if (isControl(envelope)) return undefined;
    const first = box.waiters?.at(0)?.envelope;
    if (first !== undefined && first !== envelope) return this.full(box, first);
    return this.beyondBudget(envelope, envelope.size, plan);
  }

  beyondBudget(envelope: Envelope, size: number, plan?: Plan): Full | undefined {
    const { bytes, budget } = this.#shelf;
    if (bytes + (plan?.bytes ?? 0) + size <= budget || isControl(envelope) || envelope.verb === "reply")
      return undefined;
    return { status: "full", limit: "store", most: budget };
  }

  /** What the mailbox's rule makes of a message for which there is no room. */
  overflow(box: Box, envelope: Envelope, full: Full, plan?: Plan): Appended {
    if (isControl(envelope) || !lacksRoom(full)) return full;
    if (box.rule.overflow === "drop-newest") return DROPPED;
    return box.rule.overflow === "drop-oldest" && box.canMakeRoom(envelope, plan?.loadOf(box))
      ? STORED
      : full;
  }
}
