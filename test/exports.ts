/**
 * The names that users can import, per entry of the package: a change of this list is a change of the promise.
 * `node test/exports.ts --write` writes the list anew; the diff is what the review looks at.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, posix } from "node:path";
import { root } from "./source.ts";
import { strip } from "./strip.ts";

export interface Names {
  readonly values: readonly string[];
  readonly types: readonly string[];
}

/** By the name a user writes in `from`. */
export type Exports = Readonly<Record<string, Names>>;

/** Gives the text of a declaration file, or undefined when there is none. */
export type Read = (path: string) => string | undefined;

const declared =
  /\bexport\s+(?:declare\s+)?(?:abstract\s+)?(?:const\s+enum|const|let|var|function\s*\*?|class|interface|type|enum|namespace)\s+([\w$]+)/g;
const listed = /\bexport\s+(?:type\s+)?\{([^}]*)\}/g;
const starAs = /\bexport\s+(?:type\s+)?\*\s*as\s+([\w$]+)\s+from/g;
const star = /\bexport\s+(?:type\s+)?\*\s*from\s*["']([^"']+)["']/g;

/** Every name, value or type, that a declaration file exports; `export *` is followed. */
export function declaredNames(path: string, read: Read, seen = new Set<string>()): readonly string[] {
  if (seen.has(path)) return [];
  seen.add(path);
  const text = read(path);
  if (text === undefined) throw new Error(`${path}: no such declaration file; has the package been built?`);
  const code = strip(text, { strings: true });
  const further = [...code.matchAll(star)].flatMap(([, specifier = ""]) =>
    declaredNames(declarationOf(path, specifier), read, seen).filter((name) => name !== "default"),
  );
  return [...ownNames(code), ...further];
}

function ownNames(code: string): readonly string[] {
  const lists = [...code.matchAll(listed)].flatMap(([, list = ""]) => list.split(","));
  const single = [...code.matchAll(declared), ...code.matchAll(starAs)].map(([, name = ""]) => name);
  const named = lists.map(
    (item) =>
      item
        .trim()
        .replace(/^type\s+/, "")
        .split(/\s+as\s+/)
        .at(-1) ?? "",
  );
  return [...single, ...named.filter(Boolean), ...(/\bexport\s+default\b/.test(code) ? ["default"] : [])];
}

/** `./core/id.ts` and `./core/id.js` are both declared in `core/id.d.ts`. */
function declarationOf(from: string, specifier: string): string {
  return posix.join(posix.dirname(from), specifier).replace(/\.[cm]?[jt]s$/, ".d.ts");
}

/** A name that exists at run time is a value, also when a type shares it. */
export function sortNames(values: readonly string[], all: readonly string[]): Names {
  const types = new Set(all.filter((name) => !values.includes(name)));
  return { values: values.toSorted(), types: [...types].toSorted() };
}

/** What changed, as lines that say what to do. */
export function exportErrors(expected: Exports, actual: Exports): readonly string[] {
  return [...new Set([...Object.keys(expected), ...Object.keys(actual)])].flatMap((entry) =>
    (["values", "types"] as const).flatMap((kind) => {
      const before = expected[entry]?.[kind] ?? [];
      const now = actual[entry]?.[kind] ?? [];
      return [
        ...now.filter((name) => !before.includes(name)).map((name) => `${entry}: new among ${kind}: ${name}`),
        ...before.filter((name) => !now.includes(name)).map((name) => `${entry}: gone from ${kind}: ${name}`),
      ];
    }),
  );
}

interface Manifest {
  readonly name: string;
  readonly exports: Readonly<Record<string, string | { readonly types: string; readonly default: string }>>;
}

const folder = join(root, "packages/hermod");
export const listFile = join(root, "test/exports.json");

/** The name a user imports, and the file that declares what it gives. */
function declarations(): ReadonlyMap<string, string> {
  const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
  const pairs = Object.entries(manifest.exports).map(([subpath, target]) =>
    typeof target === "string"
      ? []
      : [[posix.join(manifest.name, subpath), posix.normalize(target.types)] as const],
  );
  return new Map(pairs.flat());
}

/** What can stand in a user's `from`. */
export function entries(): readonly string[] {
  return [...declarations().keys()];
}

/** What the built package exports now. */
export async function readExports(): Promise<Exports> {
  const read: Read = (path) =>
    existsSync(join(folder, path)) ? readFileSync(join(folder, path), "utf8") : undefined;
  const found: Record<string, Names> = {};
  for (const [entry, types] of declarations()) {
    const values = Object.keys((await import(entry)) as object);
    found[entry] = sortNames(values, declaredNames(types, read));
  }
  return found;
}

if (import.meta.main && process.argv.includes("--write"))
  writeFileSync(listFile, `${JSON.stringify(await readExports(), undefined, 2)}\n`);
