/** Gone: when one of several partitions does not answer. */
import type { Cancel } from "../../core/clock.ts";
import type { Store } from "../../core/store.ts";

export type WhenGone = NonNullable<Store["whenGone"]>;

/** Tells once, of the first that is gone, which may be at once; undefined where all always answer. */
export function goneOf(stores: readonly Pick<Store, "whenGone">[]): WhenGone | undefined {
  const mortal = stores.filter((store) => store.whenGone !== undefined);
  if (mortal.length === 0) return undefined;
  return (patience, gone) => {
    const ends: Cancel[] = [];
    const end = (): void => ends.forEach((cancel) => cancel());
    let isTold = false;
    const once = (): void => {
      if (isTold) return;
      isTold = true;
      end();
      gone();
    };
    for (const store of mortal) if (!isTold) ends.push(store.whenGone?.(patience, once) as Cancel);
    if (isTold) end();
    return end;
  };
}
