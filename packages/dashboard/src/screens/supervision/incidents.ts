/** Incidents: what broke in all systems, as one list, and where each stands on a strip of time. */
import type { Child, Incident, SystemStatus } from "../../api/types.ts";

export interface Seen extends Incident {
  /** The line of its place in the tree. */
  readonly line: string;
}

export interface Mark {
  readonly seen: Seen;
  readonly key: string;
  /** Where it stands: 0 at the beginning, 1 now. */
  readonly share: number;
}

/** How far the strip reaches back, in milliseconds. */
export const SPAN = 900_000;

/** Those of all systems, the newest first. */
export function incidentsOf(systems: readonly SystemStatus[]): readonly Seen[] {
  return systems
    .flatMap(({ system, tree = [], incidents = [] }) => {
      const lines = incidents.length === 0 ? new Map<string, string>() : linesOf(tree, system);
      return incidents.map((each) => ({ ...each, line: lines.get(each.name) ?? system }));
    })
    .toSorted((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : 0));
}

function linesOf(places: readonly Child[], above: string, lines = new Map<string, string>()) {
  for (const { name, children = [] } of places) {
    const line = `${above}\n${name}`;
    lines.set(name, line);
    linesOf(children, line, lines);
  }
  return lines;
}

/** Those that the strip holds. */
export function marksOf(all: readonly Seen[], now: number): readonly Mark[] {
  return all.flatMap((seen, at) => {
    const age = now - Date.parse(seen.at);
    if (age > SPAN) return [];
    return [
      {
        seen,
        key: `${seen.line} ${seen.at} ${seen.what} ${all.length - at}`,
        share: Math.min(1, 1 - age / SPAN),
      },
    ];
  });
}
