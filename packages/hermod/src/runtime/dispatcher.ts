/**
 * Dispatcher: claims from the store for every consumer that has room and may have something waiting. A wake only marks a
 * consumer; the work is done one hand-off later. It lets timers and I/O have their turn after 256 deliveries or 4 ms,
 * since a chain of microtasks would starve them.
 */
import type { Address } from "../core/address.ts";
import type { Clock } from "../core/clock.ts";
import { isPromise, type Maybe } from "../core/maybe.ts";
import { Ring } from "../core/ring.ts";
import type { Claim, Store } from "../core/store.ts";
import type { Reports } from "./reports.ts";

/** Who takes messages from a mailbox: an agent, or the desk for replies. */
export interface Consumer {
  readonly address: Address;
  readonly lease: number;
  /** True while it stands in the dispatcher's queue. */
  queued: boolean;
  /** True while a claim for it is under way. */
  claiming: boolean;
  /** How many messages it can start now; below 0 it takes nothing, not even control messages. */
  room(): number;
  /** Starts a message. */
  take(claim: Claim): void;
}

/** Deliveries between two pauses, and how long they may take. */
const BURST = 256;
const BURST_MS = 4;
/** Deliveries of one consumer before the next one has its turn. */
const TURN = 32;
/** How long to wait before asking a store again that failed. */
const STORE_PAUSE = 1000;

export class Dispatcher {
  readonly #clock: Clock;
  readonly #store: Store;
  readonly #reports: Reports;
  readonly #queue = new Ring<Consumer>();
  #out = emptyOut();
  #scheduled = false;
  #sincePause = 0;
  #burstEnds = 0;
  #stopped = false;

  constructor(clock: Clock, store: Store, reports: Reports) {
    this.#clock = clock;
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

  /** Claims nothing more. */
  stop(): void {
    this.#stopped = true;
  }

  readonly #run = (): void => {
    this.#scheduled = false;
    while (this.#queue.length > 0 && !this.#stopped) {
      if (this.#isBurstOver()) return this.#pause();
      const consumer = this.#queue.shift() as Consumer;
      consumer.queued = false;
      this.#serve(consumer);
    }
  };

  #isBurstOver(): boolean {
    if (this.#sincePause >= BURST) return true;
    // Reading the clock for each delivery would be the largest single cost.
    if (this.#sincePause % TURN !== 0) return false;
    const now = this.#clock.monotonic();
    if (this.#sincePause === 0) this.#burstEnds = now + BURST_MS;
    return now > this.#burstEnds;
  }

  #pause(): void {
    this.#scheduled = true;
    this.#sincePause = 0;
    this.#clock.pause(this.#run);
  }

  #serve(consumer: Consumer): void {
    if (consumer.claiming) return;
    const room = Math.min(consumer.room(), TURN);
    if (room < 0) return;
    const out = this.#out;
    let count: Maybe<number>;
    try {
      count = this.#store.claim(consumer.address, room, consumer.lease, out);
    } catch (error) {
      return this.#failed(consumer, error);
    }
    if (isPromise(count)) {
      this.#out = emptyOut();
      return void this.#await(consumer, room, count as Promise<number>, out);
    }
    this.#start(consumer, room, out);
  }

  async #await(consumer: Consumer, room: number, count: Promise<number>, out: Claim[]): Promise<void> {
    consumer.claiming = true;
    try {
      await count;
      consumer.claiming = false;
      this.#start(consumer, room, out);
    } catch (error) {
      consumer.claiming = false;
      this.#failed(consumer, error);
    }
  }

  #start(consumer: Consumer, room: number, out: Claim[]): void {
    const count = out.length - 1;
    this.#sincePause += count;
    try {
      for (let at = 1; at <= count; at++) consumer.take(out[at] as Claim);
    } finally {
      while (out.length > 1) out.pop();
    }
    // A full answer may mean that more waits; whoever was short of room asks again when it has some.
    if (count > 0 && count >= room && consumer.room() > 0) this.ready(consumer);
  }

  #failed(consumer: Consumer, error: unknown): void {
    this.#reports.emit({ type: "store.failed", step: "claim", error });
    this.#clock.after(STORE_PAUSE, () => this.ready(consumer));
  }
}

/**
 * An array for claims that is used again and again. Its first place is never emptied: an array that was empty gets new room
 * for 17 at its next push, and that for every message.
 */
function emptyOut(): Claim[] {
  return [undefined as unknown as Claim];
}
