import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { codeOf, thrownBy } from "../../core/samples.test.kit.ts";
import { closeWriter } from "./checkpoint.ts";
import { child, contents, directory, fill, killed, store } from "./file.test.kit.ts";
import { pragma } from "./inspect.ts";
import { openReader, openWriter } from "./open.ts";
import { checkLibrary } from "./refusal.ts";
import { APPLICATION, VERSION } from "./schema.ts";

const durable = { durability: "durable" } as const;
const messages = (db: DatabaseSync): number =>
  Number(db.prepare("SELECT count(*) AS n FROM message").get()?.["n"]);
/** Opens, counts, closes. */
function counted(file: string): number {
  const db = openWriter(file, durable);
  const count = messages(db);
  closeWriter(db);
  return count;
}
/** A file whose process was killed with 5 messages in the -wal. */
async function crashed(t: Parameters<typeof child>[0], file: string): Promise<string> {
  await killed(
    await child(t, "globalThis.db = openWriter(file, { durability: 'durable' }); fill(db, 1, 5);", file),
  );
  return file;
}

test("a new file has the settings that the promise rests on, and only this user may read it", (t) => {
  const file = join(directory(t), "a.db");
  const db = openWriter(file, durable);
  fill(db, 1, 5);
  const names = [
    "page_size",
    "synchronous",
    "wal_autocheckpoint",
    "temp_store",
    "foreign_keys",
    "application_id",
    "user_version",
  ];
  assert.deepEqual(
    names.map((name) => pragma(db, name)),
    [8192, 2, 0, 2, 0, APPLICATION, VERSION],
  );
  assert.equal(db.prepare("PRAGMA journal_mode").get()?.["journal_mode"], "wal");
  for (const part of ["", "-wal", "-shm"]) assert.equal(statSync(`${file}${part}`).mode & 0o777, 0o600, part);
  closeWriter(db);
  assert.deepEqual(readdirSync(join(file, "..")), ["a.db"], "a closed file is one file");
  const fast = openWriter(file, { durability: "fast" });
  assert.equal(pragma(fast, "synchronous"), 1);
  assert.equal(messages(fast), 5);
  closeWriter(fast);
});

test("an empty file and a link to one become a store; the mode of a file that stood there is left alone", (t) => {
  const home = directory(t);
  writeFileSync(join(home, "a.db"), "", { mode: 0o640 });
  symlinkSync("a.db", join(home, "b.db"));
  assert.equal(counted(join(home, "b.db")), 0);
  assert.ok(statSync(join(home, "a.db")).size > 0);
  assert.equal(statSync(join(home, "a.db")).mode & 0o777, 0o640);
});

test("a killed process leaves a file that opens with all that it wrote", async (t) => {
  const file = await crashed(t, join(directory(t), "a.db"));
  assert.ok(existsSync(`${file}-wal`));
  assert.equal(counted(file), 5);
  assert.equal(existsSync(`${file}-wal`), false);
});

test("a reader reads beside a writer, changes nothing and creates nothing", (t) => {
  const home = directory(t);
  const file = join(home, "a.db");
  assert.equal(
    codeOf(() => openReader(file)),
    "HERMOD_STORE_READONLY",
  );
  assert.deepEqual(readdirSync(home), []);
  const db = openWriter(file, durable);
  const reader = openReader(file);
  fill(db, 1, 3);
  assert.equal(messages(reader), 3);
  assert.throws(() => reader.exec("DELETE FROM message"), { errcode: 8 });
  reader.close();
  closeWriter(db);
});

test("a -wal that is gone after a crash is missed, whoever opens, and a reader's new one does not hide it", async (t) => {
  const home = directory(t);
  const file = await crashed(t, join(home, "a.db"));
  copyFileSync(`${file}-wal`, join(home, "kept"));
  for (const gone of [["-wal"], ["-wal", "-shm"]]) {
    for (const part of gone) rmSync(`${file}${part}`, { force: true });
    const before = contents(home);
    for (const open of [() => openWriter(file, durable), () => openReader(file)]) {
      const error = thrownBy(open);
      assert.equal(error.code, "HERMOD_STORE_CORRUPT");
      assert.match(error.message, /lacks its -wal file/);
      assert.deepEqual(contents(home), before);
    }
  }
  const other = new DatabaseSync(file, { readOnly: true });
  other.prepare("SELECT count(*) FROM message").get();
  other.close();
  assert.equal(statSync(`${file}-wal`).size, 0);
  assert.equal(
    codeOf(() => openWriter(file, durable)),
    "HERMOD_STORE_CORRUPT",
  );
  rmSync(`${file}-shm`, { force: true });
  renameSync(join(home, "kept"), `${file}-wal`);
  assert.equal(counted(file), 5, "and all is well when it comes back");
});

