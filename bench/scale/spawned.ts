/** Spawned: one measurement in a process of its own, which says its figures as JSON in its last line. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";

/** Longest that one may take, in milliseconds. */
const LONGEST = 900_000;

/** @throws Error with what it complained of, where it ended without figures. */
export async function spawned<T>(program: string, ...args: readonly string[]): Promise<T> {
  const file = join(import.meta.dirname, program);
  const { stdout } = await promisify(execFile)(process.execPath, ["--expose-gc", file, ...args], {
    timeout: LONGEST,
    killSignal: "SIGTERM",
  });
  return JSON.parse(stdout.trim().split("\n").at(-1) as string) as T;
}
