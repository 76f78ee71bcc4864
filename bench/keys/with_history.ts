import { together } from "../flood.ts";
import { cast, castWith } from "./cast.ts";
import type { Key } from "./key.ts";

export const withHistory: Key = {
  name: "with_history",
  about: "cast as above, with the default history; floor: ourselves with history off",
  unit: cast.unit,
  better: cast.better,
  sizes: cast.sizes,
  floor: castWith(together, { history: false }),
  ours: castWith(together),
  target: { ratio: { atLeast: 0.85 } },
};
