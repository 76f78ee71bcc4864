/** Files beside a store's file: made so that nobody else can read them from their first byte on, and put in place in one step. */
import { closeSync, fsyncSync, openSync, renameSync, rmSync } from "node:fs";
import { dirname } from "node:path";

/** Creates an empty file that this user alone may read; one that stands there is an error. */
export function createPrivate(path: string): void {
  closeSync(openSync(path, "wx", 0o600));
}

/** Creates it anew: what stood there is from a move that did not come to its end. */
export function recreatePrivate(path: string): void {
  rmSync(path, { force: true });
  rmSync(`${path}-journal`, { force: true });
  createPrivate(path);
}

/** Gives a finished file its final name; after that it is there whatever happens. */
export function putInPlace(made: string, path: string): void {
  sync(made);
  renameSync(made, path);
  syncDirectory(path);
}

/** Makes sure that the names in the file's directory are on the disk. */
export function syncDirectory(path: string): void {
  // Windows opens no directories; its file system keeps a journal of names.
  if (process.platform !== "win32") sync(dirname(path));
}

function sync(path: string): void {
  const handle = openSync(path, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
