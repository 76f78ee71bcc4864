/** Seeded randomness: the same seed gives the same draws (mulberry32, public domain algorithm by Tommy Ettinger). */
import type { Random } from "../core/id.ts";
import { aNumber } from "../core/options.ts";

/** Randomness that depends on nothing but its seed. */
export function seeded(seed: number): Random {
  let state = aNumber("seed", seed) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
