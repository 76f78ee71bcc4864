/** Followers: who is told when a part is added to a message's record. */
import type { Told } from "../../core/store.ts";

export class Followers {
  readonly #wakes = new Map<string, Set<Told>>();

  /** Adds a follower; returns its end. */
  add(id: string, wake: Told): () => void {
    const wakes = this.#wakes.get(id) ?? new Set();
    this.#wakes.set(id, wakes.add(wake));
    return () => {
      wakes.delete(wake);
      if (wakes.size === 0 && this.#wakes.get(id) === wakes) this.#wakes.delete(id);
    };
  }

  wake(id: string, number?: number, part?: unknown): void {
    const wakes = this.#wakes.get(id);
    // One may end while it is told: a set bears that.
    if (wakes !== undefined) for (const wake of wakes) wake(number, part);
  }
}
