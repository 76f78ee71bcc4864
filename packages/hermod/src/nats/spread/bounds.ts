/** Bounds: what several partitions forget together. */
import type { Store, StoreBounds } from "../../core/store.ts";

/** What they keep together, where each says what it keeps. */
export function boundsOf(stores: readonly Store[]): StoreBounds | undefined {
  const all = stores.flatMap(({ bounds }) => bounds ?? []);
  const [first] = all;
  if (first === undefined || all.length < stores.length) return undefined;
  const { age } = first.history;
  const total = (of: (bounds: StoreBounds) => number): number => all.reduce((sum, each) => sum + of(each), 0);
  return {
    history: {
      ...(age !== undefined && { age }),
      count: total(({ history }) => history.count),
      bytes: total(({ history }) => history.bytes),
    },
    deadLetters: { ...first.deadLetters, count: total(({ deadLetters }) => deadLetters.count) },
    dedupe: first.dedupe,
  };
}
