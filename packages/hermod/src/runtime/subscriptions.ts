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
import { Gaps } from "./gaps.ts";
import { Live, type Seen } from "./live.ts";
import { Refusal } from "./refusal.ts";
import type { Reports } from "./reports.ts";

/** How long the store keeps a live binding of a system that says nothing any more. */
const LEASE = 30_000;
/** Bindings that are renewed at a time. */
const BATCH = 256;

/** What subscriptions need. */
export interface SubscriptionParts {
  readonly self: Address;
  readonly store: Store;
  readonly clock: Clock;
  readonly reports: Reports;
  /** @throws HermodError HERMOD_CLOSED when the system ends. */
  readonly checkIntake: () => void;
}

export class Subscriptions {
  readonly #parts: SubscriptionParts;
  readonly #tree = new TopicTree<Live>();
  /** How many subscribe to each pattern. */
  readonly #patterns = new Map<string, number>();
  readonly #turns = new WeakMap<Live, number>();
  readonly #gaps = new Gaps();
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
    const before = this.#patterns.get(pattern) ?? 0;
    this.#patterns.set(pattern, before + 1);
    try {
      await ask("bind", () => this.#bind(pattern));
      this.#parts.checkIntake();
      if (before === 0) this.#tell("topic.subscribed", pattern);
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
    this.#gaps.forget(pattern);
    if (this.#patterns.size === 0) this.#rest();
    if (this.#closed) return;
    await ask("unbind", () => this.#parts.store.unbind(pattern, this.#parts.self));
    this.#tell("topic.unsubscribed", pattern);
  }

  #tell(type: "topic.subscribed" | "topic.unsubscribed", pattern: string): void {
    const { reports, self: mailbox } = this.#parts;
    if (reports.active) reports.emit({ type, pattern, mailbox });
  }

  /** Shows an event to everybody whose pattern fits now: who subscribes while it is shown sees what comes after it. */
  take(envelope: Envelope): void {
    const shown = this.#tree.matches(envelope.topic as string);
    if (shown.length > 0) this.#lookForGap(envelope);
    for (let at = 0; at < shown.length; at++) (shown[at] as Live).take(envelope);
  }

  /** Lets one subscriber answer a request: the one that was asked longest ago. */
  answer(envelope: Envelope): Maybe<unknown> {
    let chosen: Live | undefined;
    for (const live of this.#tree.matches(envelope.topic as string))
      if (chosen === undefined || this.#turn(live) < this.#turn(chosen)) chosen = live;
    if (chosen === undefined) throw left(envelope);
    this.#turns.set(chosen, ++this.#requests);
    return chosen.answer(envelope);
  }

  /** Renews nothing more, and shows nothing more. */
  end(): void {
    this.#closed = true;
    this.#rest();
    for (const [, live] of this.#tree) live.close();
  }

  #lookForGap(envelope: Envelope): void {
    const { reports } = this.#parts;
    if (!reports.active) return this.#gaps.clear();
    const count = this.#gaps.before(envelope);
    if (count > 0) reports.emit({ type: "event.missed", envelope, count });
  }

  #turn(live: Live): number {
    return this.#turns.get(live) ?? 0;
  }

  #bind(pattern: string): Maybe<void> {
    return this.#parts.store.bind(pattern, this.#parts.self, LEASE);
  }

  #rest(): void {
    this.#renewal?.();
    this.#renewal = undefined;
  }

  async #renewOne(pattern: string): Promise<void> {
    try {
      if (this.#patterns.has(pattern)) await this.#bind(pattern);
    } catch (error) {
      this.#parts.reports.emit({ type: "store.failed", step: "bind", error });
    }
  }

  async #renew(): Promise<void> {
    const patterns = [...this.#patterns.keys()];
    // Many at a time: one after the other, a slow store would outlast the lease of the last ones.
    for (let at = 0; at < patterns.length; at += BATCH)
      await Promise.all(patterns.slice(at, at + BATCH).map((pattern) => this.#renewOne(pattern)));
    // A subscription that was the first again may have set one meanwhile.
    this.#rest();
    this.#renewal =
      this.#closed || this.#patterns.size === 0
        ? undefined
        : this.#parts.clock.after(LEASE / 3, () => void this.#renew(), true);
  }
}

/** What the asker is told whose request came when its subscriber had closed. */
function left({ topic }: Envelope): Refusal {
  return new Refusal(new NoAgentError(`nobody subscribes to "${topic}" any more`), "unreadable");
}
