/** Cost: one kind of thing, of which there are few and then ten times as many: what a reading has grown by is the cost of each. */
import type { Ground } from "./ground.ts";
import type { Reading } from "./reading.ts";

/** Makes the things from this number up to that one, and ends when they are there. */
export type Fill = (from: number, to: number) => Promise<void>;

export interface Cost {
  readonly name: string;
  /** What there is more of. */
  readonly about: string;
  readonly sizes: readonly [few: number, many: number];
  /** What is told of it: what of a reading it has to do with. */
  readonly tells: readonly (keyof Reading)[];
  /** Opens what is needed on an empty ground. */
  readonly open: (ground: Ground) => Promise<Fill>;
}
