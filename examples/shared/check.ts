/** Check: what must have come of a story, under a name. */
import { isDeepStrictEqual } from "node:util";

export interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly wanted: unknown;
  readonly got: unknown;
  /** True where it depends on the very words of the simulated model: with another one it is not made. */
  readonly ofWords?: true;
}

export function check(name: string, got: unknown, wanted: unknown): Check {
  return { name, ok: isDeepStrictEqual(got, wanted), wanted, got };
}

/** A check that only the simulated model can be held to. */
export function checkWords(name: string, got: unknown, wanted: unknown): Check {
  return { ...check(name, got, wanted), ofWords: true };
}
