/** Finds time, hand-offs and randomness that were not handed in: they would make a simulated run differ from itself. */
import type { Source } from "./source.ts";
import { isTest, lineOf } from "./source.ts";
import { strip } from "./strip.ts";

/** The only files that may ask the machine. */
const sourcesOfTruth = ["core/clock.ts", "core/id.ts"];

const ambient: readonly RegExp[] = [
  /\bDate\s*(?:\?\.|\.)\s*now\b|\bDate\s*\[/g,
  /\bDate\s*\(\s*\)|\bnew\s+Date\b(?!\s*\()/g,
  /(?<=[=,(:]\s*)Date\b(?=\s*[;,)}\n])/g,
  /\bTemporal\s*\.\s*Now\b/g,
  /\b(?:setTimeout|setInterval|setImmediate|queueMicrotask)\b/g,
  /\bprocess\s*\.\s*(?:nextTick|hrtime|uptime)\b/g,
  /\bperformance\s*(?:\.|\[)/g,
  /\bAbortSignal\s*\.\s*timeout\b/g,
  /\bMath\s*\.\s*random\b|\bMath\s*\[/g,
  /\b(?:randomUUID|getRandomValues|randomBytes|randomInt)\b/g,
];

/** Modules of Node that hand out the same under other names. */
const modules = /\b(?:from|import)\s*\(?\s*["'](?:node:)?(?:timers|timers\/promises|perf_hooks)["']/g;

export function ambientErrors(sources: readonly Source[]): readonly string[] {
  return sources
    .filter(({ path }) => !isTest(path) && !sourcesOfTruth.includes(path))
    .flatMap((source) => [
      ...ambient.flatMap((pattern) => hits(source, strip(source.text), pattern)),
      ...hits(source, strip(source.text, { strings: true }), modules),
    ]);
}

function hits({ path, text }: Source, code: string, pattern: RegExp): readonly string[] {
  return [...code.matchAll(pattern)].map((match) => {
    const found = match[0].replaceAll(/\s+/g, " ").trim();
    return `${path}:${lineOf(text, match.index)}: "${found}"; take the clock, randomness or ids that are handed in`;
  });
}
