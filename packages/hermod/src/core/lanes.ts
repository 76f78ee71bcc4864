/**
 * Lanes: what of one mailbox can be claimed now, by priority. Higher first, first in first out inside a lane, and at the
 * latest every 32nd message taken is the oldest waiting, so that the low ones advance under any load. Shared by the stores
 * that keep their order in memory.
 */
import type { Envelope } from "./envelope.ts";
import { laneOf, type OrderRule } from "./ordering.ts";
import { Ring } from "./ring.ts";

/** Every how many takes the oldest goes first. */
export const AGEING = 32;
const HIGHEST = 4;

export class Lanes {
  readonly #rings: (Ring<Envelope> | undefined)[] = [];
  readonly #rule: OrderRule;
  #length = 0;
  #taken = 0;

  constructor(rule: OrderRule) {
    this.#rule = rule;
  }

  get length(): number {
    return this.#length;
  }

  push(envelope: Envelope): void {
    this.#ring(envelope).push(envelope);
    this.#length++;
  }

  /** Puts a message before the others of its lane: one that waited already and comes back. */
  unshift(envelope: Envelope): void {
    this.#ring(envelope).unshift(envelope);
    this.#length++;
  }

  /** Takes the message whose turn it is. */
  shift(): Envelope | undefined {
    if (this.#length === 0) return undefined;
    this.#length--;
    const lane = ++this.#taken % AGEING === 0 ? this.#oldestLane() : this.#highestLane();
    return this.#rings[lane]?.shift();
  }

  /** Takes out the message that waits longest, of any priority. */
  shiftOldest(): Envelope | undefined {
    if (this.#length === 0) return undefined;
    this.#length--;
    return this.#rings[this.#oldestLane()]?.shift();
  }

  /** Takes the first message, in order, that matches; costs as much as stands before it. */
  take(matches: (envelope: Envelope) => boolean): Envelope | undefined {
    for (let lane = HIGHEST; lane > 0; lane--) {
      const ring = this.#rings[lane];
      for (let at = 0; ring && at < ring.length; at++) {
        if (!matches(ring.at(at) as Envelope)) continue;
        this.#length--;
        return ring.removeAt(at);
      }
    }
    return undefined;
  }

  /** The waiting messages by priority, then age; ageing aside, the order they will be taken in. */
  *[Symbol.iterator](): IterableIterator<Envelope> {
    for (let lane = HIGHEST; lane > 0; lane--) yield* this.#rings[lane] ?? [];
  }

  /** When the oldest message of the lanes was sent. */
  get oldestSentAt(): number | undefined {
    return this.#length === 0 ? undefined : this.#rings[this.#oldestLane()]?.at(0)?.sentAt;
  }

  #ring(envelope: Envelope): Ring<Envelope> {
    return (this.#rings[laneOf(envelope, this.#rule)] ??= new Ring());
  }

  #highestLane(): number {
    let lane = HIGHEST;
    while (lane > 1 && !this.#rings[lane]?.length) lane--;
    return lane;
  }

  #oldestLane(): number {
    let oldest = 0;
    let since = Infinity;
    for (let lane = 1; lane <= HIGHEST; lane++) {
      const sentAt = this.#rings[lane]?.at(0)?.sentAt ?? Infinity;
      if (sentAt < since) [oldest, since] = [lane, sentAt];
    }
    return oldest;
  }
}
