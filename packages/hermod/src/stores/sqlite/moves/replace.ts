/** Replace: one file takes the place of another, whose own parts must not be taken for parts of the new one. */
import { copyFileSync, linkSync, renameSync, rmSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { HermodError } from "../../../core/errors.ts";
import { putInPlace } from "../files.ts";
import { inspect } from "../inspect.ts";
import { look } from "../place.ts";
import { primaryCode, toTrouble, trouble } from "../trouble.ts";

/** Parts that belong to the file that is replaced. The -shm is made anew by whoever opens the file. */
const parts = ["-wal", "-journal"];

const BUSY = 5;

/**
 * Puts `made` in the place of `target`; answers where the old file is now, if it was kept. At each moment a file stands there.
 * @throws HermodError HERMOD_STORE_OWNED when somebody has the old file open.
 */
export function replace(made: string, target: string, keep: boolean): string | undefined {
  const alone = isReadable(target) ? closeDown(target) : undefined;
  try {
    const kept = keep && remains(target) ? freeName(target) : undefined;
    if (kept !== undefined && look(target) !== undefined) doubled(target, kept);
    for (const part of parts) putAside(`${target}${part}`, kept && `${kept}${part}`);
    rmSync(`${target}-shm`, { force: true });
    putInPlace(made, target);
    return kept;
  } finally {
    alone?.close();
  }
}

/** Asked first, because SQLite would drop the -wal of a file that it cannot read. A newer file can be read. */
function isReadable(target: string): boolean {
  try {
    return inspect(target, { incomplete: true }) === "store";
  } catch (error) {
    return error instanceof HermodError && error.code === "HERMOD_STORE_VERSION";
  }
}

/** Brings the old file into one part and locks others out until it is replaced; undefined where it proves to be damaged. */
function closeDown(target: string): DatabaseSync | undefined {
  const db = new DatabaseSync(target, { timeout: 250 });
  try {
    db.exec("PRAGMA journal_mode = DELETE");
    db.exec("PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE");
    return db;
  } catch (cause) {
    db.close();
    const { code } = toTrouble(cause, target);
    if (code === "HERMOD_STORE_CORRUPT") return undefined;
    if (primaryCode(cause) !== BUSY) throw toTrouble(cause, target);
    const hint =
      "End those who have it open, readers too: a backup under way, a command line, a database browser.";
    throw trouble("HERMOD_STORE_OWNED", `${target} is open in another place`, target, { cause, hint });
  }
}

function remains(target: string): boolean {
  return ["", ...parts].some((part) => look(`${target}${part}`) !== undefined);
}

function freeName(target: string): string {
  const isFree = (name: string): boolean =>
    ["", ...parts].every((part) => look(`${name}${part}`) === undefined);
  for (let number = 1; ; number++) {
    const name = `${target}.bak${number === 1 ? "" : number}`;
    if (isFree(name)) return name;
  }
}

/** A second name for the same bytes; a copy where the file system has no such names. */
function doubled(target: string, kept: string): void {
  try {
    linkSync(target, kept);
  } catch {
    copyFileSync(target, kept);
  }
}

function putAside(part: string, kept: string | undefined): void {
  if (look(part) === undefined) return;
  if (kept === undefined) rmSync(part);
  else renameSync(part, kept);
}
