/** Tallied: a program that runs tests: its report is streamed to whoever watches, and what it says of itself is read from a file. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Tally } from "./tally.ts";

export interface Program {
  /** What Node is given; `file` is where the report is to be written. */
  readonly args: (file: string) => readonly string[];
  readonly folder: string;
  /** The report as totals; of nothing, where the program died before it wrote one. */
  readonly read: (text: string) => Tally;
  /** How long the whole program may take, in milliseconds; default as long as it takes. */
  readonly timeout?: number;
}

/** A runner that died before its report counts as one failure: silence is not success. */
export const silent: Tally = { passed: 0, failed: 1, skipped: 0 };

/** Runs it. A program that says of itself that it failed has failed, whatever its report says. */
export function tallied({ args, folder, read, timeout }: Program): Tally {
  const out = mkdtempSync(join(tmpdir(), "hermod-tally-"));
  const file = join(out, "report");
  try {
    const { status } = spawnSync(process.execPath, args(file), {
      cwd: folder,
      env: environment(join(out, "compiled")),
      stdio: ["ignore", "inherit", "inherit"],
      ...(timeout !== undefined && { timeout }),
    });
    const tally = read(textOf(file));
    return status !== 0 && tally.failed === 0 ? { ...tally, failed: 1 } : tally;
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}

/** Hundreds of processes and thousands of threads load the same modules: they are compiled once for all of them. */
function environment(compiled: string): NodeJS.ProcessEnv {
  const { NODE_TEST_CONTEXT: _outer, ...env } = process.env;
  return { NODE_COMPILE_CACHE: compiled, ...inMemory(), ...env };
}

const GIB = 2 ** 30;

/** Thousands of stores are made and dropped: no disk need be waited for. `TMPDIR` names another place. */
function inMemory(): NodeJS.ProcessEnv {
  try {
    const { bavail, bsize } = statfsSync("/dev/shm");
    return bavail * bsize > 2 * GIB ? { TMPDIR: "/dev/shm" } : {};
  } catch {
    return {};
  }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
