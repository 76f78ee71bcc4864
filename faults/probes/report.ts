/** Report: what came of all probes, by group, and what there is not to attack yet. */
import type { Tried } from "./probe.ts";

/** What of a group is not tried, with the reason; it is not counted. */
export const absent: Readonly<Record<number, string>> = {
  24: "push URLs of A2A: it is not built; webhooks and agents behind HTTP are tried",
};

export interface Report {
  readonly total: number;
  /** Successes of the attacker. */
  readonly succeeded: number;
  readonly byGroup: Readonly<Record<string, { readonly tried: number; readonly succeeded: number }>>;
  readonly absent: Readonly<Record<string, string>>;
  readonly failures: readonly Tried[];
}

export function reportOf(tried: readonly Tried[]): Report {
  const groups = Object.groupBy(tried, ({ group }) => String(group));
  const count = (list: readonly Tried[]) => ({
    tried: list.length,
    succeeded: list.filter(({ held }) => !held).length,
  });
  const failures = tried.filter(({ held }) => !held);
  return {
    total: tried.length,
    succeeded: failures.length,
    byGroup: Object.fromEntries(Object.entries(groups).map(([group, list]) => [group, count(list ?? [])])),
    absent,
    failures,
  };
}

/** One line. */
export function lineOf({ group, did, expected, came, held }: Tried): string {
  const verdict = held ? "held     " : "SUCCEEDED";
  return `${verdict} [${group}] ${did.slice(0, 140)}: expected ${expected}, came ${came}`.replaceAll(
    /[\u0000-\u001f\u007f]/g,
    " ",
  );
}
