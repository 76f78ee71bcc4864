/** Gate: a store that hands nothing out while others may take its owner for gone: they would hand out the same. */
import type { Store } from "../core/store.ts";

export function gated(store: Store, isOpen: () => boolean): Store {
  const claim: Store["claim"] = (...asked) => (isOpen() ? store.claim(...asked) : 0);
  return new Proxy(store, {
    get(target, name) {
      const value: unknown = name === "claim" ? claim : Reflect.get(target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}
