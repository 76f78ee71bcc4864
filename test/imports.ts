/** Which file of the library imports which: read from the import lines, judged by one table. */
import { posix } from "node:path";
import type { Source } from "./source.ts";
import { isTest, lineOf } from "./source.ts";
import { strip } from "./strip.ts";

export interface Import {
  readonly from: string;
  readonly line: number;
  readonly specifier: string;
  /** Path of the imported file from the same folder, or undefined for a package. */
  readonly to: string | undefined;
  /** Loaded with the file that imports it; false for `import(…)`, and for a worker. */
  readonly isStatic: boolean;
}

const staticForm =
  /\b(?:import|export)\s+(?:type\s+)?(?:[\w$*{][^;"'()]*?\s*from\s*)?(["'])(?<specifier>[^"']+)\1/g;
const importForms = [
  staticForm,
  /\b(?:import|require)\s*\(\s*(["'])(?<specifier>[^"']+)\1/g,
  /\bnew\s+URL\s*\(\s*(["'])(?<specifier>\.[^"']+)\1\s*,\s*import\.meta\.url/g,
];

/** Static, re-exporting, type-only and dynamic imports, and a worker's URL. */
export function importsOf({ path, text }: Source): readonly Import[] {
  const code = strip(text, { strings: true });
  const found = importForms.flatMap((form) => [...code.matchAll(form)].map((match) => ({ form, match })));
  return found
    .sort((a, b) => a.match.index - b.match.index)
    .map(({ form, match }) => {
      const specifier = match.groups?.["specifier"] ?? "";
      const place = { from: path, line: lineOf(text, match.index) };
      return { ...place, specifier, to: target(path, specifier), isStatic: form === staticForm };
    });
}

function target(path: string, specifier: string): string | undefined {
  return specifier.startsWith(".") ? posix.join(posix.dirname(path), specifier) : undefined;
}

interface Rule {
  /** Paths that files of this folder may import besides their own folder. */
  readonly files: RegExp;
  /** Packages and Node modules they may import. */
  readonly packages: RegExp;
}

const none = /^(?!)/;
const core = /^core\//;

/** DESIGN 2, the line "Imports". A folder that is missing here fails the check until it gets its line. */
export const rules: Readonly<Record<string, Rule>> = {
  core: { files: none, packages: none },
  agent: { files: core, packages: none },
  patterns: { files: /^(core|agent)\//, packages: none },
  runtime: { files: /^(core|agent)\//, packages: none },
  stores: { files: core, packages: /^node:/ },
  remote: { files: core, packages: /^node:/ },
  // A partition is the durable store's file, and is served by what a hub is made of.
  nats: { files: /^(core|remote|stores\/(sqlite|shelf))\//, packages: /^(node:|@nats-io\/)/ },
  // A link is an agent like any other, with a handler that posts: it is made by `agent`.
  links: { files: /^(core|agent)\//, packages: /^node:/ },
  bridges: { files: /^(core\/|index\.ts$)/, packages: /^(?!hermod($|\/))/ },
  testing: { files: /^(core\/|remote\/|index\.ts$|stores\/memory(\.ts$|\/))/, packages: /^node:/ },
};

/** `start.ts` and `index.ts` put the parts together; tests may look at anything. */
const free = /^(start|index)\.ts$/;

export function directionErrors(sources: readonly Source[]): readonly string[] {
  return sources
    .filter(({ path }) => !free.test(path) && !isTest(path))
    .flatMap((source) => {
      const folder = folderOf(source.path);
      const rule = rules[folder];
      if (rule === undefined) return [`${source.path}: no rule for "${folder}"; add one to test/imports.ts`];
      return importsOf(source).flatMap((found) => judge(found, folder, rule));
    });
}

function judge({ from, line, specifier, to }: Import, folder: string, rule: Rule): readonly string[] {
  const allowed = to === undefined ? rule.packages.test(specifier) : mayImport(from, to, folder, rule);
  return allowed ? [] : [`${from}:${line}: ${folder} may not import "${specifier}"`];
}

function mayImport(from: string, to: string, folder: string, rule: Rule): boolean {
  if (isTest(to)) return false;
  if (folderOf(to) !== folder) return rule.files.test(to);
  return folder !== "stores" || storeOf(to) === undefined || storeOf(to) === storeOf(from);
}

function folderOf(path: string): string {
  return path.split("/", 1)[0] ?? path;
}

/** `stores/sqlite/…` and `stores/memory.ts` are stores; `stores/shelf/…` and any other file of `stores/` is shared by them. */
function storeOf(path: string): string | undefined {
  return /^stores\/(?:(?!shelf\/)(\w+)\/|(memory|sqlite|nats)\.ts$)/.exec(path)?.slice(1).find(Boolean);
}
