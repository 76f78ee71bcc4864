/** A memory store with a clock that is moved by hand and at once, for models that run thousands of sequences. */
import assert from "node:assert/strict";
import { toAddress } from "../core/address.ts";
import type { Cancel, Clock } from "../core/clock.ts";
import { TimeHeap } from "../core/heap.ts";
import { createIds } from "../core/id.ts";
import { isPromise, type Maybe } from "../core/maybe.ts";
import { defaultMailboxRule, type DeadLetter, type MailboxRule, type Store } from "../core/store.ts";
import { seeded } from "../testing/random.ts";
import { memory, type MemoryOptions } from "./memory.ts";

export const START = 1_700_000_000_000;
export const critic = toAddress("critic");
export const editor = toAddress("editor");
export const boxes = [critic, editor] as const;

/** A clock whose timers run while it is moved, without a turn of the event loop. */
export class HandClock implements Clock {
  #now = START;
  readonly #timers = new TimeHeap<{ run: (() => void) | undefined }>();

  readonly now = (): number => this.#now;
  readonly monotonic = (): number => this.#now - START;

  after(ms: number, run: () => void): Cancel {
    const timer: { run: (() => void) | undefined } = { run };
    this.#timers.push(this.#now + ms, timer);
    return () => void (timer.run = undefined);
  }

  defer(): never {
    assert.fail("nothing in a memory store is deferred");
  }

  late(): never {
    assert.fail("nothing in a memory store is put off");
  }

  pause(): never {
    assert.fail("nothing in a memory store pauses");
  }

  advance(ms: number): void {
    const until = this.#now + ms;
    for (let at = this.#timers.next; at !== undefined && at <= until; at = this.#timers.next) {
      this.#now = Math.max(at, this.#now);
      this.#timers.take(at)?.run?.();
    }
    this.#now = until;
  }

  /** Timers that are set. */
  get waiting(): number {
    return [...this.#timers].filter(({ item }) => item.run !== undefined).length;
  }
}

/** The answer, which a memory store gives at once. */
export function ready<T>(answer: Maybe<T>): T {
  assert.ok(!isPromise(answer), "a promise");
  return answer;
}

export class World {
  readonly clock = new HandClock();
  readonly store: Store;
  died: (letter: DeadLetter) => void = () => undefined;

  constructor(options: MemoryOptions, rule: Partial<MailboxRule> = {}) {
    const random = seeded(1);
    const reports = { active: false, emit: () => undefined };
    const died = (letter: DeadLetter): void => this.died(letter);
    this.store = ready(memory(options)({ clock: this.clock, random, ids: createIds(random), reports, died }));
    for (const mailbox of boxes) this.announce(mailbox, rule);
  }

  get now(): number {
    return this.clock.now();
  }

  announce(mailbox: (typeof boxes)[number], rule: Partial<MailboxRule> = {}): void {
    ready(this.store.announce(mailbox, { ...defaultMailboxRule, ...rule }));
  }

  /** Closes the store, which leaves no timer behind. */
  close(): void {
    ready(this.store.close());
    assert.equal(this.clock.waiting, 0, "timers left after close");
  }
}
