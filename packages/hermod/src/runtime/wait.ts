/** Wait: a wait for something that the store keeps: woken by the store, by its time limit, or by its signal. */
import type { Clock } from "../core/clock.ts";

export class Wait {
  over = false;
  readonly #cancel: () => void;
  readonly #signal: AbortSignal | undefined;
  #woken = false;
  #go: (() => void) | undefined;

  constructor(clock: Clock, timeout: number | undefined, signal: AbortSignal | undefined) {
    this.#signal = signal;
    this.#cancel = timeout === undefined ? () => undefined : clock.after(timeout, () => this.#finish());
    if (timeout === 0) this.over = true;
    signal?.addEventListener("abort", this.wake);
  }

  readonly wake = (): void => {
    this.#woken = true;
    this.#go?.();
  };

  /** Waits until the next wake; a wake since the last one counts. */
  async next(): Promise<void> {
    if (!this.#woken) await new Promise<void>((resolve) => (this.#go = resolve));
    this.#woken = false;
    this.#go = undefined;
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
