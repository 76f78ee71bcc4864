/** Gate: a store that hands nothing out while others may take its owner for gone: they would hand out the same. */
import type { Store } from "../core/store.ts";

/** A store that can be woken: whoever watches asks again. */
interface Wakeable extends Store {
  wake(): void;
}

export class Gate {
  /** The store as it is served. */
  readonly store: Store;
  readonly #behind: Wakeable;
  readonly #isOpen: () => boolean;
  /** True while somebody was turned away. */
  #isOwed = false;

  constructor(behind: Wakeable, isOpen: () => boolean) {
    this.#behind = behind;
    this.#isOpen = isOpen;
    const claim: Store["claim"] = (...asked) => (this.#lets() ? behind.claim(...asked) : 0);
    this.store = new Proxy<Store>(behind, {
      get(target, name) {
        const value: unknown = name === "claim" ? claim : Reflect.get(target, name);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
  }

  /** The owner may be there again: who was turned away is told. */
  look(): void {
    if (!this.#isOwed || !this.#isOpen()) return;
    this.#isOwed = false;
    this.#behind.wake();
  }

  #lets(): boolean {
    if (this.#isOpen()) return true;
    this.#isOwed = true;
    return false;
  }
}
