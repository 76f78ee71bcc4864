/** Record: runs a program under strace and gives what it did to its folder. */
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { calls, toOps, type Op } from "./trace.ts";

/** Longest string that strace writes out: more than any single write. */
const LONGEST = 1 << 22;

/** Under strace nothing can be recorded here: it is absent, or the machine forbids it to attach. */
export class NoStrace extends Error {
  override readonly name = "NoStrace";
}

/**
 * Runs `program FOLDER MARKS ...args` with Node, a fresh empty folder and a file for its own lines.
 * @throws NoStrace where strace cannot work; Error when the program fails.
 */
export function record(program: string, args: readonly string[], work: string): readonly Op[] {
  const [folder, marks, out] = ["recorded", "marks", "trace"].map((name) => join(work, name)) as [
    string,
    string,
    string,
  ];
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(marks, "");
  const options = [
    "-f",
    "-y",
    "-xx",
    "-s",
    `${LONGEST}`,
    "--seccomp-bpf",
    "-e",
    `trace=${calls.join()}`,
    "-o",
    out,
  ];
  const { status, stderr, error } = spawnSync(
    "strace",
    [...options, process.execPath, program, folder, marks, ...args],
    { encoding: "utf8", stdio: ["ignore", "ignore", "pipe"], timeout: 120_000 },
  );
  if (error && "code" in error && error.code === "ENOENT") throw new NoStrace("strace is not installed");
  if (/ptrace|PTRACE|attach/.test(stderr) && status !== 0)
    throw new NoStrace(`strace cannot attach: ${stderr.trim()}`);
  if (status !== 0)
    throw new Error(`${program} failed under strace: ${stderr.trim() || String(error ?? status)}`);
  const ops = toOps(readFileSync(out, "latin1"), folder, marks);
  rmSync(out);
  return ops;
}
