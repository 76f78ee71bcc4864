/** A file that was harmed, seen by who starts a system on it: a named error with a hint, or all messages; never an empty mailbox. */
import assert from "node:assert/strict";
import {
  chmodSync,
  copyFileSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { test, type TestContext } from "node:test";
import { HermodError, start, type ErrorCode } from "hermod";
import { sqlite } from "hermod/sqlite";
import { seeded, testClock } from "hermod/testing";
import { here, killedAt, newFile } from "./life.kit.ts";

const COUNT = 50;

/** A closed store with fifty messages in the mailbox "desk", of which each fills a few pages. */
async function filled(t: TestContext): Promise<string> {
  const file = newFile(t);
  const system = await start({ pull: ["desk"], store: sqlite(file), statistics: false });
  const text = "tide ".repeat(2000);
  await Promise.all(Array.from({ length: COUNT }, (_, n) => system.cast("desk", "do", { n, text })));
  await system.close();
  return file;
}

/** What a system finds on the file: how many messages it is handed, or the code of what it hears instead. */
async function found(file: string): Promise<number | HermodError> {
  const heard: unknown[] = [];
  const clock = testClock();
  const store = sqlite(file, { thread: false, durability: "fast" });
  try {
    const system = await start({
      ...{ pull: ["desk"], store, clock, statistics: false },
      reports: (report) => report.type === "store.failed" && heard.push(report.error),
    });
    try {
      const all = await system.mailbox("desk").receiveAll();
      const [error] = heard;
      if (error) throw error as HermodError;
      return all.length;
    } finally {
      const closing = system.close({ timeout: 0 }).catch(() => undefined);
      await clock.advance(0);
      await closing;
    }
  } catch (error) {
    assert.ok(error instanceof HermodError, String(error));
    assert.match(error.hint, /[\w)]\.$/);
    return error;
  }
}

function header(at: number, value: number): (file: string) => void {
  return (file) => {
    const bytes = readFileSync(file);
    bytes.writeUInt32BE(value, at);
    writeFileSync(file, bytes);
  };
}

const harms: readonly (readonly [string, (file: string) => void, ErrorCode, RegExp])[] = [
  [
    "cut in half",
    (file) => truncateSync(file, statSync(file).size >> 1),
    "HERMOD_STORE_CORRUPT",
    /restore\(\)/,
  ],
  [
    "cut by a byte",
    (file) => truncateSync(file, statSync(file).size - 1),
    "HERMOD_STORE_CORRUPT",
    /restore\(\)/,
  ],
  ["no database", (file) => writeFileSync(file, "Dear diary"), "HERMOD_STORE_CORRUPT", /\w/],
  ["another application's", header(68, 0x0f055112), "HERMOD_STORE_CORRUPT", /\w/],
  ["of a newer release", header(60, 9), "HERMOD_STORE_VERSION", /Update Hermod/],
  ["of no version", header(60, 0), "HERMOD_STORE_CORRUPT", /\w/],
];

test("a file that is cut short, no database, another's or newer is refused by name, stays as it is, and opens when it is put right", async (t) => {
  const file = await filled(t);
  copyFileSync(file, `${file}.good`);
  for (const [name, harm, code, hint] of harms) {
    harm(file);
    const before = readFileSync(file);
    const error = await found(file);
    assert.ok(error instanceof HermodError, name);
    assert.equal(error.code, code, name);
    assert.match(error.hint, hint, name);
    assert.ok(readFileSync(file).equals(before), name);
    copyFileSync(`${file}.good`, file);
    assert.equal(await found(file), COUNT, name);
    copyFileSync(`${file}.good`, file);
  }
});

test("a bit turned over in any of forty places gives all messages or a damaged file by name, never fewer messages", async (t) => {
  const file = await filled(t);
  const good = readFileSync(file);
  const random = seeded(5);
  for (let trial = 0; trial < 40; trial++) {
    const bytes = Buffer.from(good);
    const place = Math.floor(random() * good.length);
    bytes.writeUInt8(bytes.readUInt8(place) ^ (1 << (trial % 8)), place);
    for (const part of ["-wal", "-shm"]) rmSync(`${file}${part}`, { force: true });
    writeFileSync(file, bytes);
    const came = await found(file);
    if (came instanceof HermodError) assert.equal(came.code, "HERMOD_STORE_CORRUPT", `byte ${place}`);
    else assert.equal(came, COUNT, `byte ${place}`);
  }
});

