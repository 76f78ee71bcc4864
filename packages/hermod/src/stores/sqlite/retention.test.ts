import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { tries } from "../../core/samples.test.kit.ts";
import { named, testFile, type TestFile } from "./rows.test.kit.ts";
import { Indexer } from "./indexer.ts";
import { happening, write } from "./past.test.kit.ts";
import { Retention, type RetentionBounds } from "./retention.ts";

const none: RetentionBounds = { age: Infinity, count: Infinity, bytes: Infinity, dedupe: 0 };

/** Fills the lists, then forgets until nothing more goes; answers how many went. */
function forget(file: TestFile, bounds: Partial<RetentionBounds>, now = 1e9, rows = 10): number {
  while (new Indexer(file.db).slice(1000));
  const retention = new Retention(file.db, { ...none, ...bounds });
  let gone = 0;
  for (let idle = 0; idle < 30; idle++) {
    const count = retention.slice(now, rows);
    if (count > 0) idle = 0;
    gone += count;
  }
  return gone;
}

function seqs(file: TestFile): unknown[] {
  return file.column("SELECT seq FROM message ORDER BY seq");
}

/** How many rows point to a message that is not there. */
function strays(file: TestFile): number {
  const missing = "NOT IN (SELECT seq FROM message)";
  return ["fate", "failure", "by_conversation", "by_agent", "waiting", "dead"]
    .map((table) => file.count(`SELECT count(*) FROM ${table} WHERE seq ${missing}`))
    .reduce((sum, count) => sum + count, 0);
}

test("the newest messages up to each bound are kept: by count, by bytes, by age", (t) => {
  for (const bounds of [{ count: 3 }, { bytes: 1300 }, { age: 2000 }]) {
    const file = testFile(t);
    for (let left = 10; left > 0; left--) file.put();
    assert.equal(forget(file, bounds, 10_000), 7, JSON.stringify(bounds));
    assert.deepEqual(seqs(file), [8, 9, 10]);
    assert.equal(strays(file), 0);
    assert.equal(forget(file, bounds, 10_000), 0);
  }
});

test("nothing goes while no bound is passed, nor before it stands in the lists", (t) => {
  const file = testFile(t);
  for (let left = 10; left > 0; left--) file.put();
  assert.equal(forget(file, {}), 0);
  assert.equal(forget(file, { count: 10, bytes: 10 * 430, age: 1e9 }), 0);
  const fresh = testFile(t);
  for (let left = 10; left > 0; left--) fresh.put();
  new Indexer(fresh.db).slice(4);
  assert.equal(new Retention(fresh.db, { ...none, count: 0 }).slice(1e9, 100), 4);
});

test("what is younger than the dedupe window stays, whatever the bounds", (t) => {
  const file = testFile(t);
  for (let left = 10; left > 0; left--) file.put();
  assert.equal(forget(file, { count: 0, dedupe: 4000 }, 10_000), 6);
  assert.deepEqual(seqs(file), [7, 8, 9, 10]);
});

test("a message from the future keeps nothing behind it, and goes when its time has come", (t) => {
  const file = testFile(t);
  file.put({ at: 50_000 });
  file.put();
  assert.equal(forget(file, { count: 0, dedupe: 4000 }, 10_000), 1);
  assert.deepEqual(seqs(file), [1]);
  assert.equal(forget(file, { count: 0, dedupe: 4000 }, 60_000), 0, "before it is time for a lap");
  assert.equal(forget(file, { count: 0, dedupe: 4000 }, 610_000), 1);
});

test("what waits, runs or is dead stays until it is settled, and goes with a later lap", (t) => {
  const file = testFile(t);
  const [waits, runs, dead] = [file.put(), file.put(), file.put()];
  file.wait(waits);
  file.run("INSERT INTO running VALUES (?, 'critic', 1, 0)", runs);
  file.die(dead);
  for (let left = 5; left > 0; left--) file.put();
  while (new Indexer(file.db).slice(1000));
  const retention = new Retention(file.db, { ...none, count: 2 });
  assert.equal(retention.slice(1e9, 100), 3);
  assert.deepEqual(seqs(file), [waits, runs, dead, 7, 8]);
  file.unwait(waits);
  file.run("DELETE FROM running");
  file.run("DELETE FROM dead");
  assert.equal(retention.slice(1e9 + 1, 100), 0, "before it is time for a lap");
  assert.equal(retention.slice(1e9 + 600_000, 2), 2);
  assert.equal(retention.slice(1e9 + 600_000, 2), 1);
  assert.deepEqual(seqs(file), [7, 8]);
  assert.equal(strays(file), 0);
});

