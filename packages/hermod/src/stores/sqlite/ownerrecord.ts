/** What an owner says of itself beside the file, for those who come second. */
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";

export interface OwnerRecord {
  readonly pid: number;
  readonly host: string;
  /** UTC milliseconds. */
  readonly since: number;
  /** Where the owner's hub listens. */
  readonly hub?: string;
}

/** Writes who this process is, in one step. */
export function writeRecord(file: string, since: number, hub?: string): OwnerRecord {
  const record = { pid: process.pid, host: hostname(), since, ...(hub !== undefined && { hub }) };
  const made = `${recordFile(file)}.new`;
  rmSync(made, { force: true });
  writeFileSync(made, `${JSON.stringify(record)}\n`, { flag: "wx", mode: 0o600 });
  renameSync(made, recordFile(file));
  return record;
}

/** What stands there; undefined for nothing, or for what no owner wrote. */
export function readRecord(file: string): OwnerRecord | undefined {
  try {
    const { pid, host, since, hub } = JSON.parse(readFileSync(recordFile(file), "utf8")) as OwnerRecord;
    if (!Number.isSafeInteger(pid) || pid <= 0 || typeof host !== "string") return undefined;
    if (!Number.isSafeInteger(since) || Math.abs(since) > 8.64e15) return undefined;
    return { pid, host, since, ...(typeof hub === "string" && { hub }) };
  } catch {
    return undefined;
  }
}

export function removeRecord(file: string): void {
  rmSync(recordFile(file), { force: true });
}

/** False when the process is known to be gone; one on another host cannot be asked. */
export function isAlive({ pid, host }: OwnerRecord): boolean {
  if (host !== hostname()) return true;
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as { code?: string }).code === "EPERM";
  }
}

function recordFile(file: string): string {
  return `${file}.owner.json`;
}
