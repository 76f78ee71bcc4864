/** Law: one sentence about every store, with the trial that shows it. */
import type { Bench } from "./bench.ts";

/** A sentence and its trial on a fresh store. */
export interface Law {
  readonly title: string;
  readonly run: (bench: Bench) => Promise<void>;
}

export function law(title: string, run: (bench: Bench) => Promise<void>): Law {
  return { title, run };
}
