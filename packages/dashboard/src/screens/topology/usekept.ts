/** Things that look as they did before stay the same objects: what draws them has nothing to do then. */
import { useMemo, useRef } from "react";

/** `signOf` says all that is seen of a thing; hand in the same function each time. */
export function useKept<T extends { readonly id: string }>(
  items: readonly T[],
  signOf: (item: T) => string,
): T[] {
  const kept = useRef<ReadonlyMap<string, { readonly sign: string; readonly item: T }>>(new Map());
  return useMemo(() => {
    const next = items.map((item) => {
      const sign = signOf(item);
      const before = kept.current.get(item.id);
      return before?.sign === sign ? before : { sign, item };
    });
    kept.current = new Map(next.map((each) => [each.item.id, each]));
    return next.map(({ item }) => item);
  }, [items, signOf]);
}
