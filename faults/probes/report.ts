/** Report: what came of all probes, by group, and which groups have nothing to attack yet. */
import type { Tried } from "./probe.ts";

/** Groups that cannot apply yet, with the reason; they are not counted. */
export const absent: Readonly<Record<number, string>> = {
  22: "there is no page that could be framed, sniffed or cached: the dashboard is not built",
  24: "the hub sends nothing by itself: webhooks and A2A are not built",
  28: "there are no metrics whose labels could grow",
  30: "the command line is tried by its own tests, as child processes",
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
    absent: Object.fromEntries(Object.entries(absent).filter(([group]) => groups[group] === undefined)),
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
