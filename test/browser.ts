/** Browser: what a page loads with an entry of the package, by static imports alone. Nothing of it may need Node, or a package. */
import { readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { importsOf, type Import } from "./imports.ts";
import { lineOf, root, type Source } from "./source.ts";
import { strip } from "./strip.ts";

/** The modules of the package as they are shipped: types are gone from them, and with them what only types import. */
export const library = join(root, "packages/hermod");

/** Entries that are for Node alone, and why. */
export const forNode: Readonly<Record<string, string>> = {
  "./nats": "a store that keeps copies in files",
  "./sqlite": "a store in a file",
  "./testing": "keeps recordings in files",
};

/** Files that ask Node for something where a page never comes by, and why. */
const mayAsk: Readonly<Record<string, string>> = {
  "dist/bridges/ai/env.js": "reads the environment where none is given",
  "dist/bridges/ai/purse.js": "warns of what the environment says",
};

/** By the name in `exports`, the module that each entry is; those that are no code are left out. */
export function entriesOf(manifest: string): Readonly<Record<string, string>> {
  const { exports } = JSON.parse(manifest) as { exports: Record<string, string | { default: string }> };
  return Object.fromEntries(
    Object.entries(exports).flatMap(([name, target]) =>
      typeof target === "string" ? [] : [[name, posix.normalize(target.default)]],
    ),
  );
}

/** The modules that are entries: those for pages, and those for Node alone. */
export function entries(): Readonly<Record<"pages" | "node", readonly string[]>> {
  const all = Object.entries(entriesOf(readFileSync(join(library, "package.json"), "utf8")));
  const paths = (isForNode: boolean): readonly string[] =>
    all.filter(([name]) => name in forNode === isForNode).map(([, path]) => path);
  return { pages: paths(false), node: paths(true) };
}

const ofNode = /(?<![\w$.])(?:Buffer|process|global|require|__dirname|__filename)(?=\s*[.([])/g;

/** What a page that imports one of these entries could not load, or would fail at. */
export function browserErrors(entries: readonly string[], sources: readonly Source[]): readonly string[] {
  const files = new Map(sources.map((source) => [source.path, source]));
  const loaded = new Set(entries);
  const errors: string[] = [];
  for (const path of loaded) {
    const source = files.get(path);
    if (source === undefined) errors.push(`${path}: no such module; has the package been built?`);
    else errors.push(...importErrors(source, (to) => loaded.add(to)), ...globalErrors(source));
  }
  return errors;
}

function importErrors(source: Source, load: (path: string) => void): readonly string[] {
  const found = importsOf(source).filter(({ isStatic }) => isStatic);
  for (const { to } of found) if (to !== undefined) load(to);
  return found.filter(({ to }) => to === undefined).map(toError);
}

function toError({ from, line, specifier }: Import): string {
  return `${from}:${line}: a page cannot load "${specifier}"; import it where it is needed: await import(…)`;
}

function globalErrors({ path, text }: Source): readonly string[] {
  if (path in mayAsk) return [];
  return [...strip(text).matchAll(ofNode)].map(
    ({ 0: name, index }) => `${path}:${lineOf(text, index)}: a page has no "${name}"`,
  );
}
