import assert from "node:assert/strict";
import { existsSync, readdirSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { HermodError } from "../../core/errors.ts";
import { codeOf } from "../../core/samples.test.kit.ts";
import { closeWriter } from "./checkpoint.ts";
import { child, contents, directory, fill, killed, store } from "./file.test.kit.ts";
import { backup, check, compact, describe, migrate, restore, type MoveProgress } from "./moves.ts";
import { openReader, openWriter } from "./open.ts";
import { Owner } from "./owner.ts";
import { VERSION } from "./schema.ts";

const sound = (messages: number) => ({
  ok: true,
  findings: [],
  messages,
  waiting: messages - Math.floor(messages / 10),
  dead: Math.floor(messages / 10),
});

async function failure(run: Promise<unknown>): Promise<HermodError> {
  const error: unknown = await run.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof HermodError, `no coded error: ${String(error)}`);
  return error;
}

/** Changes a closed file behind our back. */
function meddled(file: string, sql: string): string {
  const db = new DatabaseSync(file);
  db.exec(sql);
  db.close();
  return file;
}

test("describe says what a file holds and who owns it, beside the owner", (t) => {
  const file = join(directory(t), "a.db");
  assert.equal(
    codeOf(() => describe(file)),
    "HERMOD_STORE_READONLY",
  );
  assert.equal(existsSync(file), false);
  store(file, 20);
  const bytes = statSync(file).size;
  const closed = {
    file,
    version: VERSION,
    messages: 20,
    waiting: 18,
    dead: 2,
    bytes,
    walBytes: 0,
    durability: "durable",
  };
  assert.deepEqual(describe(file), closed);
  const owner = Owner.takeNow(file, 1);
  const db = openWriter(file, { durability: "fast" });
  fill(db, 21, 10);
  const { walBytes, durability, messages, owner: who } = describe(file);
  assert.ok(walBytes > 0);
  assert.deepEqual([durability, messages, who?.pid], ["fast", 30, process.pid]);
  closeWriter(db);
  owner.release();
});

test("a backup is the moment it was begun at, taken while the owner writes", async (t) => {
  const home = directory(t);
  const file = join(home, "a.db");
  const db = openWriter(file, { durability: "fast" });
  fill(db, 1, 20_000);
  const told: MoveProgress[] = [];
  let next = 20_001;
  // Writes in the midst of the copying; one that is read anew with each commit would not come to its end.
  const onProgress = (progress: MoveProgress): void => {
    told.push(progress);
    if (told.length > 1) fill(db, (next += 10), 10);
  };
  const copy = join(home, "copy.db");
  const { bytes } = await backup(file, copy, { onProgress });
  assert.equal(bytes, statSync(copy).size);
  assert.equal(statSync(copy).mode & 0o777, 0o600);
  assert.deepEqual(await check(copy), sound(20_000));
  assert.ok(told.length >= 4, "it was written to meanwhile");
  assert.deepEqual([...new Set(told.map(({ step }) => step))], ["copy", "verify"]);
  assert.deepEqual(
    readdirSync(home).filter((name) => name.startsWith("copy")),
    ["copy.db"],
  );
  closeWriter(db);
});

test("a backup takes no other file's place unless told, and leaves nothing when it is stopped or fails", async (t) => {
  const home = directory(t);
  const file = store(join(home, "a.db"), 30_000);
  const copy = join(home, "copy.db");
  writeFileSync(copy, "mine");
  assert.equal((await failure(backup(file, copy))).code, "HERMOD_BAD_OPTION");
  const stop = new AbortController();
  const halfway = ({ done, total }: MoveProgress): void =>
    void (done > 0 && done < total && stop.abort(new Error("enough")));
  const stopped = await failure(
    backup(file, copy, { replace: true, signal: stop.signal, onProgress: halfway }),
  );
  assert.equal(stopped.code, "HERMOD_CANCELLED");
  assert.equal((stopped.cause as Error).message, "enough");
  assert.deepEqual(
    readdirSync(home).filter((name) => name.startsWith("copy")),
    ["copy.db"],
  );
  await backup(file, copy, { replace: true });
  assert.equal(describe(copy).messages, 30_000);
  assert.equal(
    (await failure(backup(join(home, "none.db"), join(home, "b.db")))).code,
    "HERMOD_STORE_READONLY",
  );
  assert.equal((await failure(backup(file, join(home, "no/b.db")))).code, "HERMOD_STORE_READONLY");
  assert.equal(existsSync(join(home, "b.db")), false);
});

