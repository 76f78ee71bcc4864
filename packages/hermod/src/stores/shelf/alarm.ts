/**
 * Alarm: one timer for many times. Each owner has at most one time; the owners whose time has come are told together. Times are
 * those of the wall clock, which may be set while the timer counts what passes. One that waits for what the clock shows looks
 * again every so often; one for leases does not, since these last as long as they were given for.
 */
import type { Cancel, Clock } from "../../core/clock.ts";
import { TimeHeap } from "../../core/heap.ts";

export class Alarm<T> {
  readonly #clock: Clock;
  readonly #ring: (owner: T) => void;
  readonly #background: boolean;
  readonly #longest: number;
  readonly #heap = new TimeHeap<T>();
  readonly #times = new Map<T, number>();
  #cancel: Cancel | undefined;
  #armedFor = Infinity;

  /** `longest` is the longest sleep between two looks at the clock, milliseconds. */
  constructor(clock: Clock, ring: (owner: T) => void, background = false, longest = Infinity) {
    this.#longest = longest;
    this.#clock = clock;
    this.#ring = ring;
    this.#background = background;
  }

  /** Tells the owner at this time, unless an earlier one is set already. */
  set(owner: T, at: number): void {
    if ((this.#times.get(owner) ?? Infinity) <= at) return;
    this.#times.set(owner, at);
    this.#heap.push(at, owner);
    if (at < this.#armedFor) this.#arm(at);
  }

  /** Ends all waiting. */
  close(): void {
    this.#cancel?.();
    this.#times.clear();
    this.#armedFor = Infinity;
  }

  #arm(at: number): void {
    this.#cancel?.();
    this.#armedFor = at;
    this.#cancel = this.#clock.after(
      Math.min(this.#longest, Math.max(0, at - this.#clock.now())),
      () => this.#wake(),
      this.#background,
    );
  }

  #wake(): void {
    this.#armedFor = Infinity;
    const now = this.#clock.now();
    const due: T[] = [];
    // A time is stale when its owner got an earlier one later: that one has told the owner already.
    for (let owner = this.#heap.take(now); owner !== undefined; owner = this.#heap.take(now)) {
      if ((this.#times.get(owner) ?? Infinity) > now) continue;
      this.#times.delete(owner);
      due.push(owner);
    }
    if (this.#heap.next !== undefined && this.#times.size > 0) this.#arm(this.#heap.next);
    for (const owner of due) this.#ring(owner);
  }
}
