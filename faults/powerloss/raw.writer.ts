/** A plain writer over node:sqlite: what a durable store is compared with, and what the harness itself is tested on. */
import { openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

const [folder, marks, synchronous] = process.argv.slice(2) as [string, string, string];
const out = openSync(marks, "a");
const database = new DatabaseSync(join(folder, "raw.db"));
database.exec(`PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; PRAGMA synchronous = ${synchronous};
  PRAGMA wal_autocheckpoint = 20; CREATE TABLE row (number INTEGER PRIMARY KEY, text TEXT NOT NULL)`);
const insert = database.prepare("INSERT INTO row VALUES (?, ?)");
for (let number = 1; number <= 120; number++) {
  writeSync(out, `begin ${number}\n`);
  insert.run(number, `${number} `.repeat(40 + (number % 7) * 300));
  writeSync(out, `done ${number}\n`);
}
database.close();
