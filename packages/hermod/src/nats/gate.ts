/**
 * Gate: a store that hands nothing out while others may take its owner for gone: they would hand out the same. Where the owner cannot say that it is
 * there, its journal can tell that nobody else has come: who leads the bucket of the owners may be missing for seconds, and with it whoever
 * could come.
 */
import { systemClock } from "../core/clock.ts";
import type { Store } from "../core/store.ts";

/** A store that can be woken: whoever watches asks again. */
interface Wakeable extends Store {
  wake(): void;
}

/** How long the journal's word is believed, in milliseconds. */
const WORD = 100;

export class Gate {
  /** The store as it is served. */
  readonly store: Store;
  readonly #behind: Wakeable;
  readonly #isOpen: () => boolean;
  readonly #prove: () => Promise<unknown>;
  /** True while somebody was turned away. */
  #isOwed = false;
  #isProving = false;
  /** Until when the journal's word is believed, by the monotonic clock. */
  #proved = 0;

  /** `prove` resolves when the journal has taken a word of this owner, and rejects where it is the owner no more. */
  constructor(behind: Wakeable, isOpen: () => boolean, prove: () => Promise<unknown>) {
    this.#behind = behind;
    this.#isOpen = isOpen;
    this.#prove = prove;
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
    if (!this.#isOwed || !this.#isUnlocked()) return;
    this.#isOwed = false;
    this.#behind.wake();
  }

  #lets(): boolean {
    if (this.#isUnlocked()) return true;
    this.#isOwed = true;
    if (!this.#isProving) void this.#ask();
    return false;
  }

  #isUnlocked(): boolean {
    return this.#isOpen() || systemClock.monotonic() < this.#proved;
  }

  async #ask(): Promise<void> {
    this.#isProving = true;
    try {
      await this.#prove();
      this.#proved = systemClock.monotonic() + WORD;
    } catch {
      // Whoever owns it now hands out.
    }
    this.#isProving = false;
    this.look();
  }
}
