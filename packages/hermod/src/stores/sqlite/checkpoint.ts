/**
 * Checkpoint: what the -wal holds goes into the file itself.
 *
 * A file that was not closed lives in two parts, and without its -wal it would open as if its newest messages had never been
 * sent. The row `whole` of `meta` tells: it is 0 in the file itself, and each -wal begins with a commit that makes it 1. So it
 * reads 0 where the -wal is missing, and 1 where another program has brought the two together.
 */
import type { DatabaseSync } from "node:sqlite";

export interface Checkpoint {
  /** True when a reader kept the -wal from being begun anew; it grows until a later checkpoint can. */
  readonly busy: boolean;
  /** Pages that the -wal held. */
  readonly pages: number;
}

/**
 * Brings the -wal into the file, by its only writing connection and outside of a transaction. The -wal keeps its size and is
 * written from its beginning: were it emptied, a crash at this moment would look like its loss.
 */
export function checkpoint(db: DatabaseSync): Checkpoint {
  mark(db, 0);
  try {
    const { busy, log } = db.prepare("PRAGMA wal_checkpoint(RESTART)").get() as { busy: number; log: number };
    return { busy: busy !== 0, pages: log };
  } finally {
    marked(db);
  }
}

/** Closes the writing connection; the last one to close leaves the file in one part. */
export function closeWriter(db: DatabaseSync): void {
  try {
    if (!isWhole(db)) marked(db);
  } finally {
    db.close();
  }
}

/** False when a part of the file is missing. */
export function isWhole(db: DatabaseSync): boolean {
  return db.prepare("SELECT value FROM meta WHERE name = 'whole'").get()?.["value"] === 1;
}

/** The first commit of a -wal is synced also where others are not: what follows relies on it. */
function marked(db: DatabaseSync): void {
  const level = Object.values(db.prepare("PRAGMA synchronous").get() ?? {})[0];
  db.exec("PRAGMA synchronous = FULL");
  try {
    mark(db, 1);
  } finally {
    db.exec(`PRAGMA synchronous = ${Number(level)}`);
  }
}

function mark(db: DatabaseSync, whole: 0 | 1): void {
  db.prepare("UPDATE meta SET value = ? WHERE name = 'whole'").run(whole);
}
