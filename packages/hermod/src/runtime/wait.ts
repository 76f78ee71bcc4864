/** Wait: a wait for something that the store keeps: woken by the store, by its time limit, or by its signal. */
import type { Clock } from "../core/clock.ts";
import type { Maybe } from "../core/maybe.ts";
import type { Told } from "../core/store.ts";

/** Is told of one wake. */
export interface Listener {
  readonly told: Told;
}

export class Wait {
  over = false;
  /** True once the system that it waits in has ended. */
  isClosed = false;
  readonly #cancel: () => void;
  readonly #signal: AbortSignal | undefined;
  #woken = false;
  #listener: Listener | undefined;

  constructor(clock: Clock, timeout: number | undefined, signal: AbortSignal | undefined) {
    this.#signal = signal;
    this.#cancel = timeout === undefined ? () => undefined : clock.after(timeout, () => this.#finish());
    if (timeout === 0) this.over = true;
    signal?.addEventListener("abort", this.#stopped);
  }

  readonly wake: Told = (number, part) => {
    const listener = this.#listener;
    this.#listener = undefined;
    if (listener === undefined) this.#woken = true;
    else listener.told(number, part);
  };

  /** Waits until the next wake; a wake since the last one counts. */
  next(): Maybe<true> {
    return this.now() || new Promise<true>((resolve) => this.heed({ told: () => resolve(true) }));
  }

  /** True where a wake has come since the last one. */
  now(): boolean {
    const woken = this.#woken;
    this.#woken = false;
    return woken;
  }

  /** Tells `listener` of the next wake. */
  heed(listener: Listener): void {
    this.#listener = listener;
  }

  /** Its system has ended: who waits is told of it. */
  close(): void {
    this.isClosed = true;
    this.wake();
  }

  end(): void {
    this.#cancel();
    this.#signal?.removeEventListener("abort", this.#stopped);
  }

  readonly #stopped = (): void => this.wake();

  #finish(): void {
    this.over = true;
    this.wake();
  }
}
