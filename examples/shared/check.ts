/** Check: what must have come of a story, under a name. */
import { isDeepStrictEqual } from "node:util";

export interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly wanted: unknown;
  readonly got: unknown;
}

export function check(name: string, got: unknown, wanted: unknown): Check {
  return { name, ok: isDeepStrictEqual(got, wanted), wanted, got };
}
