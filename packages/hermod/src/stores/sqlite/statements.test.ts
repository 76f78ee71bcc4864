/** The flow does not slow with what is stored: no statement that the writer runs for a message goes through a whole table. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { closeWriter } from "./checkpoint.ts";
import { directory, fill } from "./file.test.kit.ts";
import { openWriter } from "./open.ts";
import { prepare } from "./statements.ts";

/** Not for a message: at the opening, for the first row alone, at an operator's removal of a mailbox, or of a short list. */
const free = new Set(["letters", "oldestLetter", "forgetStates", "begin", "commit", "rollback"]);

test("with a long history each statement of the writer finds its rows by an index", (t) => {
  const db = openWriter(join(directory(t), "a.db"), { durability: "fast" });
  fill(db, 1, 5000);
  db.exec("ANALYZE");
  for (const [name, { sourceSQL }] of Object.entries(prepare(db))) {
    if (free.has(name)) continue;
    const plan = db.prepare(`EXPLAIN QUERY PLAN ${sourceSQL}`).all();
    for (const { detail } of plan) assert.doesNotMatch(String(detail), /^SCAN (?!CONSTANT)/, name);
  }
  closeWriter(db);
});
