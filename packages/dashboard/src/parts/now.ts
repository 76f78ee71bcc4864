/** Now: the time, told anew every so often; one timer for all who want it as often. */
import { useSyncExternalStore } from "react";

class Ticking {
  #now = Date.now();
  #timer: ReturnType<typeof setInterval> | undefined;
  readonly #ms: number;
  readonly #listeners = new Set<() => void>();

  constructor(ms: number) {
    this.#ms = ms;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    this.#timer ??= setInterval(() => this.#tick(), this.#ms);
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
    };
  };

  readonly snapshot = (): number => this.#now;

  #tick(): void {
    this.#now = Date.now();
    for (const listener of this.#listeners) listener();
  }
}

const tickings = new Map<number, Ticking>();

/** Milliseconds since 1970, as of at most `ms` milliseconds ago. */
export function useNow(ms: number): number {
  const ticking = tickings.get(ms) ?? new Ticking(ms);
  tickings.set(ms, ticking);
  return useSyncExternalStore(ticking.subscribe, ticking.snapshot);
}
