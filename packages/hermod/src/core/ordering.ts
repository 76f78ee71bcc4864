/** Which messages must not overtake one another: pure. A store keeps a key busy while a delivery of it is unsettled. */
import type { Envelope } from "./envelope.ts";

/** How one mailbox orders what waits. */
export interface OrderRule {
  /**
   * "priority" (default): higher first, first in first out inside one priority. "fifo": priority is ignored.
   * "strict": as "fifo" for each order key, and a waiting retry blocks its key.
   */
  readonly order: "priority" | "fifo" | "strict";
  /** Which messages without an `orderKey` share one: none (default), or all of one conversation. */
  readonly keyBy: "none" | "conversation";
}

/** The key whose unsettled delivery keeps this message waiting, if any; in strict order the sender stands in for a missing key. */
export function keyOf(envelope: Envelope, rule: OrderRule): string | undefined {
  if (envelope.orderKey !== undefined) return envelope.orderKey;
  if (rule.keyBy === "conversation") return envelope.conversationId;
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
