/** Waits: who waits for the messages of one pulled mailbox, and which of them are in somebody's hand. */
import type { Clock } from "../core/clock.ts";
import type { Envelope } from "../core/envelope.ts";
import type { HermodError } from "../core/errors.ts";
import { cancellation, cancelNotice } from "./cancelling.ts";

/** A message that was taken and is not settled. */
export interface Held {
  /** When its lease runs out, UTC milliseconds. */
  readonly leaseUntil: number;
  readonly envelope: Envelope;
  /** Tells whoever holds it that it is wanted no longer. */
  cancel(reason: HermodError): void;
  /** Takes it from whoever holds it, and gives it back without an attempt used. */
  revoke(): Promise<void>;
}

/** Held messages from which forgotten ones are looked for. */
const SWEEP = 64;

/** The system keeps it beside the mailbox, and ends all waits by it. */
export class Waits {
  /** Called when nothing is held any more. */
  idle: (() => void) | undefined;
  /** Called when something may have come while messages are held: one of them may be wanted no longer. */
  attend: (() => void) | undefined;
  /** True while it is to give nothing but notices. */
  paused = false;
  #closed = false;
  #unwatch: (() => void) | undefined;
  readonly #wakes = new Set<() => void>();
  readonly #held = new Set<Held>();
  readonly #clock: Clock;
  #sweepAt = SWEEP;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** True while somebody holds a message whose lease has not run out. */
  get busy(): boolean {
    this.#sweep();
    return this.#held.size > 0;
  }

  /** Lets the store wake the waits, from the first question on. */
  watch(begin: (wake: () => void) => () => void): void {
    if (!this.#closed) this.#unwatch ??= begin(() => this.wake());
  }

  add(wake: () => void): void {
    this.#wakes.add(wake);
  }

  delete(wake: () => void): void {
    this.#wakes.delete(wake);
  }

  /** A message was taken. */
  hold(held: Held): void {
    if (this.#held.size >= this.#sweepAt) this.#sweep();
    this.#held.add(held);
  }

  /** Tells whoever holds the message that a notice of cancellation is about; false where nobody here does. */
  heed(notice: Envelope): boolean {
    const { id, reason } = cancelNotice(notice) ?? {};
    const held = [...this.#held].filter(({ envelope }) => envelope.id === id);
    for (const each of held) each.cancel(cancellation("message", each.envelope.id, reason));
    return held.length > 0;
  }

  /** A message was settled or given back. */
  drop(held: Held): void {
    this.#held.delete(held);
    if (this.#held.size === 0) this.idle?.();
  }

  /** How many messages are in somebody's hand. */
  get size(): number {
    return this.#held.size;
  }

  /** Takes back what is still held. */
  async giveBack(): Promise<void> {
    for (const held of [...this.#held]) await held.revoke();
  }

  /** Ends all waits: they give `undefined`. */
  close(): void {
    this.#closed = true;
    this.#unwatch?.();
    this.wake();
  }

  /** Lets all who wait look again. */
  wake(): void {
    for (const wake of [...this.#wakes]) wake();
    if (this.#held.size > 0 && !this.#closed) this.attend?.();
  }

  /** Whoever forgets a message leaves it to its lease; nothing else tells of it. */
  #sweep(): void {
    const now = this.#clock.now();
    for (const held of this.#held) if (held.leaseUntil <= now) this.#held.delete(held);
    this.#sweepAt = Math.max(SWEEP, this.#held.size * 2);
  }
}
