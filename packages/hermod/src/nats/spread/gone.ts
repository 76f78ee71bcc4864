/** Gone: when one of several partitions does not answer. */
import type { Store } from "../../core/store.ts";

export type WhenGone = NonNullable<Store["whenGone"]>;

/** Tells once, of the first that is gone; undefined where all always answer. */
export function goneOf(stores: readonly Store[]): WhenGone | undefined {
  const mortal = stores.filter((store) => store.whenGone !== undefined);
  if (mortal.length === 0) return undefined;
  return (patience, gone) => {
    let isTold = false;
    const once = (): void => {
      if (isTold) return;
      isTold = true;
      end();
      gone();
    };
    const ends = mortal.map((store) => store.whenGone?.(patience, once));
    const end = (): void => ends.forEach((cancel) => cancel?.());
    return end;
  };
}
