/**
 * Subscriptions: the live subscribers of this system. The store knows the system as one subscriber of each of their patterns,
 * and gives it one copy of an event; here it is shown to everybody whose pattern fits.
 */
import type { Published } from "../agent/topic.ts";
import type { Address } from "../core/address.ts";
import type { Cancel, Clock } from "../core/clock.ts";
import type { Envelope } from "../core/envelope.ts";
import { NoAgentError } from "../core/errors.ts";
import type { Maybe } from "../core/maybe.ts";
import type { Store } from "../core/store.ts";
import { TopicTree } from "../core/topictree.ts";
import { ask } from "./asking.ts";
import { Live, type Seen } from "./live.ts";
import type { Reports } from "./reports.ts";

/** How long the store keeps a live binding of a system that says nothing any more. */
const LEASE = 30_000;

/** What subscriptions need. */
export interface SubscriptionParts {
  readonly self: Address;
  readonly store: Store;
  readonly clock: Clock;
  readonly reports: Reports;
}

export class Subscriptions {
  readonly #parts: SubscriptionParts;
  readonly #tree = new TopicTree<Live>();
  /** How many subscribe to each pattern. */
  readonly #patterns = new Map<string, number>();
  readonly #turns = new WeakMap<Live, number>();
  #requests = 0;
  #renewal: Cancel | undefined;
  #closed = false;

  constructor(parts: SubscriptionParts) {
    this.#parts = parts;
  }

  /** Begins to show what is published there. */
  async open(subject: Published, seen: Seen): Promise<Live> {
    const live = new Live(subject, seen, this.#parts.reports);
    const { pattern } = subject;
    this.#tree.add(pattern, live);
    this.#patterns.set(pattern, (this.#patterns.get(pattern) ?? 0) + 1);
    try {
      await ask("bind", () => this.#bind(pattern));
    } catch (error) {
      await this.close(live);
      throw error;
    }
    this.#renewal ??= this.#parts.clock.after(LEASE / 3, () => void this.#renew(), true);
    return live;
  }

  /** Ends a subscription; a second time does nothing. */
  async close(live: Live): Promise<void> {
    const { pattern } = live;
    live.close();
    if (!this.#tree.delete(pattern, live)) return;
    const left = (this.#patterns.get(pattern) ?? 1) - 1;
    if (left > 0) return void this.#patterns.set(pattern, left);
    this.#patterns.delete(pattern);
    if (!this.#closed) await ask("unbind", () => this.#parts.store.unbind(pattern, this.#parts.self));
  }

  /** Shows an event to everybody whose pattern fits. */
  take(envelope: Envelope): void {
    const before = this.#envelope;
    this.#envelope = envelope;
    this.#tree.match(envelope.topic as string, this.#show);
    this.#envelope = before;
  }

  /** Lets one subscriber answer a request: the one that was asked longest ago. */
  answer(envelope: Envelope): Maybe<unknown> {
    let chosen: Live | undefined;
    this.#tree.match(envelope.topic as string, (live) => {
      if (chosen === undefined || this.#turn(live) < this.#turn(chosen)) chosen = live;
    });
    if (chosen === undefined) throw new NoAgentError(`nobody subscribes to "${envelope.topic}" any more`);
    this.#turns.set(chosen, ++this.#requests);
    return chosen.answer(envelope);
  }

  /** Renews nothing more, and shows nothing more. */
  end(): void {
    this.#closed = true;
    this.#renewal?.();
    for (const [, live] of this.#tree) live.close();
  }

  #envelope: Envelope | undefined;

  // One function for all events: a closure an event would cost more than the walk.
  readonly #show = (live: Live): void => live.take(this.#envelope as Envelope);

  #turn(live: Live): number {
    return this.#turns.get(live) ?? 0;
  }

  #bind(pattern: string): Maybe<void> {
    return this.#parts.store.bind(pattern, this.#parts.self, LEASE);
  }

  async #renew(): Promise<void> {
    for (const pattern of this.#patterns.keys()) {
      try {
        await this.#bind(pattern);
      } catch (error) {
        this.#parts.reports.emit({ type: "store.failed", step: "bind", error });
      }
    }
    this.#renewal =
      this.#closed || this.#patterns.size === 0
        ? undefined
        : this.#parts.clock.after(LEASE / 3, () => void this.#renew(), true);
  }
}
