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
  const lack = lackOf(error, status, stderr ?? "");
  if (lack !== undefined) throw new NoStrace(lack);
  if (status !== 0)
    throw new Error(`${program} failed under strace: ${stderr.trim() || String(error ?? status)}`);
  const ops = toOps(readFileSync(out, "latin1"), folder, marks);
  rmSync(out);
  return ops;
}

/** Why nothing can be recorded on this machine; undefined when it can. */
export function whyNot(): string | undefined {
  const options = ["-f", "--seccomp-bpf", "-e", "trace=fsync", "true"];
  const { error, status, stderr } = spawnSync("strace", options, { encoding: "utf8" });
  return lackOf(error, status, stderr ?? "");
}

function lackOf(error: Error | undefined, status: number | null, stderr: string): string | undefined {
  if (error && "code" in error && error.code === "ENOENT") return "strace is not installed";
  if (status !== 0 && /ptrace|attach/i.test(stderr))
    return `strace cannot attach: ${stderr.trim().split("\n")[0]}`;
  return undefined;
}
