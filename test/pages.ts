/** Type-checks and runs the code blocks of README.md and docs/, with the package resolved by its name. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readSources, root } from "./source.ts";
import { snippetsOf, toPlaces } from "./snippets.ts";
import type { Snippet } from "./snippets.ts";

export function readSnippets(pattern: string): readonly Snippet[] {
  return readSources(root, pattern).flatMap(snippetsOf);
}

/** Type-checks without `skipLibCheck`, as the strictest user would. */
const tsconfig = {
  extends: "../../tsconfig.base.json",
  compilerOptions: {
    ...{ noEmit: true, composite: false, incremental: false, declaration: false, skipLibCheck: false },
    ...{ noUnusedLocals: false, noUnusedParameters: false, types: ["node"] },
  },
  include: ["*.ts"],
};

/** A folder inside the repository, so that `hermod` and the schema libraries are found; it goes when `use` has ended. */
export function withSnippets<T>(snippets: readonly Snippet[], use: (folder: string) => T): T {
  const out = join(root, "out");
  mkdirSync(out, { recursive: true });
  const folder = mkdtempSync(join(out, "snippets-"));
  try {
    writeFileSync(join(folder, "package.json"), '{ "type": "module" }\n');
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(tsconfig));
    for (const { file, code } of snippets) writeFileSync(join(folder, file), code);
    return use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The compiler's complaints with places in the pages; empty when there are none. */
export function typeErrors(snippets: readonly Snippet[]): string {
  if (snippets.length === 0) return "";
  return withSnippets(snippets, (folder) => {
    const { status, stdout, stderr } = run(
      join(root, "node_modules/.bin/tsc"),
      ["-p", folder, "--pretty", "false"],
      folder,
    );
    return status === 0 ? "" : toPlaces(stdout + stderr, snippets) || `tsc ended with ${String(status)}`;
  });
}

export interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs one snippet in a folder of its own, so that the files it writes go with it. */
export function runSnippet(snippet: Snippet): Outcome {
  return withSnippets([snippet], (folder) => run(process.execPath, [join(folder, snippet.file)], folder));
}

function run(command: string, args: readonly string[], cwd: string): Outcome {
  const { NODE_TEST_CONTEXT: _inherited, ...env } = process.env;
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd,
    env,
    encoding: "utf8",
    timeout: 60_000,
  });
  return { status, stdout: stdout ?? "", stderr: `${stderr ?? ""}${error ? `\n${error.message}` : ""}` };
}
