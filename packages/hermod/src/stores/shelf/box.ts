/** Box: a mailbox with who wants to be woken and which senders wait for room in it. */
import type { Cancel } from "../../core/clock.ts";
import { isControl, type Envelope } from "../../core/envelope.ts";
import { Mailbox, type Planned, type Room } from "../../core/mailbox.ts";
import type { Maybe } from "../../core/maybe.ts";
import type { Ring } from "../../core/ring.ts";
import type { Appended } from "../../core/store.ts";

/** A sender that waits for room. */
export interface Waiter {
  readonly envelope: Envelope;
  readonly answer: (appended: Maybe<Appended>) => void;
  readonly cancel: Cancel;
}

/** What is planned for a mailbox, and how much of it could not be dropped again. */
export interface Load extends Planned {
  readonly held: Room;
}

const none: readonly (() => void)[] = Object.freeze([]);
const noLoad: Load = Object.freeze({ count: 0, bytes: 0, held: Object.freeze({ count: 0, bytes: 0 }) });

export class Box extends Mailbox {
  waiters: Ring<Waiter> | undefined;
  /** When the lease alarm rings for the mailbox; Infinity when it is not set. */
  leasesEnd = Infinity;
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
    // Kept aside: a watch may end while it is told, and must not cost the others their wake.
    const wakes = this.#wakes;
    for (let at = 0; at < wakes.length; at++) (wakes[at] as () => void)();
  }

  /** Tells all senders that wait for room that there will be none. */
  turnAway(answer: Appended): void {
    for (const waiter of this.waiters ?? []) {
      waiter.cancel();
      waiter.answer(answer);
    }
    this.waiters = undefined;
  }

  /** True when dropping what stands in line would be enough; notices and what waits for a time are not dropped. */
  canMakeRoom(envelope: Envelope, load: Load = noLoad): boolean {
    const { count, bytes } = this.rule;
    if (count < 1 || envelope.size > bytes) return false;
    const held = this.#held();
    return held.count + load.held.count < count && held.bytes + load.held.bytes + envelope.size <= bytes;
  }

  #held(): Room {
    const { waiting, delayed } = this.counts();
    if (delayed === 0 && waiting === this.waiting) return noLoad;
    const all = [...this.contents()];
    const held = all.filter((envelope, at) => isControl(envelope) || at >= all.length - delayed);
    const counted = held.filter((envelope) => !isControl(envelope));
    return { count: counted.length, bytes: held.reduce((sum, { size }) => sum + size, 0) };
  }
}
