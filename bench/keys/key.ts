import type { Sample } from "../measure.ts";

export type Bound = { atLeast: number } | { atMost: number };

/** Each named measure (`value`, `ratio` to the floor, or an extra of the sample) with the bound that it must hold. */
export type Target = Record<string, Bound>;

export type Measurement = (size: number) => Promise<Sample>;

/** One row of the table. Each measurement runs in a process of its own: it warms up, measures once and returns. */
export interface Key {
  name: string;
  /** What is done, and what the floor is. */
  about: string;
  unit: string;
  better: "higher" | "lower";
  /**
   * The base, for which the target is meant, and a second one, ten times it as a rule, or a tenth: a cost that grows with what is
   * stored or registered shows between the two.
   */
  sizes: readonly [base: number, second: number];
  /** Makes what all runs of a size share, once; it has no part in what is measured. */
  prepare?: (size: number) => Promise<unknown>;
  floor: Measurement;
  ours: Measurement;
  /** Other ways to do the same, shown below it: a second floor, another way to send. */
  variants?: Record<string, Measurement>;
  /** Empty for a key that is only watched. */
  target: Target;
  /** A value to be proud of, beyond the target. */
  stretch?: number;
}
