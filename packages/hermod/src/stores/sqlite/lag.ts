/**
 * Lag: what was seen and is not in the file yet. At-most-once messages do not wait for the disk, so a process that sends and
 * handles them faster than the disk takes their history would fill its memory with it: beyond a bound its senders wait.
 */
import type { Maybe } from "../../core/maybe.ts";
import { Ring } from "../../core/ring.ts";

/** Bytes at which senders begin to wait: a third of a second of writing, which a confirmed send behind them waits too. */
const MOST = 8 * 1024 * 1024;

export class Lag {
  #bytes = 0;
  readonly #waiting = new Ring<() => void>();

  /** Runs it at once, or behind all who wait when enough is written: whoever came first goes first. */
  enter<T>(run: () => Maybe<T>): Maybe<T> {
    if (this.#bytes < MOST && this.#waiting.length === 0) return run();
    return new Promise((resolve, reject) => {
      this.#waiting.push(() => {
        try {
          resolve(run());
        } catch (error) {
          reject(error as Error);
        }
      });
    });
  }

  grow(bytes: number): void {
    this.#bytes += bytes;
  }

  /** So much is written, or will not be. */
  shrink(bytes: number): void {
    this.#bytes -= bytes;
    while (this.#bytes < MOST && this.#waiting.length > 0) this.#waiting.shift()?.();
  }
}