test("damage on the first page of each table and list, whichever part of the store meets it, is named with the file", async (t) => {
  const file = await filled(t);
  const good = readFileSync(file);
  const other = new DatabaseSync(file, { readOnly: true });
  const roots = other.prepare("SELECT name, rootpage FROM sqlite_schema WHERE rootpage > 1").all();
  other.close();
  let named = 0;
  for (const { name, rootpage } of roots) {
    const bytes = Buffer.from(good);
    // Where the places of the rows on the page stand.
    for (const at of [8, 24]) bytes.writeUInt16BE(0xfff0, (Number(rootpage) - 1) * 8192 + at);
    for (const part of ["-wal", "-shm"]) rmSync(`${file}${part}`, { force: true });
    writeFileSync(file, bytes);
    const came = await found(file);
    if (!(came instanceof HermodError)) assert.equal(came, COUNT, String(name));
    else {
      assert.deepEqual([came.code, came.details?.["file"]], ["HERMOD_STORE_CORRUPT", file], String(name));
      named++;
    }
  }
  assert.ok(named > 5, String(named));
});

test("a -wal that is deleted while its store is open is missed after a kill, and nothing is begun anew", async (t) => {
  const file = newFile(t);
  await killedAt(t, "disk.unlinked", file, "refused");
  for (let look = 0; look < 2; look++) {
    const error = await found(file);
    assert.ok(error instanceof HermodError);
    assert.equal(error.code, "HERMOD_STORE_CORRUPT");
    assert.match(error.message, /lacks its -wal file/);
  }
});

test("a -wal that is deleted while its store is open is named to senders, and what was sent before is kept by an orderly end", async (t) => {
  const file = newFile(t);
  const { system } = await here(t, file, { pull: ["desk"] });
  await system.cast("desk", "do", 1);
  rmSync(`${file}-wal`);
  await assert.rejects(system.cast("desk", "do", 2), { code: "HERMOD_STORE_READONLY" });
  await assert.rejects(system.close(), { code: "HERMOD_STORE_READONLY" });
  assert.equal(await found(file), 1);
});

test("a file whose right to write is taken away while it is open is written on by who has it open", async (t) => {
  const file = newFile(t);
  const { system, spy } = await here(t, file, { pull: ["desk"] });
  for (const part of ["", "-wal"]) chmodSync(`${file}${part}`, 0o400);
  for (let n = 0; n < 10; n++) await system.cast("desk", "do", n);
  assert.deepEqual(spy.of("store.failed"), []);
  await system.close();
  chmodSync(file, 0o600);
  assert.equal(await found(file), 10);
});

test("a table that another program has dropped is missed, rather than found empty", async (t) => {
  const file = await filled(t);
  const other = new DatabaseSync(file);
  other.exec("DROP TABLE waiting");
  other.close();
  const error = await found(file);
  assert.ok(error instanceof HermodError);
  assert.equal(error.code, "HERMOD_STORE_CORRUPT");
});

test("a message whose text is damaged is told of by name, ends no process, and those beside it are handed out", async (t) => {
  const file = await filled(t);
  const other = new DatabaseSync(file);
  other.exec("UPDATE message SET body = substr(body, 1, 20) WHERE seq IN (3, 50)");
  other.close();
  for (let look = 0; look < 2; look++) {
    const { system, spy } = await here(t, file, { pull: ["desk"] });
    if (look === 0) assert.equal((await system.mailbox("desk").receive())?.envelope.sequence, 1);
    const told = await spy.seen("store.failed");
    assert.equal((told.error as HermodError).code, "HERMOD_STORE_CORRUPT");
    if (look === 1) assert.equal((await system.mailbox("desk").receiveAll()).length, COUNT - 2);
    await system.close({ timeout: 0 });
  }
});
