/** Packs the library, installs the tarball into an empty project outside the repository, and uses it there. */
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { root } from "./source.ts";

export interface Tarball {
  readonly path: string;
  readonly files: readonly string[];
  readonly bytes: number;
  readonly unpackedBytes: number;
}

interface PackReport {
  readonly filename: string;
  readonly size: number;
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string }[];
}

/** Settings of the npm that runs these tests must not reach the empty project. */
function cleanEnv(): NodeJS.ProcessEnv {
  const foreign = /^(npm_|NODE_TEST_CONTEXT$|NODE_OPTIONS$|INIT_CWD$)/i;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)));
}

/** Runs a program and gives what it printed; a failure carries its output. */
export function run(command: string, args: readonly string[], cwd: string): string {
  try {
    const options = { cwd, env: cleanEnv(), encoding: "utf8", stdio: "pipe", timeout: 120_000 } as const;
    return execFileSync(command, args, options);
  } catch (cause) {
    const { stdout = "", stderr = "" } = cause as { stdout?: string; stderr?: string };
    throw new Error(`${basename(command)} ${args.join(" ")} failed\n${stdout}\n${stderr}`, { cause });
  }
}

export function pack(folder: string, into: string): Tarball {
  mkdirSync(into, { recursive: true });
  const output = run("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", into], folder);
  const report = firstReport(JSON.parse(output));
  const { filename, size, unpackedSize, files } = report;
  return {
    path: join(into, filename),
    files: files.map(({ path }) => path),
    bytes: size,
    unpackedBytes: unpackedSize,
  };
}

/** A list of reports, or since npm 12 an object of them by name. */
function firstReport(output: unknown): PackReport {
  const [report] = Object.values(output as Record<string, PackReport>);
  if (report === undefined) throw new Error("npm pack reported no tarball");
  return report;
}

const wanted = /^(package\.json|README\.md|LICENSE|dist\/.+\.(js|d\.ts))$/;

/** Files that have no place in the tarball: tests, sources, build notes, anything unknown. */
export function unwanted(files: readonly string[]): readonly string[] {
  return files.filter((file) => !wanted.test(file) || /\.test\.|(^|\/)(src|test)\//.test(file));
}

export function missing(files: readonly string[]): readonly string[] {
  return ["package.json", "LICENSE", "dist/index.js", "dist/index.d.ts"].filter(
    (file) => !files.includes(file),
  );
}

/** publint's findings on a tarball, as sentences. */
export async function lint({ path }: Tarball): Promise<readonly string[]> {
  const bytes = new Uint8Array(readFileSync(path));
  const { messages, pkg } = await publint({ pack: { tarball: bytes.buffer }, level: "warning" });
  return messages.map((message) => formatMessage(message, pkg ?? {}, { color: false }) ?? message.code);
}

/** An empty project with the tarball installed: nothing comes from outside, since there is nothing to fetch. */
export function install({ path }: Tarball, folder: string): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), '{ "name": "empty", "private": true, "type": "module" }\n');
  run("npm", ["install", "--offline", "--ignore-scripts", "--no-audit", "--no-fund", path], folder);
}

/** Type-checks a file of the project as a user with strict settings would. */
export function checkTypes(folder: string, file: string): string {
  const types = ["--types", "node", "--typeRoots", join(root, "node_modules/@types")];
  const strict = [
    "--strict",
    "--exactOptionalPropertyTypes",
    "--noUncheckedIndexedAccess",
    "--skipLibCheck",
    "false",
  ];
  const emit = [
    "--noEmit",
    "--module",
    "nodenext",
    "--target",
    "esnext",
    "--pretty",
    "false",
    "--ignoreConfig",
  ];
  return run(join(root, "node_modules/.bin/tsc"), [...types, ...strict, ...emit, file], folder);
}
