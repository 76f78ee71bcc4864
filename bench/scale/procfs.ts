/** Procfs: what Linux says of a process. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** Bytes of its memory that are resident. */
export function residentBytes(pid: number): number {
  const found = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  return Number(found?.[1]) * 1024;
}

/** Clock ticks in a second, in which times of processes are told. */
const TICKS = Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));

/** Milliseconds of processor time that it took so far, its own and the system's for it. */
export function processorMs(pid: number): number {
  // The second field is the name of its program, which may hold spaces and brackets.
  const [, behind = ""] = readFileSync(`/proc/${pid}/stat`, "utf8").split(/^.*\) /s);
  const fields = behind.split(" ");
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS;
}
