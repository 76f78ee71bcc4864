/** Ears: who in this process wants to hear of a mailbox or of a message; the other side is asked once for all of them. */

export class Ears {
  readonly #ask: (name: string) => void;
  readonly #leave: (name: string) => void;
  readonly #wakes = new Map<string, Set<() => void>>();

  constructor(ask: (name: string) => void, leave: (name: string) => void) {
    this.#ask = ask;
    this.#leave = leave;
  }

  /** Calls `wake` when something was said of it. Returns the end of it. */
  add(name: string, wake: () => void): () => void {
    const known = this.#wakes.get(name);
    if (known === undefined) this.#ask(name);
    const wakes = known ?? new Set();
    // A wake may be given twice.
    const own = (): void => wake();
    this.#wakes.set(name, wakes.add(own));
    return () => {
      if (!wakes.delete(own) || wakes.size > 0 || this.#wakes.get(name) !== wakes) return;
      this.#wakes.delete(name);
      this.#leave(name);
    };
  }

  /** Something was said of these. */
  hear(names: unknown): void {
    if (!Array.isArray(names)) return;
    for (const name of names) for (const wake of [...(this.#wakes.get(name as string) ?? [])]) wake();
  }

  /** Asks for all of it again; something may have happened while nobody heard. */
  renew(): void {
    for (const name of this.#wakes.keys()) this.#ask(name);
    this.hear([...this.#wakes.keys()]);
  }
}
