/** Followers: who is told when a part is added to a message's record. */
import type { Told } from "../../core/store.ts";

export class Followers {
  /** Most messages have one follower, and tokens come by the ten thousand a second: a set of one is made for nobody. */
  readonly #wakes = new Map<string, Told | Set<Told>>();

  /** Adds a follower; returns its end. */
  add(id: string, wake: Told): () => void {
    const before = this.#wakes.get(id);
    if (before instanceof Set) before.add(wake);
    else this.#wakes.set(id, before ? new Set([before, wake]) : wake);
    return () => this.#leave(id, wake);
  }

  wake(id: string, number?: number, part?: unknown): void {
    const wakes = this.#wakes.get(id);
    if (wakes === undefined) return;
    if (!(wakes instanceof Set)) return wakes(number, part);
    // One may end while it is told: a set bears that.
    for (const wake of wakes) wake(number, part);
  }

  #leave(id: string, wake: Told): void {
    const wakes = this.#wakes.get(id);
    if (wakes instanceof Set) wakes.delete(wake);
    if (wakes === wake || (wakes instanceof Set && wakes.size === 0)) this.#wakes.delete(id);
  }
}
