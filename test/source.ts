/** Source files as values, so that every check over the repository is a function that can be shown a bad file. */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** A file: its path from the folder that was read, with forward slashes, and its text. */
export interface Source {
  readonly path: string;
  readonly text: string;
}

export const root = join(import.meta.dirname, "..");

/** All files below `folder` that match a pattern, sorted by path. */
export function readSources(folder: string, pattern = "**/*.ts"): readonly Source[] {
  const names = globSync(pattern, { cwd: folder, exclude: ["**/node_modules/**", "**/dist/**"] });
  return names
    .map((name) => name.replaceAll("\\", "/"))
    .sort((a, b) => a.localeCompare(b, "en"))
    .map((path) => ({ path, text: readFileSync(join(folder, path), "utf8") }));
}

/** `a.test.ts`, and what tests share: `a.test.kit.ts`. Neither is part of the package. */
export function isTest(path: string): boolean {
  return /\.test\.(?:\w+\.)*ts$/.test(path);
}

export function lineOf(text: string, index: number): number {
  return text.slice(0, index).split("\n").length;
}
