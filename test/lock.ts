/** The lock files pin versions and contents, not the places they were fetched from: those differ from machine to machine. */
import type { Source } from "./source.ts";
import { lineOf } from "./source.ts";

export function lockErrors(locks: readonly Source[]): readonly string[] {
  return locks.flatMap(({ path, text }) =>
    [...text.matchAll(/"resolved":\s*"(?:https?|git\S*|file):\S*"/g)].map(
      ({ index }) =>
        `${path}:${lineOf(text, index)}: holds a download address; keep omit-lockfile-registry-resolved in .npmrc`,
    ),
  );
}
