/** Compact: gives the space of removed messages back to the disk. */
import type { DatabaseSync } from "node:sqlite";
import { checkpoint, closeWriter } from "../checkpoint.ts";
import { pragma } from "../inspect.ts";
import { openWriter } from "../open.ts";
import { Owner } from "../owner.ts";
import { realPath, sizeOf } from "../place.ts";
import { toTrouble, trouble } from "../trouble.ts";
import { checkSound } from "./copy.ts";
import { storedDurability } from "./describe.ts";
import { begin, type Course, type MoveOptions } from "./move.ts";

/** Bytes of the file, before and after. */
export interface Compacted {
  readonly before: number;
  readonly after: number;
}

/**
 * Writes the file anew without its gaps, in place and in one transaction: a crash leaves the old one or the new one, and readers
 * may stay. It needs twice the file's size on the disk meanwhile, and no owner.
 * @throws HermodError HERMOD_STORE_OWNED, HERMOD_STORE_CORRUPT (nothing is done to a damaged file), HERMOD_STORE_FULL.
 */
export async function compact(file: string, options: MoveOptions = {}): Promise<Compacted> {
  const course = begin("compact", options);
  const real = existing(file);
  const owner = Owner.takeNow(real, course.now());
  try {
    return await rewrite(real, course);
  } catch (error) {
    throw toTrouble(error, real);
  } finally {
    owner.release();
  }
}

/**
 * The real path of a file that is there.
 * @throws HermodError HERMOD_STORE_READONLY when it is not: a move never begins a store.
 */
export function existing(file: string): string {
  const real = realPath(file);
  if (sizeOf(real) > 0 || sizeOf(`${real}-wal`) > 0) return real;
  throw trouble("HERMOD_STORE_READONLY", `${real}: there is no such store`, real, {
    hint: "Correct the path.",
  });
}

async function rewrite(real: string, course: Course): Promise<Compacted> {
  const db = openWriter(real, { durability: storedDurability(real) });
  try {
    const before = pages(db);
    await course.step("check", () => checkSound(db, real));
    await course.step("words", () => mergeWords(db));
    await course.step("vacuum", () => vacuum(db));
    await course.step("verify", () => checkSound(db, real));
    return { before, after: pages(db) };
  } finally {
    closeWriter(db);
  }
}

/** Merges the lists of words, which drops those of messages that are forgotten: nobody waits for it here. */
function mergeWords(db: DatabaseSync): void {
  db.exec("INSERT INTO text (text) VALUES ('optimize')");
}

/** SQLite writes the new file to a temporary one first, which must not be memory. */
function vacuum(db: DatabaseSync): void {
  db.exec("PRAGMA temp_store = FILE; VACUUM");
  checkpoint(db);
}

function pages(db: DatabaseSync): number {
  return pragma(db, "page_count") * pragma(db, "page_size");
}
