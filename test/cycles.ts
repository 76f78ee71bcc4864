/** Import cycles, found by walking the graph of files once. */
import type { Source } from "./source.ts";
import { isTest } from "./source.ts";
import { importsOf } from "./imports.ts";

export type Graph = ReadonlyMap<string, readonly string[]>;

export function graphOf(sources: readonly Source[]): Graph {
  const files = sources.filter(({ path }) => !isTest(path));
  return new Map(files.map((source) => [source.path, importsOf(source).flatMap(({ to }) => to ?? [])]));
}

/** Each cycle as `a.ts > b.ts > a.ts`; type-only imports count, since a reader follows them as well. */
export function cyclesIn(graph: Graph): readonly string[] {
  const done = new Set<string>();
  const cycles: string[] = [];
  const walk = (file: string, road: readonly string[]): void => {
    const start = road.indexOf(file);
    if (start >= 0) cycles.push([...road.slice(start), file].join(" > "));
    if (start >= 0 || done.has(file)) return;
    for (const next of graph.get(file) ?? []) walk(next, [...road, file]);
    done.add(file);
  };
  for (const file of graph.keys()) walk(file, []);
  return cycles;
}