test("a backup never takes the place of a store in use, nor of what belongs to one", async (t) => {
  const folder = directory(t);
  const [file, other, link] = [join(folder, "a.db"), join(folder, "b.db"), join(folder, "link.db")];
  store(file, 20);
  store(other, 30);
  symlinkSync(file, link);
  const owner = Owner.takeNow(other, 1);
  const before = readdirSync(folder);
  for (const to of [file, link, `${file}-wal`, `${file}.owner`, `${other}-shm`, `${other}.owner.json`])
    assert.equal((await failure(backup(file, to, { replace: true }))).code, "HERMOD_BAD_OPTION", to);
  assert.equal((await failure(backup(file, other, { replace: true }))).code, "HERMOD_STORE_OWNED");
  assert.deepEqual(readdirSync(folder), before);
  owner.release();
  assert.equal((await backup(file, other, { replace: true })).file, other);
  const crashed = join(folder, "c.db");
  await killed(
    await child(t, "globalThis.db = openWriter(file, { durability: 'durable' }); fill(db, 1, 50);", crashed),
  );
  assert.equal((await failure(backup(file, crashed, { replace: true }))).code, "HERMOD_BAD_OPTION");
});

test("a backup takes along what a killed owner left in the -wal", async (t) => {
  const home = directory(t);
  const file = join(home, "a.db");
  await killed(
    await child(t, "globalThis.db = openWriter(file, { durability: 'durable' }); fill(db, 1, 50);", file),
  );
  await backup(file, join(home, "copy.db"));
  assert.deepEqual(await check(join(home, "copy.db")), sound(50));
});

test("restore puts the backup in place and keeps the old file with all its parts", async (t) => {
  const home = directory(t);
  const copy = store(join(home, "copy.db"), 40);
  const file = join(home, "a.db");
  await killed(
    await child(t, "globalThis.db = openWriter(file, { durability: 'durable' }); fill(db, 1, 50);", file),
  );
  const kept = `${file}.bak`;
  assert.deepEqual(await restore(copy, file), { messages: 40, waiting: 36, dead: 4, kept });
  assert.equal(describe(file).messages, 40);
  assert.equal(Owner.of(file), undefined);
  assert.equal(describe(kept).messages, 50, "the old file has what stood in its -wal");
  assert.equal((await restore(copy, file)).kept, `${file}.bak2`);
  const before = readdirSync(home).filter((name) => name.includes("bak"));
  assert.equal((await restore(copy, file, { keep: false })).kept, undefined);
  assert.deepEqual(
    readdirSync(home).filter((name) => name.includes("bak")),
    before,
  );
  assert.deepEqual(await check(file), sound(40));
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.equal((await restore(copy, join(home, "new.db"))).kept, undefined);
});

test("restore replaces a damaged file, and one that lost a part, and keeps what is left of it", async (t) => {
  const home = directory(t);
  const copy = store(join(home, "copy.db"), 40);
  const file = join(home, "a.db");
  writeFileSync(file, "nonsense");
  writeFileSync(`${file}-wal`, "old");
  assert.equal((await restore(copy, file)).kept, `${file}.bak`);
  assert.deepEqual([statSync(`${file}.bak`).size, statSync(`${file}.bak-wal`).size], [8, 3]);
  assert.deepEqual(await check(file), sound(40));
  renameSync(file, join(home, "gone"));
  writeFileSync(`${file}-wal`, "old");
  assert.equal((await restore(copy, file)).kept, `${file}.bak2`);
  assert.deepEqual([existsSync(`${file}.bak2`), existsSync(`${file}.bak2-wal`)], [false, true]);
});

