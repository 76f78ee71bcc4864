/**
 * Inspect: a file as it lies there, before it is opened for work. A refusal changes nothing on the disk, and what is damaged is
 * never taken for an empty store: SQLite itself drops a -wal without its database, and starts anew beside one that is gone.
 */
import { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { isWhole } from "./checkpoint.ts";
import { foreign, isBlank, readHeader } from "./header.ts";
import { sizeOf } from "./place.ts";
import { corrupt, newer } from "./refusal.ts";
import { APPLICATION, steps, VERSION } from "./schema.ts";
import { checkShape } from "./shape.ts";
import { troubled } from "./trouble.ts";

/** What a file is: not begun, begun by a process that ended before it was made, or a store. */
export type Found = "new" | "begun" | "store";

export interface InspectOptions {
  /** A file that was copied without its -wal is taken all the same. */
  readonly incomplete?: boolean;
}

/**
 * Says what the file is, or refuses it.
 * @throws HermodError HERMOD_STORE_CORRUPT, HERMOD_STORE_VERSION.
 */
export function inspect(file: string, options: InspectOptions = {}): Found {
  const wal = sizeOf(`${file}-wal`);
  try {
    return troubled(file, () => judge(file, wal, options));
  } catch (error) {
    // An owner that began meanwhile has written to the file, and what it wrote is to be read together with its -wal.
    if (wal === 0 && sizeOf(`${file}-wal`) > 0) return inspect(file, options);
    throw error;
  }
}

function judge(file: string, wal: number, options: InspectOptions): Found {
  const [size, journal] = [sizeOf(file), sizeOf(`${file}-journal`)];
  if (size === 0 && wal > 0) throw orphaned(file, wal);
  if (size === 0) return "new";
  if (journal > 0 && isBlank(file)) return "begun";
  // With a -wal beside it somebody may have the file open, and its header may be older than its content. With a journal the
  // file was cut off in the midst of a change that SQLite will take back.
  if (wal === 0) readHeader(file, journal > 0 ? undefined : size);
  if (journal > 0) return "begun";
  trial(file, wal, options);
  return "store";
}

/**
 * Compares an open file with what its version must be; answers the version.
 * @throws HermodError HERMOD_STORE_CORRUPT, HERMOD_STORE_VERSION.
 */
export function examine(db: DatabaseSync, file: string, list = steps): number {
  const application = pragma(db, "application_id");
  if (application !== APPLICATION) throw foreign(file, application >>> 0);
  const version = pragma(db, "user_version");
  if (version > VERSION && version > list.length) throw newer(file, version);
  if (version < 1) throw corrupt(file, `${file} has a damaged header: version ${version}`);
  checkShape(db, file, version, list);
  return version;
}

/** The value of a setting. */
export function pragma(db: DatabaseSync, name: string): number {
  return Number(Object.values(db.prepare(`PRAGMA ${name}`).get() ?? {})[0]);
}

/** A connection that leaves no trace where no -wal lies: an ordinary one would create it. */
export function openUntouched(file: string): DatabaseSync {
  const url = pathToFileURL(file);
  url.searchParams.set("immutable", "1");
  return new DatabaseSync(url, { readOnly: true });
}

function trial(file: string, wal: number, { incomplete = false }: InspectOptions): void {
  const db = wal === 0 ? openUntouched(file) : new DatabaseSync(file, { readOnly: true, timeout: 250 });
  try {
    examine(db, file);
    if (wal === 0 && !incomplete && !isWhole(db)) throw lacking(file);
  } finally {
    db.close();
  }
}

function lacking(file: string): Error {
  return corrupt(file, `${file} lacks its -wal file, which holds its newest messages`, {
    hint: `Bring ${file}-wal back from where the file was copied or moved, or restore() a backup. To go on without it: move the file away, then restore(moved, file, { incomplete: true }).`,
  });
}

function orphaned(file: string, wal: number): Error {
  return corrupt(file, `${file} is gone or empty, but ${file}-wal holds ${wal} bytes of it`, {
    hint: "Bring the file back, or restore() a backup. To begin anew, move the -wal file away.",
  });
}
