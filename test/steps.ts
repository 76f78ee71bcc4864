/** The steps of `npm run check`: each gives its complaints, and none when all is well. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { errorTable } from "../packages/hermod/src/core/errors.ts";
import { ambientErrors } from "./ambient.ts";
import { cyclesIn, graphOf } from "./cycles.ts";
import { deadCodes, pageErrors, tableErrors } from "./error-docs.ts";
import { entries, exportErrors, listFile, readExports } from "./exports.ts";
import type { Exports } from "./exports.ts";
import { directionErrors } from "./imports.ts";
import { lockErrors } from "./lock.ts";
import { readSnippets, typeErrors } from "./pages.ts";
import { readSources, root } from "./source.ts";
import type { Source } from "./source.ts";

export interface Step {
  readonly name: string;
  readonly run: () => string | readonly string[] | Promise<readonly string[]>;
}

const library = (): readonly Source[] => readSources(join(root, "packages/hermod/src"));

export const steps: readonly Step[] = [
  { name: "types", run: () => tool("tsc", "-b") },
  {
    name: "types as users see them",
    run: () => typeErrors([{ ...userFile(), place: "entries:1", file: "entries.ts" }]),
  },
  { name: "lint", run: () => tool("oxlint", "--type-aware", "--deny-warnings", "-f", "unix") },
  { name: "format", run: () => tool("oxfmt", "--check", ".") },
  { name: "import directions", run: () => directionErrors(library()) },
  { name: "import cycles", run: () => cyclesIn(graphOf(library())) },
  { name: "clock, randomness and ids", run: () => ambientErrors(library()) },
  { name: "exported names", run: checkExports },
  { name: "errors and their page", run: checkErrors },
  { name: "code in README.md and docs/", run: () => typeErrors(readSnippets("{README.md,docs/*.md}")) },
  { name: "lock files", run: () => lockErrors(readSources(root, "{,bench/peers/}package-lock.json")) },
];

/** Our declarations must hold in a project that checks its libraries as well. */
function userFile(): { readonly code: string; readonly expected: undefined } {
  const lines = entries().map((entry, at) => `export * as entry${at} from ${JSON.stringify(entry)};`);
  return { code: lines.join("\n"), expected: undefined };
}

/** Runs a tool of the workspace; what it printed is its complaint if it failed. */
function tool(name: string, ...args: readonly string[]): string {
  const command = join(root, "node_modules/.bin", name);
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd: root,
    encoding: "utf8",
    stdio: "pipe",
  });
  if (status === 0) return "";
  return (
    `${stdout ?? ""}${stderr ?? ""}${error?.message ?? ""}`.trim() || `${name} ended with ${String(status)}`
  );
}

async function checkExports(): Promise<readonly string[]> {
  const errors = exportErrors(JSON.parse(readFileSync(listFile, "utf8")) as Exports, await readExports());
  return errors.length === 0 ? [] : [...errors, "if this is meant: node test/exports.ts --write"];
}

function checkErrors(): readonly string[] {
  const page = readFileSync(join(root, "docs/errors.md"), "utf8");
  const dead = deadCodes(errorTable, "core/errors.ts", [
    ...library(),
    ...readSources(join(root, "packages/hub/src")),
  ]).map((code) => `${code}: nothing throws it`);
  return [...tableErrors(errorTable), ...pageErrors(errorTable, page), ...dead];
}
