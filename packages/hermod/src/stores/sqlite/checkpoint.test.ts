import assert from "node:assert/strict";
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { checkpoint, closeWriter, isWhole } from "./checkpoint.ts";
import { directory, fill, store } from "./file.test.kit.ts";
import { openUntouched, pragma } from "./inspect.ts";
import { StoreFile } from "./file.ts";
import { PAGE } from "./header.ts";
import { openReader, openWriter } from "./open.ts";
import { Change, type Value } from "./protocol.ts";

/** Whether the file itself, without its -wal, calls itself whole. */
function aloneWhole(file: string): boolean {
  const db = openUntouched(file);
  try {
    return isWhole(db);
  } finally {
    db.close();
  }
}

test("the file alone is whole when it is closed, and at no time while it is open", (t) => {
  const file = store(join(directory(t), "a.db"), 5);
  assert.equal(aloneWhole(file), true);
  for (const durability of ["durable", "fast"] as const) {
    const db = openWriter(file, { durability });
    for (let round = 0; round < 3; round++) {
      assert.equal(aloneWhole(file), false);
      assert.equal(isWhole(db), true);
      fill(db, 100 * (pragma(db, "data_version") + round) + (durability === "fast" ? 50_000 : 0), 20);
      assert.deepEqual({ ...checkpoint(db), pages: 0 }, { busy: false, pages: 0 });
    }
    assert.equal(pragma(db, "synchronous"), durability === "fast" ? 1 : 2, "the level is put back");
    closeWriter(db);
    assert.equal(aloneWhole(file), true);
    assert.equal(existsSync(`${file}-wal`), false);
  }
});

test("a checkpoint lets the -wal begin anew, so that it does not grow", (t) => {
  const file = join(directory(t), "a.db");
  const db = openWriter(file, { durability: "durable" });
  const sizes: number[] = [];
  for (let round = 0; round < 6; round++) {
    fill(db, 1 + round * 1000, 1000);
    checkpoint(db);
    sizes.push(statSync(`${file}-wal`).size);
  }
  const [first = 0] = sizes;
  assert.ok(Math.max(...sizes) <= 2 * first, sizes.join());
  closeWriter(db);
});

test("a reader in the midst of a page keeps the -wal, says so, and loses nothing", (t) => {
  const file = join(directory(t), "a.db");
  const db = openWriter(file, { durability: "durable" });
  const reader = openReader(file);
  reader.exec("BEGIN");
  reader.prepare("SELECT count(*) FROM message").get();
  fill(db, 1, 5);
  assert.equal(checkpoint(db).busy, true);
  assert.equal(isWhole(db), true);
  assert.equal(reader.prepare("SELECT count(*) AS n FROM message").get()?.["n"], 0);
  reader.exec("COMMIT");
  assert.equal(checkpoint(db).busy, false);
  assert.equal(reader.prepare("SELECT count(*) AS n FROM message").get()?.["n"], 5);
  reader.close();
  closeWriter(db);
});

test("a checkpoint that failed is mended at the closing", (t) => {
  const file = join(directory(t), "a.db");
  const db = openWriter(file, { durability: "durable" });
  db.exec("UPDATE meta SET value = 0 WHERE name = 'whole'");
  closeWriter(db);
  assert.equal(aloneWhole(file), true);
});

test("a reader that stays does not make every batch try a checkpoint", (t) => {
  const path = join(directory(t), "a.db");
  const history = { age: 1e12, count: 1e9, bytes: 1e12 };
  const limits = { dedupe: 0, deadLetters: { count: 1, age: 1e12 } };
  const file = new StoreFile({ path, durability: "durable", history, openTimeout: 0, ...limits });
  file.open();
  file.begin();
  const write = (...change: Value[]) =>
    assert.equal(file.write([Change.group, 0, ...change], 0).type, "kept");
  const reader = openReader(path);
  reader.exec("BEGIN");
  pragma(reader, "user_version");
  reader.prepare("SELECT count(*) FROM message").get();
  for (let part = 0; part < 100; part++) write(Change.part, "t", `"${"x".repeat(200_000)}"`);
  const pages = () => Math.floor(statSync(`${path}-wal`).size / (PAGE + 24));
  const before = pages();
  assert.ok(before > 2048, `${before} pages`);
  for (let batch = 0; batch < 10; batch++) write(Change.probe);
  assert.equal(pages(), before + 10, "each batch writes its own page");
  reader.close();
  file.close();
});

test("the file alone is not whole while a reader keeps the -wal from being brought in", (t) => {
  const file = join(directory(t), "a.db");
  const db = openWriter(file, { durability: "durable" });
  fill(db, 1, 20);
  const reader = openReader(file);
  reader.exec("BEGIN");
  reader.prepare("SELECT count(*) FROM message").get();
  fill(db, 1000, 20);
  assert.equal(checkpoint(db).busy, true);
  assert.equal(aloneWhole(file), false);
  reader.close();
  closeWriter(db);
});
