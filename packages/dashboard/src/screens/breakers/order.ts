/** Order: those breakers that rest first, as far as words find them. */
import type { BreakerStatus } from "../../api/types.ts";
import { wordOf } from "./sentence.ts";

const weights: Readonly<Record<BreakerStatus["state"], number>> = { open: 2, "half-open": 1, closed: 0 };

export function narrowedBreakers(all: readonly BreakerStatus[], words: string): readonly BreakerStatus[] {
  const wanted = words
    .toLowerCase()
    .split(/\s+/u)
    .filter((word) => word !== "");
  return all
    .filter((breaker) => {
      const text = `${breaker.agent} ${wordOf(breaker)} ${breaker.system}`.toLowerCase();
      return wanted.every((word) => text.includes(word));
    })
    .toSorted(
      (a, b) =>
        weights[b.state] - weights[a.state] ||
        Number(b.forced) - Number(a.forced) ||
        (a.agent < b.agent ? -1 : 1),
    );
}
