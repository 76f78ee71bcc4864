/** Shape: the tables that a file must have, compared with those that the steps make. */
import { DatabaseSync } from "node:sqlite";
import { corrupt } from "./refusal.ts";
import { steps } from "./schema.ts";

interface Entry {
  readonly type: string;
  readonly name: string;
  readonly root: number;
  readonly sql: string | null;
}

/**
 * Compares the file's tables with those of its version, and reads the first page of each. What somebody added is left alone.
 * @throws HermodError HERMOD_STORE_CORRUPT naming the table.
 */
export function checkShape(db: DatabaseSync, file: string, version: number, list = steps): void {
  const found = new Map(entriesOf(db).map((entry) => [entry.name, entry]));
  for (const wanted of expected(version, list)) {
    const entry = found.get(wanted.name);
    if (entry?.type !== wanted.type || entry.sql !== wanted.sql || entry.root > 0 !== wanted.root > 0)
      throw corrupt(file, `${file} is damaged: its ${wanted.type} ${wanted.name} is not as it was made`);
  }
  checkRoots(file, [...found.values()]);
  for (const { type, name, root } of found.values())
    if (type === "table" && root > 0)
      db.prepare(`SELECT 1 FROM "${name.replaceAll('"', '""')}" LIMIT 1`).get();
}

function checkRoots(file: string, entries: readonly Entry[]): void {
  const roots = entries.map(({ root }) => root).filter((root) => root !== 0);
  if (new Set(roots).size < roots.length) throw corrupt(file, `${file} is damaged: two tables share a page`);
}

function expected(version: number, list: readonly string[]): readonly Entry[] {
  const db = new DatabaseSync(":memory:");
  try {
    for (const step of list.slice(0, version)) db.exec(step);
    return entriesOf(db);
  } finally {
    db.close();
  }
}

function entriesOf(db: DatabaseSync): readonly Entry[] {
  const rows = db.prepare("SELECT type, name, rootpage AS root, sql FROM sqlite_schema").all();
  return rows as unknown as readonly Entry[];
}
