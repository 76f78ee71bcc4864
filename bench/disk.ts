/** Disk: where the durable keys keep their files: one folder a run, on a real disk, removed when the run ends. */
import { mkdirSync, mkdtempSync, rmSync, statfsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Names the folder to the processes that measure; set by hand, it says where the files are to lie. */
export const FOLDER = "HERMOD_BENCH_FOLDER";

const OUT = fileURLToPath(new URL("../out/", import.meta.url));
/** Of file systems that live in memory, where a sync costs nothing: tmpfs and ramfs. */
const IN_MEMORY: readonly number[] = [0x01021994, 0x858458f6];

/** The folder of this run: the one that was named, or a new one that goes with this process. */
export function runFolder(): string {
  const named = process.env[FOLDER];
  mkdirSync(named ?? OUT, { recursive: true });
  if (named !== undefined) return named;
  const folder = mkdtempSync(join(OUT, "bench-"));
  process.env[FOLDER] = folder;
  atEnd(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Does it when this process ends, also when it is told to. */
export function atEnd(work: () => void): void {
  process.once("exit", work);
  for (const [signal, code] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)
    if (process.listenerCount(signal) === 0) process.once(signal, () => process.exit(code));
}

/** A folder for one measurement, removed behind it. */
export async function withFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(diskFolder(), "one-"));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A file for one measurement, removed behind it. */
export const withFile = <T>(work: (file: string) => Promise<T>): Promise<T> =>
  withFolder((folder) => work(join(folder, "bench.db")));

/** A file that several measurements of the run share. */
export const sharedFile = (name: string): string => join(diskFolder(), name);

function diskFolder(): string {
  const folder = runFolder();
  if (IN_MEMORY.includes(statfsSync(folder).type))
    throw new Error(
      `${folder} is kept in memory, where a sync is no sync: set ${FOLDER} to a folder on a disk`,
    );
  return folder;
}
