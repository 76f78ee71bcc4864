/** Guard: the circuit breaker of one instance at work, with its clock and its reports. */
import type { Address } from "../core/address.ts";
import {
  Breaker,
  type BreakerOutcome,
  type BreakerPolicy,
  type BreakerState,
  type BreakerView,
  type Ticket,
} from "../core/breaker.ts";
import type { Clock } from "../core/clock.ts";
import type { Reports } from "./reports.ts";
import type { Timer, Timers } from "./timers.ts";

/** A change of a breaker's state; the time is UTC milliseconds. */
export interface BreakerChange {
  readonly at: number;
  readonly state: BreakerState;
  readonly forced: boolean;
  /** Why, in words; of one that was forced, what the operator said. */
  readonly reason: string;
}

/** Changes that a breaker remembers. */
const MOST_CHANGES = 10;

/** What a guard needs. */
export interface GuardParts {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly reports: Reports;
  /** Told when more may start than before, or nothing. */
  readonly changed: () => void;
}

export class Guard {
  readonly agent: Address;
  readonly #parts: GuardParts;
  readonly #breaker: Breaker;
  readonly #policy: BreakerPolicy;
  /** The last changes, the newest first. */
  #changes: readonly BreakerChange[] = [];
  #timer: Timer | undefined;

  constructor(agent: Address, policy: BreakerPolicy, parts: GuardParts) {
    this.agent = agent;
    this.#policy = policy;
    this.#parts = parts;
    this.#breaker = new Breaker(policy);
  }

  /** How many more deliveries may start now. */
  room(): number {
    return this.#breaker.room(this.#now);
  }

  /** A delivery starts; the first probe may come before the timer that says so. */
  begin(): Ticket {
    const ticket = this.#breaker.begin(this.#now);
    if (this.#timer !== undefined) this.#tryAgain();
    return ticket;
  }

  /** A delivery has ended; one without a ticket began before there was a breaker. */
  end(ticket: Ticket | undefined, outcome: BreakerOutcome): void {
    if (ticket === undefined) return;
    const before = this.#breaker.state(this.#now);
    if (this.#breaker.end(ticket, outcome, this.#now)) this.#changed(this.#why(before));
  }

  /** An operator's hand: "open", "closed", or `undefined` to let it decide by itself again. */
  force(state: "open" | "closed" | undefined, reason = "by hand"): void {
    this.#breaker.force(state);
    this.#changed(reason);
  }

  /** The last changes, the newest first; at most ten. */
  get changes(): readonly BreakerChange[] {
    return this.#changes;
  }

  /** The breaker as plain data, its times in UTC milliseconds. */
  view(): BreakerView {
    const { clock } = this.#parts;
    const shift = clock.now() - this.#now;
    const { openedAt, retryAt, ...view } = this.#breaker.view(this.#now);
    return Object.freeze({
      ...view,
      ...(openedAt !== undefined && { openedAt: Math.round(openedAt + shift) }),
      ...(retryAt !== undefined && { retryAt: Math.round(retryAt + shift) }),
    });
  }

  /** Waits for nothing any more. */
  close(): void {
    this.#timer?.done();
    this.#timer = undefined;
  }

  get #now(): number {
    return this.#parts.clock.monotonic();
  }

  #changed(reason: string): void {
    const { reports, changed, clock } = this.#parts;
    const { state, forced } = this.view();
    const change = Object.freeze({ at: clock.now(), state, forced, reason });
    this.#changes = [change, ...this.#changes.slice(0, MOST_CHANGES - 1)];
    this.#await();
    if (reports.active) reports.emit({ type: "breaker.changed", agent: this.agent, state, forced });
    changed();
  }

  /** Waits for the end of the open time, if it has one. */
  #await(): void {
    this.#timer?.done();
    const { retryAt } = this.#breaker;
    const isOpen = retryAt !== undefined && this.#breaker.state(this.#now) === "open";
    this.#timer = isOpen
      ? this.#parts.timers.set(Math.max(1, retryAt - this.#now), () => this.#tryAgain())
      : undefined;
  }

  /** A timer may come early: the breaker says itself whether its time is over. */
  #tryAgain(): void {
    if (this.#breaker.state(this.#now) === "open") this.#await();
    else this.#changed(`${this.#policy.openFor} ms are over`);
  }

  /** Why it has opened or closed by itself: it opens by what it counted, or by a probe that failed. */
  #why(before: BreakerState): string {
    const { state, deliveries, failures } = this.view();
    const { probes, window } = this.#policy;
    if (state === "closed") return probes === 1 ? "a probe succeeded" : `${probes} probes succeeded`;
    if (before === "half-open") return "a probe failed";
    return `${failures} of ${deliveries} deliveries failed within ${window} ms`;
  }
}
