/** Copy: what a store's file holds at one moment, in a file that needs no other; and whether a file is sound. */
import { rmSync } from "node:fs";
import { backup, DatabaseSync } from "node:sqlite";
import { isWhole } from "../checkpoint.ts";
import { recreatePrivate } from "../files.ts";
import { examine } from "../inspect.ts";
import { corrupt } from "../refusal.ts";
import { toTrouble } from "../trouble.ts";
import type { Course } from "./move.ts";

/** Pages that are copied in one go, 8 MB: between two of them a move can be stopped. */
const PIECE = 1024;

/** Fills `made` with what `source` holds now; what was made is removed when that fails. */
export async function copyInto(source: DatabaseSync, made: string, course: Course): Promise<void> {
  try {
    recreatePrivate(made);
    await copyPages(source, made, course);
    finish(made);
  } catch (error) {
    rmSync(made, { force: true });
    throw toTrouble(error, made);
  }
}

/** In one read transaction, for a copy of a file that is written to would begin anew with each commit. */
async function copyPages(source: DatabaseSync, made: string, course: Course): Promise<void> {
  source.exec("BEGIN");
  try {
    source.prepare("SELECT count(*) FROM sqlite_schema").get();
    course.tell("copy", 0, 1);
    const pages = await backup(source, made, {
      rate: PIECE,
      progress: ({ totalPages, remainingPages }) =>
        course.tell("copy", totalPages - remainingPages, totalPages),
    });
    course.tell("copy", pages, pages);
  } finally {
    source.exec("COMMIT");
  }
}

/** The copy stands alone: without a -wal, and marked as needing none. */
function finish(made: string): void {
  const db = new DatabaseSync(made);
  try {
    db.exec("PRAGMA journal_mode = DELETE; PRAGMA synchronous = FULL");
    examine(db, made);
    if (!isWhole(db)) db.exec("UPDATE meta SET value = 1 WHERE name = 'whole'");
  } finally {
    db.close();
  }
}

/** @throws HermodError HERMOD_STORE_CORRUPT when SQLite finds something wrong with the open file. */
export function checkSound(db: DatabaseSync, file: string): void {
  const [first] = integrity(db);
  if (first !== undefined) throw corrupt(file, `${file} is damaged: ${first}`);
}

/** What SQLite's own check complains of, at most a hundred lines; none for a sound file. */
export function integrity(db: DatabaseSync): readonly string[] {
  const lines = db
    .prepare("PRAGMA integrity_check(100)")
    .all()
    .map((row) => String(Object.values(row)[0]));
  return lines.length === 1 && lines[0] === "ok" ? [] : lines;
}
