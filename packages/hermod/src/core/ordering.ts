/** Which messages must not overtake one another: pure. A store keeps a key busy while a delivery of it is unsettled. */
import type { Address } from "./address.ts";
import type { Envelope } from "./envelope.ts";
import { slotOf } from "./rendezvous.ts";

/** How one mailbox orders what waits. */
export interface OrderRule {
  /**
   * "priority" (default): higher first, first in first out inside one priority. "fifo": priority is ignored.
   * "strict": as "fifo" for each order key, and a waiting retry blocks its key.
   */
  readonly order: "priority" | "fifo" | "strict";
  /**
   * Which messages share a key. "none" (default): those of one `orderKey`. "conversation": those of one conversation, and
   * "recipient": all to one address, so one at a time for each conversation or instance, whatever their `orderKey`.
   * "slot": all whose `orderKey`, or else conversation, belongs to one of `slots` slots.
   */
  readonly keyBy: "none" | "conversation" | "recipient" | "slot";
  /** How many slots keys are spread over where `keyBy` is "slot"; 1 (default) otherwise. */
  readonly slots: number;
}

/**
 * The key whose unsettled delivery keeps this message waiting, if any; in strict order the sender stands in for a missing key.
 * A published message is for the `mailbox` itself.
 */
export function keyOf(envelope: Envelope, rule: OrderRule, mailbox?: Address): string | undefined {
  if (rule.keyBy === "recipient") return envelope.to ?? mailbox;
  if (rule.keyBy === "slot")
    return `slot ${slotOf(envelope.orderKey ?? envelope.conversationId, rule.slots)}`;
  if (rule.keyBy === "conversation") return envelope.conversationId;
  if (envelope.orderKey !== undefined) return envelope.orderKey;
  return rule.order === "strict" ? envelope.from : undefined;
}

/** True when a waiting retry keeps its key busy, so that nothing of that key overtakes it. */
export function retryBlocks(rule: OrderRule): boolean {
  return rule.order === "strict";
}

/** The lane (1-4) that a message waits in: its priority, or one lane for all where priority is ignored. */
export function laneOf(envelope: Envelope, rule: OrderRule): number {
  return rule.order === "priority" ? envelope.priority : 1;
}