test("what was stored long ago and has ended lately stays for the dedupe window, and keeps nothing behind it", (t) => {
  const file = testFile(t);
  const late = file.put();
  file.put();
  file.run("INSERT INTO fate VALUES (?, 1, 'done', 1, 'acked', 0, ?, NULL)", late, 1e9 - 1000);
  while (new Indexer(file.db).slice(1000));
  const retention = new Retention(file.db, { ...none, count: 0, dedupe: 4000 });
  assert.equal(retention.slice(1e9, 100), 1);
  assert.deepEqual(seqs(file), [late]);
  assert.equal(retention.slice(1e9 + 600_000, 100), 1);
  assert.equal(strays(file), 0);
});

test("a published message goes with the last of its copies", (t) => {
  const file = testFile(t);
  const source = file.publish({}, "critic", "editor");
  file.wait(source + 2);
  const bare = file.publish({});
  while (new Indexer(file.db).slice(1000));
  const retention = new Retention(file.db, { ...none, count: 0 });
  assert.equal(retention.slice(1e9, 100), 2);
  assert.deepEqual(seqs(file), [source, source + 2]);
  assert.equal(bare, 4);
  file.unwait(source + 2);
  assert.equal(retention.slice(2e9, 100), 2);
  assert.deepEqual(seqs(file), []);
});

test("fates, words, parts and spent amounts go with their last message", (t) => {
  const file = testFile(t);
  const [first, twin] = [file.put({ draft: { conversationId: "x" } }), 2];
  file.put({ draft: { id: "m1", to: named("editor"), conversationId: "y" } });
  for (const seq of [first, twin]) file.fate(seq, "done");
  file.run("INSERT INTO part VALUES ('m1', 1, '1'), ('other', 1, '1')");
  file.run("INSERT INTO spent VALUES ('x', '{}'), ('y', '{}'), ('z', '{}')");
  const left = () => [
    file.column("SELECT conversation FROM spent"),
    file.column("SELECT id FROM part"),
    file.column("SELECT seq FROM fate"),
    file.column("SELECT rowid FROM text WHERE text MATCH 'tide'"),
  ];
  forget(file, { count: 1 });
  assert.deepEqual(left(), [["y", "z"], ["m1", "other"], [twin], [twin]]);
  file.put({ draft: { conversationId: "y" } });
  const retention = new Retention(file.db, { ...none, count: 1 });
  retention.slice(1e9, 100);
  assert.deepEqual(left(), [["y", "z"], ["other"], [], []], "y has a message that is not listed yet");
});

test("a file that is opened again goes on where it stood, without counting anew", (t) => {
  const file = testFile(t);
  for (let left = 10; left > 0; left--) file.put();
  assert.equal(forget(file, { count: 8 }), 2);
  const kept = JSON.parse(file.column("SELECT value FROM meta WHERE name = 'retention'")[0] as string);
  const lap = { lap: null, began: 1e9 };
  assert.deepEqual(kept, { front: 2, count: 8, bytes: 8 * 426, counted: 10, ...lap });
  file.put();
  assert.equal(forget(file, { count: 8 }), 1);
  assert.deepEqual(seqs(file), [4, 5, 6, 7, 8, 9, 10, 11]);
});

test("what may still be written is neither counted nor passed", (t) => {
  const file = testFile(t);
  for (let left = 6; left > 0; left--) file.put();
  while (new Indexer(file.db).slice(1000));
  const retention = new Retention(file.db, { ...none, count: 0 });
  assert.equal(retention.slice(1e9, 100, 4), 3);
  assert.equal(retention.slice(1e9, 100), 3);
});

test("whatever happened, only what may go is gone, and all of it", (t) => {
  const check = (happenings: Parameters<typeof write>[1], count: number, rows: number): void => {
    const file = testFile(t);
    write(file, happenings);
    const [all, waiting, dead] = [
      seqs(file),
      ...["waiting", "dead"].map((table) => new Set(column(file, table))),
    ];
    const sources = new Map(
      file.db
        .prepare("SELECT seq, source FROM message WHERE source IS NOT NULL")
        .all()
        .map((row) => [row["seq"], row["source"]]),
    );
    const isHeld = (seq: unknown) => waiting?.has(seq) || dead?.has(seq);
    const kept = new Set(all.filter((seq, at) => at >= all.length - count || isHeld(seq)));
    for (const [copy, source] of sources) if (kept.has(copy)) kept.add(source);
    forget(file, { count }, 1e9, rows);
    assert.deepEqual(
      seqs(file),
      all.filter((seq) => kept.has(seq)),
    );
    assert.equal(strays(file), 0);
    const listed = file.count("SELECT count(*) FROM by_conversation");
    assert.equal(file.count("SELECT count(*) FROM text WHERE text MATCH 'note'"), listed);
  };
  const worlds = fc.array(happening, { maxLength: 40 });
  fc.assert(fc.property(worlds, fc.nat(40), fc.integer({ min: 1, max: 30 }), check), tries(60));
});

function column(file: TestFile, table: string): unknown[] {
  return file.column(`SELECT seq FROM ${table}`);
}
