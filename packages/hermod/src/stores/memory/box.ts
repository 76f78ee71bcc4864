/** Box: a mailbox with who wants to be woken and which senders wait for room in it. */
import type { Cancel } from "../../core/clock.ts";
import type { Envelope } from "../../core/envelope.ts";
import { Mailbox } from "../../core/mailbox.ts";
import type { Ring } from "../../core/ring.ts";
import type { Appended } from "../../core/store.ts";

/** A sender that waits for room. */
export interface Waiter {
  readonly envelope: Envelope;
  readonly answer: (appended: Appended) => void;
  readonly cancel: Cancel;
}

const none: readonly (() => void)[] = Object.freeze([]);

export class Box extends Mailbox {
  waiters: Ring<Waiter> | undefined;
  /** True while the lease alarm watches the mailbox. */
  leased = false;
  #wakes: readonly (() => void)[] = none;

  /** Adds a watcher; returns its end. */
  watch(wake: () => void): () => void {
    this.#wakes = [...this.#wakes, wake];
    return () => this.unwatch(wake);
  }

  unwatch(wake: () => void): void {
    this.#wakes = this.#wakes.filter((other) => other !== wake);
  }

  wake(): void {
    for (let at = 0; at < this.#wakes.length; at++) (this.#wakes[at] as () => void)();
  }
}
