/** Lock: an exclusive transaction on `<file>.owner`, an empty database; the kernel frees it when its process ends. */
import { linkSync, rmSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { threadId } from "node:worker_threads";
import { createPrivate } from "./files.ts";
import { look } from "./place.ts";
import { primaryCode, toTrouble, trouble } from "./trouble.ts";

const BUSY = 5;

/** The lock on the file, held until it is closed; undefined while somebody else holds it. */
export function tryLock(file: string): DatabaseSync | undefined {
  const path = lockFile(file);
  ensure(path);
  // Waits out those who only look whether the lock is held.
  const lock = new DatabaseSync(path, { timeout: 10 });
  try {
    lock.exec("PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE");
    return lock;
  } catch (error) {
    lock.close();
    if (primaryCode(error) === BUSY) return undefined;
    throw toTrouble(error, path);
  }
}

/** Whether somebody holds the lock now. */
export function isLocked(file: string): boolean {
  const path = lockFile(file);
  if (look(path) === undefined) return false;
  const lock = new DatabaseSync(path, { readOnly: true, timeout: 0 });
  try {
    lock.prepare("SELECT count(*) FROM sqlite_schema").get();
    return false;
  } catch (error) {
    if (primaryCode(error) === BUSY) return true;
    throw toTrouble(error, path);
  } finally {
    lock.close();
  }
}

/**
 * Creates the lock file under another name first. A process that closes a file loses all locks that it holds on it, and while
 * this thread still has it open another one may have locked it already.
 */
function ensure(path: string): void {
  const found = look(path);
  if (found?.isFile()) return;
  if (found !== undefined) throw trouble("HERMOD_STORE_READONLY", `${path}: it is no plain file`, path);
  const made = `${path}.${process.pid}.${threadId}`;
  try {
    rmSync(made, { force: true });
    createPrivate(made);
    linkSync(made, path);
  } catch (error) {
    if ((error as { code?: string }).code !== "EEXIST") throw toTrouble(error, path);
  } finally {
    rmSync(made, { force: true });
  }
}

function lockFile(file: string): string {
  return `${file}.owner`;
}
