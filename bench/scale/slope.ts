/** Slope: from two readings to what one thing more takes, in which whatever is there anyway drops out. Pure. */
import type { Reading } from "./reading.ts";

/** Two readings, and how many things there were at each. */
export interface Measured {
  readonly sizes: readonly [few: number, many: number];
  readonly readings: readonly [Reading, Reading];
}

/** What one thing takes, by the names of a reading. */
export type Each = Readonly<Partial<Record<keyof Reading, number>>>;

/** What one more takes, of that which is to be told. */
export function slope(
  { sizes: [few, many], readings: [first, last] }: Measured,
  tells: readonly (keyof Reading)[],
): Each {
  return Object.fromEntries(tells.map((name) => [name, (last[name] - first[name]) / (many - few)]));
}