test("restore goes back from a newer release to the copy that it left", async (t) => {
  const home = directory(t);
  const copy = store(join(home, "copy.db"), 40);
  const file = meddled(store(join(home, "a.db"), 50), `PRAGMA user_version = ${VERSION + 1}`);
  assert.equal(
    codeOf(() => describe(file)),
    "HERMOD_STORE_VERSION",
  );
  await restore(copy, file);
  assert.equal(describe(file).messages, 40);
});

test("restore refuses an owned file, an open file, a damaged backup and itself, and changes nothing", async (t) => {
  const home = directory(t);
  const file = store(join(home, "a.db"), 50);
  const copy = store(join(home, "copy.db"), 40);
  const bad = meddled(store(join(home, "bad.db"), 40), "DELETE FROM message WHERE seq = 5");
  const worse = join(home, "worse.db");
  writeFileSync(worse, "nonsense");
  const before = contents(home);
  const owner = Owner.takeNow(file, 1);
  assert.equal((await failure(restore(copy, file))).code, "HERMOD_STORE_OWNED");
  owner.release();
  const damaged = await failure(restore(bad, file));
  assert.equal(damaged.code, "HERMOD_STORE_CORRUPT");
  assert.match(damaged.message, /1 waiting without their message/);
  assert.equal((await failure(restore(worse, file))).code, "HERMOD_STORE_CORRUPT");
  assert.equal((await failure(restore(file, file))).code, "HERMOD_BAD_OPTION");
  const stopped = restore(copy, file, { signal: AbortSignal.abort() });
  assert.equal((await failure(stopped)).code, "HERMOD_CANCELLED");
  const reader = openReader(file);
  reader.exec("BEGIN");
  reader.prepare("SELECT count(*) FROM message").get();
  assert.equal((await failure(restore(copy, file))).code, "HERMOD_STORE_OWNED");
  reader.close();
  const after = contents(home);
  for (const name of Object.keys(before)) assert.equal(after[name], before[name], name);
  assert.deepEqual(
    Object.keys(after).filter((name) => /restore$|bak/.test(name)),
    [],
  );
});

test("a file that came without its -wal is restored only when that is asked for", async (t) => {
  const home = directory(t);
  const file = join(home, "a.db");
  const code = "globalThis.db = openWriter(file, { durability: 'durable' }); fill(db, 1, 50);";
  store(file, 0);
  await killed(await child(t, code, file));
  for (const part of ["-wal", "-shm"]) rmSync(`${file}${part}`);
  const moved = join(home, "moved.db");
  renameSync(file, moved);
  assert.equal((await failure(restore(moved, file))).code, "HERMOD_STORE_CORRUPT");
  assert.equal((await restore(moved, file, { incomplete: true })).messages, 0);
  assert.deepEqual(await check(file), sound(0));
});

test("compact gives space back, keeps all messages, and needs the file for itself", async (t) => {
  const file = store(join(directory(t), "a.db"), 5000);
  const db = openWriter(file, { durability: "fast" });
  db.exec(
    "DELETE FROM waiting WHERE seq > 100; DELETE FROM dead WHERE seq > 100; DELETE FROM message WHERE seq > 100",
  );
  closeWriter(db);
  const owner = Owner.takeNow(file, 1);
  assert.equal((await failure(compact(file))).code, "HERMOD_STORE_OWNED");
  owner.release();
  const reader = openReader(file);
  const steps: string[] = [];
  const { before, after } = await compact(file, {
    onProgress: ({ step, done }) => void (done && steps.push(step)),
  });
  assert.equal(Owner.of(file), undefined);
  assert.ok(after < before / 5, `${before} to ${after}`);
  assert.equal(statSync(file).size, after);
  assert.deepEqual(steps, ["check", "words", "vacuum", "verify"]);
  assert.equal(reader.prepare("SELECT count(*) AS n FROM message").get()?.["n"], 100, "a reader stays");
  reader.close();
  assert.deepEqual(await check(file), sound(100));
  assert.equal(describe(file).durability, "fast");
  assert.equal((await failure(compact(`${file}.none`))).code, "HERMOD_STORE_READONLY");
  assert.equal(existsSync(`${file}.none`), false);
});

