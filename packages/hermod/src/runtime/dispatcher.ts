/**
 * Dispatcher: claims from the store for every consumer that has room and may have something waiting. A wake only marks a
 * consumer; the work is done one hand-off later. It lets timers and I/O have their turn after 256 deliveries or 4 ms,
 * since a chain of microtasks would starve them.
 */
import type { Address } from "../core/address.ts";
import type { Clock } from "../core/clock.ts";
import { isPromise, type Maybe } from "../core/maybe.ts";
import { Ring } from "../core/ring.ts";
import { RELEASE } from "../core/settlement.ts";
import type { Claim, Store } from "../core/store.ts";
import type { Reports } from "./reports.ts";
import type { Timers } from "./timers.ts";

/** Who takes messages from a mailbox: an agent, or the desk for replies. */
export interface Consumer {
  readonly address: Address;
  readonly lease: number;
  /** True when it wants to know of messages whose key it is working on. */
  readonly beside: boolean;
  /** True while it stands in the dispatcher's queue, or was marked while a claim for it was under way. */
  queued: boolean;
  /** True while a claim for it is under way. */
  claiming: boolean;
  /** How many messages it can start now; below 0 it takes nothing, not even control messages. */
  room(): number;
  /** Starts a message. */
  take(claim: Claim): void;
  /** Called when a claim gave it nothing. */
  readonly dry?: (() => void) | undefined;
}

/** Deliveries between two pauses, and how long they may take. */
const BURST = 256;
const BURST_MS = 4;
/** Every how many deliveries the clock is looked at. */
const LOOK = 8;
/** Deliveries of one consumer before the next one has its turn. */
const TURN = 32;
/** How long to wait before asking a store again that failed. */
const STORE_PAUSE = 1000;

export class Dispatcher {
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #store: Store;
  readonly #reports: Reports;
  readonly #queue = new Ring<Consumer>();
  /** Claims that the store has not answered yet. */
  readonly #pending = new Set<Promise<void>>();
  #out = emptyOut();
  #scheduled = false;
  #sincePause = 0;
  #nextLook = 0;
  #burstEnds = 0;
  #stopped = false;

  constructor(clock: Clock, store: Store, reports: Reports, timers: Timers) {
    this.#clock = clock;
    this.#timers = timers;
    this.#store = store;
    this.#reports = reports;
  }

  /** Marks a consumer: it may have something to claim. */
  readonly ready = (consumer: Consumer): void => {
    if (consumer.queued || this.#stopped) return;
    consumer.queued = true;
    this.#queue.push(consumer);
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#clock.defer(this.#run);
  };

  /** Ends when the claims that are under way now are answered, and what they gave has begun or was given back. */
  async answered(): Promise<void> {
    await Promise.all(this.#pending);
  }

  /** Claims nothing more. */
  stop(): void {
    this.#stopped = true;
  }

  /** It counts as scheduled until it has nothing to do: a second run beside one that pauses would undo the pause. */
  readonly #run = (): void => {
    let paused = false;
    try {
      paused = this.#work();
    } finally {
      this.#scheduled = paused;
    }
    if (paused) this.#clock.pause(this.#run);
  };

  /** Serves who is ready; answers true when a burst is over before all were served. */
  #work(): boolean {
    while (this.#queue.length > 0 && !this.#stopped) {
      if (this.#isBurstOver()) return true;
      const consumer = this.#queue.shift() as Consumer;
      consumer.queued = false;
      this.#serve(consumer);
    }
    return false;
  }

  #isBurstOver(): boolean {
    if (this.#sincePause < this.#nextLook) return false;
    // Reading the clock for each delivery would be the largest single cost.
    const now = this.#clock.monotonic();
    if (this.#sincePause === 0) this.#burstEnds = now + BURST_MS;
    this.#nextLook = this.#sincePause + LOOK;
    if (this.#sincePause < BURST && now <= this.#burstEnds) return false;
    this.#sincePause = this.#nextLook = 0;
    return true;
  }

  #serve(consumer: Consumer): void {
    if (consumer.claiming) return void (consumer.queued = true);
    const room = Math.min(consumer.room(), TURN);
    if (room < 0) return;
    const out = this.#out;
    let count: Maybe<number>;
    try {
      const { address, lease, beside } = consumer;
      count = this.#store.claim(address, room, lease, out, undefined, beside, true);
    } catch (error) {
      return this.#failed(consumer, error);
    }
    if (isPromise(count)) {
      this.#out = emptyOut();
      return this.#await(consumer, room, count as Promise<number>, out);
    }
    this.#start(consumer, room, out);
  }

  #await(consumer: Consumer, room: number, count: Promise<number>, out: Claim[]): void {
    consumer.claiming = true;
    const answered = this.#answer(consumer, room, count, out).finally(() => this.#pending.delete(answered));
    this.#pending.add(answered);
  }

  async #answer(consumer: Consumer, room: number, count: Promise<number>, out: Claim[]): Promise<void> {
    try {
      await count;
      this.#claimed(consumer);
      if (consumer.room() < 0) await this.#giveBack(out);
      else this.#start(consumer, room, out);
    } catch (error) {
      if (consumer.claiming) this.#claimed(consumer);
      this.#failed(consumer, error);
    }
  }

  /** A claim is answered. A wake since it began may be about a message that it did not see. */
  #claimed(consumer: Consumer): void {
    consumer.claiming = false;
    if (!consumer.queued) return;
    consumer.queued = false;
    this.ready(consumer);
  }

  /** The consumer was stopped while it claimed. */
  async #giveBack(out: readonly Claim[]): Promise<void> {
    for (const claim of out.slice(1)) await this.#store.settle(claim, RELEASE, []);
  }

  #start(consumer: Consumer, room: number, out: Claim[]): void {
    const count = out.length - 1;
    this.#sincePause += count;
    try {
      for (let at = 1; at <= count; at++) consumer.take(out[at] as Claim);
    } finally {
      while (out.length > 1) out.pop();
    }
    if (count === 0) consumer.dry?.();
    // A full answer may mean that more waits; whoever was short of room asks again when it has some.
    if (count > 0 && count >= room && consumer.room() > 0) this.ready(consumer);
  }

  #failed(consumer: Consumer, error: unknown): void {
    this.#reports.emit({ type: "store.failed", step: "claim", error });
    this.#timers.set(STORE_PAUSE, () => this.ready(consumer));
  }
}

/**
 * An array for claims that is used again and again. Its first place is never emptied: an array that was empty gets new room
 * for 17 at its next push, and that for every message.
 */
function emptyOut(): Claim[] {
  return [undefined as unknown as Claim];
}
