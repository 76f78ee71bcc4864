import assert from "node:assert/strict";
import { test } from "node:test";
import { named, testFile } from "./rows.test.kit.ts";
import { Indexer } from "./indexer.ts";

test("a message is listed in its conversation and for whom it concerns, each once, instances for their agent too", (t) => {
  const file = testFile(t);
  file.put({ draft: { from: named("writer#a"), to: named("writer#b"), conversationId: "x" } });
  file.put({ draft: { from: named("critic"), to: named("critic") } });
  file.put({ draft: { from: named("~s1/critic"), to: named("~s1/editor") } });
  file.put({ draft: { from: named("~s1"), to: named("nobody") }, mailbox: undefined });
  assert.equal(new Indexer(file.db).slice(10), 8);
  assert.deepEqual(file.column("SELECT conversation || ' ' || seq FROM by_conversation"), [
    "c1 2",
    "c1 3",
    "c1 4",
    "x 1",
  ]);
  assert.deepEqual(
    file.column("SELECT agent || ' ' || seq FROM by_agent"),
    // oxfmt-ignore
    ["critic 2", "critic 3", "editor 3", "nobody 4", "writer 1", "writer#a 1", "writer#b 1", "~s1 4"],
  );
});

test("of a published message the copies are listed, and itself where nobody got one", (t) => {
  const file = testFile(t);
  file.publish({ payload: "ebb" }, "critic", "editor");
  file.publish({ payload: "ebb" });
  new Indexer(file.db).slice(10);
  assert.deepEqual(file.column("SELECT seq FROM by_conversation"), [2, 3, 4]);
  assert.deepEqual(file.column("SELECT agent || ' ' || seq FROM by_agent WHERE agent <> 'writer'"), [
    "critic 2",
    "editor 3",
  ]);
  assert.deepEqual(file.column("SELECT rowid FROM text WHERE text MATCH 'ebb' ORDER BY rowid"), [2, 3, 4]);
});

test("slices take each message once and in order, words behind the lists, until nothing is left", (t) => {
  const file = testFile(t);
  for (let left = 25; left > 0; left--) file.put();
  const indexer = new Indexer(file.db);
  const marks = () => file.column("SELECT value FROM meta WHERE name IN ('indexed', 'worded') ORDER BY name");
  assert.equal(indexer.behind, 25);
  const seen = [];
  while (indexer.slice(8) > 0) seen.push([...marks(), indexer.behind]);
  // oxfmt-ignore
  assert.deepEqual(seen, [[8, 2, 23], [16, 4, 21], [24, 6, 19], [25, 14, 11], [25, 22, 3], [25, 25, 0]]);
  assert.equal(file.count("SELECT count(*) FROM by_conversation"), 25);
  assert.equal(file.count("SELECT count(*) FROM text WHERE text MATCH 'tide'"), 25);
  file.put();
  assert.equal(new Indexer(file.db).slice(8), 2);
});

test("what may still be written is not passed", (t) => {
  const file = testFile(t);
  for (let left = 5; left > 0; left--) file.put();
  const indexer = new Indexer(file.db);
  assert.equal(indexer.slice(10, 3), 4);
  assert.equal(indexer.slice(10, 3), 0);
  assert.deepEqual(file.column("SELECT seq FROM by_conversation"), [1, 2]);
});