test("another program that brings a crashed file together and removes its -wal does no harm", async (t) => {
  const file = await crashed(t, join(directory(t), "a.db"));
  const other = new DatabaseSync(file);
  other.prepare("SELECT count(*) FROM message").get();
  other.close();
  assert.equal(existsSync(`${file}-wal`), false);
  assert.equal(counted(file), 5);
});

test("a database that is gone or emptied beside its -wal is not begun anew", async (t) => {
  const home = directory(t);
  const file = await crashed(t, join(home, "a.db"));
  rmSync(`${file}-shm`);
  writeFileSync(file, "");
  for (const make of [() => writeFileSync(file, ""), () => rmSync(file)]) {
    make();
    const before = contents(home);
    const error = thrownBy(() => openWriter(file, durable));
    assert.equal(error.code, "HERMOD_STORE_CORRUPT");
    assert.match(error.message, /is gone or empty, but .*-wal holds \d+ bytes/);
    assert.deepEqual(contents(home), before);
  }
});

test("what is no store of this release is refused by name, and nothing is changed", (t) => {
  const home = directory(t);
  const file = store(join(home, "good.db"), 50);
  const good = readFileSync(file);
  rmSync(file);
  const changed = (at: number, value: number): Buffer => {
    const bytes = Buffer.from(good);
    bytes.writeUInt32BE(value, at);
    return bytes;
  };
  const cases: readonly (readonly [string, Buffer, string, RegExp])[] = [
    ["random bytes", Buffer.alloc(20_000, "k%9"), "HERMOD_STORE_CORRUPT", /is no database/],
    ["a few bytes", Buffer.from("hello"), "HERMOD_STORE_CORRUPT", /is no database/],
    ["zeros", Buffer.alloc(8192), "HERMOD_STORE_CORRUPT", /is no database/],
    ["one page", good.subarray(0, 8192), "HERMOD_STORE_CORRUPT", /is cut short: 8192 of \d+ bytes/],
    ["half", good.subarray(0, good.length - 8192), "HERMOD_STORE_CORRUPT", /is cut short/],
    ["a piece of a page", good.subarray(0, good.length - 1), "HERMOD_STORE_CORRUPT", /is cut short/],
    ["too much", Buffer.concat([good, Buffer.alloc(5)]), "HERMOD_STORE_CORRUPT", /its last page has 5 bytes/],
    ["another's", changed(68, 0x0f055112), "HERMOD_STORE_CORRUPT", /another application \(id 0x0f055112\)/],
    ["nobody's", changed(68, 0), "HERMOD_STORE_CORRUPT", /another application/],
    [
      "newer",
      changed(60, VERSION + 2),
      "HERMOD_STORE_VERSION",
      new RegExp(`has version ${VERSION + 2}, and .* up to ${VERSION}`),
    ],
    ["no version", changed(60, 0), "HERMOD_STORE_CORRUPT", /damaged header/],
    ["another page size", changed(16, 0x10000202), "HERMOD_STORE_CORRUPT", /damaged header/],
  ];
  for (const [name, bytes, code, text] of cases) {
    writeFileSync(file, bytes);
    const before = contents(home);
    for (const open of [() => openWriter(file, durable), () => openReader(file)]) {
      const error = thrownBy(open);
      assert.equal(error.code, code, name);
      assert.match(error.message, text, name);
      assert.match(error.hint, /\w\.$/);
      assert.deepEqual(contents(home), before, name);
    }
  }
});

test("another application's database is left alone, whichever way it is written", (t) => {
  const home = directory(t);
  for (const mode of ["wal", "delete"]) {
    const file = join(home, `${mode}.db`);
    const other = new DatabaseSync(file);
    other.exec(`PRAGMA page_size = 8192; PRAGMA journal_mode = ${mode}; CREATE TABLE message (seq)`);
    const before = contents(home);
    assert.equal(
      codeOf(() => openWriter(file, durable)),
      "HERMOD_STORE_CORRUPT",
    );
    assert.deepEqual(contents(home), before);
    other.exec("INSERT INTO message VALUES (1)");
    other.close();
  }
});

