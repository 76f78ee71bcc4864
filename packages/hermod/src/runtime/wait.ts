/** Wait: a wait for something that the store keeps: woken by the store, by its time limit, or by its signal. */
import type { Clock } from "../core/clock.ts";
import type { Maybe } from "../core/maybe.ts";

export class Wait {
  over = false;
  readonly #cancel: () => void;
  readonly #signal: AbortSignal | undefined;
  #woken = false;
  #go: ((woken: true) => void) | undefined;

  constructor(clock: Clock, timeout: number | undefined, signal: AbortSignal | undefined) {
    this.#signal = signal;
    this.#cancel = timeout === undefined ? () => undefined : clock.after(timeout, () => this.#finish());
    if (timeout === 0) this.over = true;
    signal?.addEventListener("abort", this.wake);
  }

  readonly wake = (): void => {
    const go = this.#go;
    this.#go = undefined;
    if (go === undefined) this.#woken = true;
    else go(true);
  };

  /** Waits until the next wake; a wake since the last one counts. */
  next(): Maybe<true> {
    if (!this.#woken) return new Promise<true>((resolve) => (this.#go = resolve));
    this.#woken = false;
    return true;
  }

  end(): void {
    this.#cancel();
    this.#signal?.removeEventListener("abort", this.wake);
  }

  #finish(): void {
    this.over = true;
    this.wake();
  }
}
