/** Turns: at most so many at once; the others wait in the order in which they came. */
import { untilAborted } from "./until.ts";

export class Turns {
  #free: number;
  readonly #line = new Set<() => void>();

  constructor(atOnce: number) {
    this.#free = atOnce;
  }

  /** Waits for a turn and gives what ends it, which may be called again. @throws the signal's reason, out of the line. */
  async begin(signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    if (this.#free > 0) this.#free--;
    else await this.#wait(signal);
    let ended = false;
    return () => {
      if (!ended) this.#next();
      ended = true;
    };
  }

  async #wait(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#line.add(resolve);
    try {
      await untilAborted(signal, promise);
    } catch (error) {
      // A turn that was given in the same moment goes to the next one.
      if (!this.#line.delete(resolve)) this.#next();
      throw error;
    }
  }

  #next(): void {
    const [first] = this.#line;
    if (first === undefined) return void this.#free++;
    this.#line.delete(first);
    first();
  }
}