test("tables that are missing or not as they were made are missed; what somebody added is not", (t) => {
  const home = directory(t);
  const changes: readonly (readonly [string, boolean])[] = [
    ["CREATE TABLE mine (x); CREATE INDEX also_mine ON message (size)", true],
    ["DROP TABLE spent", false],
    ["DROP INDEX message_id", false],
    ["ALTER TABLE dead ADD COLUMN extra", false],
  ];
  for (const [sql, fine] of changes) {
    const file = store(join(home, "a.db"), 5);
    const other = new DatabaseSync(file);
    other.exec(sql);
    other.close();
    if (fine) assert.equal(counted(file), 5);
    else assert.match(thrownBy(() => openWriter(file, durable)).message, /is not as it was made/, sql);
    rmSync(file);
  }
});

test("two tables on one page are missed", (t) => {
  const file = store(join(directory(t), "a.db"), 5);
  const other = new DatabaseSync(file, { defensive: false });
  other.exec(`PRAGMA writable_schema = ON; CREATE TABLE mine (x);
    UPDATE sqlite_schema SET rootpage = (SELECT rootpage FROM sqlite_schema WHERE name = 'spent') WHERE name = 'mine'`);
  other.close();
  assert.match(thrownBy(() => openWriter(file, durable)).message, /two tables share a page/);
});

test("a directory, a missing directory, and no right to write are refused by name", (t) => {
  const home = directory(t);
  assert.match(thrownBy(() => openWriter(home, durable)).message, /it is a directory/);
  assert.match(thrownBy(() => openWriter(join(home, "no/a.db"), durable)).message, /does not exist/);
  assert.deepEqual(readdirSync(home), []);
});

/** What another user hears who may do no more than the modes say; the superuser may do everything. */
function asAnother(run: string, file: string): string {
  const code = `import { openReader, openWriter } from ${JSON.stringify(new URL("open.ts", import.meta.url).href)};
    const file = process.argv[1];
    try { ${run} } catch (error) { console.log(error.code, error.message) }`;
  const user = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
  const { stdout } = spawnSync(process.execPath, ["--input-type=module", "-e", code, file], {
    ...user,
    encoding: "utf8",
  });
  return stdout.trim();
}

test("without the right to write, a writer is refused and a reader reads", (t) => {
  const home = directory(t);
  const shut = join(home, "shut");
  mkdirSync(shut);
  const file = store(join(shut, "a.db"), 5);
  for (const folder of [home, shut]) chmodSync(folder, 0o755);
  chmodSync(file, 0o444);
  if (process.getuid?.() !== 0) chmodSync(shut, 0o555);
  if (asAnother("console.log('runs')", file) !== "runs")
    return t.skip("another user cannot run this Node: not tried");
  const before = contents(shut);
  const open = "openWriter(file, { durability: 'durable' })";
  for (const name of [file, join(shut, "new.db")])
    assert.match(asAnother(open, name), /^HERMOD_STORE_READONLY .*permission denied/);
  const count = "console.log(openReader(file).prepare('SELECT count(*) AS n FROM message').get().n)";
  assert.equal(asAnother(count, file), "5");
  assert.deepEqual(contents(shut), before);
  chmodSync(shut, 0o755);
});

test("a file whose creation was cut off by a crash is created again", async (t) => {
  const home = directory(t);
  const file = join(home, "a.db");
  // The journal of a transaction that is not finished, beside what it had written so far.
  const cut = `const { DatabaseSync } = await import("node:sqlite");
    globalThis.db = new DatabaseSync(file); db.exec("PRAGMA page_size = 8192; PRAGMA cache_size = 1; PRAGMA cache_spill = 1; BEGIN; PRAGMA application_id = ${APPLICATION}; CREATE TABLE t (x)");
    for (let i = 0; i < 100; i++) db.exec("INSERT INTO t VALUES (zeroblob(8000))");`;
  await killed(await child(t, cut, file));
  assert.ok(existsSync(`${file}-journal`));
  assert.ok(statSync(file).size > 0);
  const journal = readFileSync(`${file}-journal`);
  assert.equal(counted(file), 0);
  // Cut off while the pages were written behind their header.
  truncateSync(file, 8192);
  writeFileSync(`${file}-journal`, journal);
  assert.equal(
    codeOf(() => openReader(file)),
    "HERMOD_STORE_READONLY",
  );
  assert.equal(counted(file), 0);
  assert.equal(existsSync(`${file}-journal`), false);
  assert.ok(statSync(file).size > 8192);
});

test("a SQLite that can damage shared files is refused", () => {
  for (const version of ["3.51.2", "3.7.0", "2.9.9", "0"])
    assert.equal(
      codeOf(() => checkLibrary(version)),
      "HERMOD_UNSUPPORTED",
      version,
    );
  for (const version of ["3.51.3", "3.53.0", "4.0.0"]) checkLibrary(version);
});
