import assert from "node:assert/strict";
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { codeOf } from "../../core/samples.test.kit.ts";
import { directory } from "./file.test.kit.ts";
import { pragma } from "./inspect.ts";
import { migrate } from "./migrate.ts";
import { APPLICATION } from "./schema.ts";

const steps = [
  "CREATE TABLE first (x); INSERT INTO first VALUES (1)",
  "CREATE TABLE second (y)",
  "INSERT INTO second SELECT x FROM first; DROP TABLE first",
];

function opened(t: Parameters<typeof directory>[0]): { file: string; db: DatabaseSync } {
  const file = join(directory(t), "a.db");
  const db = new DatabaseSync(file);
  t.after(() => db.close());
  return { file, db };
}
const tables = (db: DatabaseSync): unknown[] =>
  db
    .prepare("SELECT name FROM sqlite_schema ORDER BY name")
    .all()
    .map((row) => row["name"]);

test("a new file takes all steps and needs no copy", (t) => {
  const { file, db } = opened(t);
  assert.deepEqual(migrate(db, file, steps), { from: 0, to: 3 });
  assert.deepEqual(tables(db), ["second"]);
  assert.equal(pragma(db, "application_id"), APPLICATION);
  assert.deepEqual(migrate(db, file, steps), { from: 3, to: 3 });
});

test("an older file takes the steps that it lacks, and a private copy of it stays", (t) => {
  const { file, db } = opened(t);
  migrate(db, file, steps.slice(0, 1));
  db.exec("PRAGMA journal_mode = WAL; INSERT INTO first VALUES (2)");
  const backup = `${file}.v1.bak`;
  assert.deepEqual(migrate(db, file, steps), { from: 1, to: 3, backup });
  assert.deepEqual(
    db
      .prepare("SELECT y FROM second")
      .all()
      .map((row) => row["y"]),
    [1, 2],
  );
  assert.equal(statSync(backup).mode & 0o777, 0o600);
  assert.equal(existsSync(`${backup}.part`), false);
  const old = new DatabaseSync(backup, { readOnly: true });
  assert.deepEqual(
    [tables(old), pragma(old, "user_version"), pragma(old, "application_id")],
    [["first"], 1, APPLICATION],
  );
  assert.deepEqual(
    old
      .prepare("SELECT x FROM first")
      .all()
      .map((row) => row["x"]),
    [1, 2],
  );
  old.close();
});

test("a step that fails leaves the older file as it was", (t) => {
  const { file, db } = opened(t);
  migrate(db, file, steps.slice(0, 1));
  assert.equal(
    codeOf(() => migrate(db, file, [...steps.slice(0, 2), "INSERT INTO nothing VALUES (1)"])),
    "HERMOD_STORE",
  );
  assert.deepEqual([tables(db), pragma(db, "user_version"), db.isTransaction], [["first"], 1, false]);
  assert.equal(migrate(db, file, steps).to, 3);
});

test("a newer file is refused", (t) => {
  const { file, db } = opened(t);
  migrate(db, file, steps);
  assert.equal(
    codeOf(() => migrate(db, file, steps.slice(0, 2))),
    "HERMOD_STORE_VERSION",
  );
  assert.equal(pragma(db, "user_version"), 3);
});
