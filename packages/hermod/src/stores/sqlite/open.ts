/** Open: the file as a database with the settings that the promises rest on. */
import { DatabaseSync } from "node:sqlite";
import { APPLICATION, VERSION, steps } from "./schema.ts";

export type Durability = "durable" | "fast";

export function openWriter(file: string, { durability }: { readonly durability: Durability }): DatabaseSync {
  const db = new DatabaseSync(file);
  db.exec(
    `PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; PRAGMA synchronous = ${durability === "fast" ? "NORMAL" : "FULL"};
     PRAGMA wal_autocheckpoint = 0; PRAGMA application_id = ${APPLICATION};`,
  );
  if (db.prepare("PRAGMA user_version").get()?.["user_version"] === 0) {
    db.exec("BEGIN");
    for (const step of steps) db.exec(step);
    db.exec(`PRAGMA user_version = ${VERSION}; COMMIT`);
  }
  return db;
}

export function openReader(file: string): DatabaseSync {
  return new DatabaseSync(file, { readOnly: true });
}
