/** Counts: how often each value stands in the rows that are there, for the facets beside them. */
import { agentBehind, isSystem } from "../../parts/text.ts";
import type { Line } from "./line.ts";
import type { Sheet } from "./rows.ts";

export const facets = ["state", "verb", "type", "from", "to"] as const;
export type Facet = (typeof facets)[number];
type Counted = Readonly<Record<Facet, ReadonlyMap<string, number>>>;

export interface FacetValue {
  readonly value: string;
  readonly count: number;
}

/** Pages do not change, so each is counted once. */
const known = new WeakMap<Sheet, Counted>();

/** The values of each facet, the most frequent first. */
export function countsOf(sheets: readonly Sheet[]): Readonly<Record<Facet, readonly FacetValue[]>> {
  const counted = sheets.map(countedOf);
  return byFacet((facet) => {
    const sums = new Map<string, number>();
    for (const each of counted)
      for (const [value, count] of each[facet]) sums.set(value, (sums.get(value) ?? 0) + count);
    return [...sums]
      .map(([value, count]) => ({ value, count }))
      .sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1));
  });
}

function countedOf(sheet: Sheet): Counted {
  const before = known.get(sheet);
  if (before) return before;
  const counted = byFacet((facet) => {
    const counts = new Map<string, number>();
    for (const line of sheet.lines) {
      const value = valueOf(line, facet);
      if (value !== undefined) counts.set(value, (counts.get(value) ?? 0) + 1);
    }
    return counts;
  });
  known.set(sheet, counted);
  return counted;
}

/** As the filter knows it; addresses of systems are no names that anybody would choose. */
function valueOf(line: Line, facet: Facet): string | undefined {
  const value = line[facet];
  if (value === undefined || (facet !== "from" && facet !== "to")) return value;
  const agent = agentBehind(value) ?? value;
  return isSystem(agent) ? undefined : agent;
}

function byFacet<T>(make: (facet: Facet) => T): Record<Facet, T> {
  return Object.fromEntries(facets.map((facet) => [facet, make(facet)])) as Record<Facet, T>;
}