test("migrate says from which version to which, and needs a file and no owner", async (t) => {
  const file = store(join(directory(t), "a.db"), 5);
  assert.deepEqual(await migrate(file), { from: VERSION, to: VERSION });
  assert.equal(Owner.of(file), undefined);
  const owner = Owner.takeNow(file, 1);
  assert.equal((await failure(migrate(file))).code, "HERMOD_STORE_OWNED");
  owner.release();
  assert.equal((await failure(migrate(`${file}.none`))).code, "HERMOD_STORE_READONLY");
});

test("check finds each way in which rows can fail to belong together, and says what it is", async (t) => {
  const home = directory(t);
  const cases: readonly (readonly [string, string, RegExp])[] = [
    ["DELETE FROM message WHERE seq = 5", "waiting", /^1 waiting without their message/],
    ["DELETE FROM mailbox", "mailboxes", /^18 waiting in a mailbox that does not exist/],
    ["DELETE FROM message WHERE seq = 10", "dead", /^1 dead letters without/],
    ["UPDATE message SET source = 99, body = NULL WHERE seq = 7", "copies", /^1 copies of a published/],
    ["UPDATE message SET body = '[' WHERE seq = 7", "messages", /^1 messages that cannot be read/],
    ["UPDATE message SET body = '[1,\"m8\"]' WHERE seq = 7", "messages", /^1 messages that cannot be read/],
    ["UPDATE message SET body = NULL WHERE seq = 7", "messages", /^1 messages that cannot be read/],
    ["INSERT INTO fate (seq, step, state, number) VALUES (99, 1, 'done', 1)", "fates", /^1 ends of messages/],
    ["INSERT INTO state VALUES ('a', 1, '{', 'a')", "states", /^1 states of agents/],
  ];
  for (const [sql, name, text] of cases) {
    const file = meddled(store(join(home, "a.db"), 20), sql);
    const { ok, findings } = await check(file);
    assert.deepEqual([ok, findings.map((finding) => finding.check)], [false, [name]], sql);
    assert.match(findings[0]?.text ?? "", text);
    for (const part of ["", "-wal", "-shm"]) rmSync(`${file}${part}`, { force: true });
  }
});

test("check reports a file that cannot be opened, and counts nothing in it", async (t) => {
  const home = directory(t);
  const file = join(home, "a.db");
  writeFileSync(file, "nonsense");
  const { ok, findings, messages } = await check(file);
  assert.deepEqual([ok, messages, findings.map((finding) => finding.check)], [false, undefined, ["file"]]);
  assert.match(findings[0]?.text ?? "", /is no database/);
  assert.equal((await failure(check(join(home, "none.db")))).code, "HERMOD_STORE_READONLY");
});

test("options are checked by name", async (t) => {
  const file = store(join(directory(t), "a.db"), 5);
  const moves = [
    (options: object) => backup(file, `${file}.copy`, options),
    (options: object) => restore(file, `${file}.copy`, options),
    (options: object) => compact(file, options),
    (options: object) => check(file, options),
    (options: object) => migrate(file, options),
  ];
  for (const move of moves)
    for (const options of [{ onProgres: () => 1 }, { onProgress: 5 }, { signal: {} }])
      assert.equal((await failure(move(options))).code, "HERMOD_BAD_OPTION");
  assert.equal(
    codeOf(() => describe(file, { deep: true })),
    "HERMOD_BAD_OPTION",
  );
  assert.equal(
    (await failure(restore(file, `${file}.copy`, { keep: "no" as never }))).code,
    "HERMOD_BAD_OPTION",
  );
});
