/** Wait: a wait for something that the store keeps: woken by the store, by its time limit, or by its signal. */
import type { Clock } from "../core/clock.ts";
import type { Maybe } from "../core/maybe.ts";
import type { Told } from "../core/store.ts";

export class Wait {
  over = false;
  /** True once the system that it waits in has ended. */
  isClosed = false;
  readonly #cancel: () => void;
  readonly #signal: AbortSignal | undefined;
  #woken = false;
  #go: Told | undefined;

  constructor(clock: Clock, timeout: number | undefined, signal: AbortSignal | undefined) {
    this.#signal = signal;
    this.#cancel = timeout === undefined ? () => undefined : clock.after(timeout, () => this.#finish());
    if (timeout === 0) this.over = true;
    signal?.addEventListener("abort", this.#stopped);
  }

  readonly wake: Told = (number, part) => {
    const go = this.#go;
    this.#go = undefined;
    if (go === undefined) this.#woken = true;
    else go(number, part);
  };

  /** Waits until the next wake; a wake since the last one counts. */
  next(): Maybe<true> {
    return this.now() || new Promise<true>((resolve) => this.heed(() => resolve(true)));
  }

  /** True where a wake has come since the last one. */
  now(): boolean {
    const woken = this.#woken;
    this.#woken = false;
    return woken;
  }

  /** Calls `go` at the next wake, with what it is told of. */
  heed(go: Told): void {
    this.#go = go;
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
