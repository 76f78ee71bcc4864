/** Migrate: brings a file to the version of this release, all steps in one transaction, with a copy of the older file first. */
import { rmSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { putInPlace, recreatePrivate } from "./files.ts";
import { pragma } from "./inspect.ts";
import { newer } from "./refusal.ts";
import { APPLICATION, steps } from "./schema.ts";
import { troubled } from "./trouble.ts";

export interface Migration {
  /** The version that was found; 0 for a new file. */
  readonly from: number;
  readonly to: number;
  /** Where the older file was copied to. */
  readonly backup?: string;
}

/**
 * Brings the file up to date, by its owner's only connection.
 * @throws HermodError HERMOD_STORE_VERSION for a newer file, HERMOD_STORE_FULL when the copy finds no room.
 */
export function migrate(db: DatabaseSync, file: string, list = steps): Migration {
  return troubled(file, () => {
    const from = pragma(db, "user_version");
    const to = list.length;
    if (from > to) throw newer(file, from, to);
    if (from === to) return { from, to };
    const backup = from === 0 ? undefined : keep(db, file, from);
    apply(db, list.slice(from), to);
    return { from, to, ...(backup !== undefined && { backup }) };
  });
}

function apply(db: DatabaseSync, list: readonly string[], to: number): void {
  db.exec("BEGIN IMMEDIATE");
  try {
    for (const step of list) db.exec(step);
    db.exec(`PRAGMA application_id = ${APPLICATION}; PRAGMA user_version = ${to}; COMMIT`);
  } catch (error) {
    if (db.isTransaction) db.exec("ROLLBACK");
    throw error;
  }
}

/** The copy is complete before it gets its name. */
function keep(db: DatabaseSync, file: string, from: number): string {
  const backup = `${file}.v${from}.bak`;
  const made = `${backup}.part`;
  try {
    recreatePrivate(made);
    db.prepare("VACUUM INTO ?").run(made);
    putInPlace(made, backup);
  } finally {
    rmSync(made, { force: true });
  }
  return backup;
}
