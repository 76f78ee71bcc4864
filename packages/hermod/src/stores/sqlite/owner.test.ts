import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { HermodError } from "../../core/errors.ts";
import { codeOf, thrownBy } from "../../core/samples.test.kit.ts";
import { child, directory, killed, store } from "./file.test.kit.ts";
import { describe } from "./moves.ts";
import { Owner, ownedBy } from "./owner.ts";

const now = 1_700_000_000_000;
const own = 'globalThis.owner = Owner.takeNow(file, 1700000000000); owner.tell("ws://127.0.0.1:4747");';

async function failure(run: Promise<unknown>): Promise<HermodError> {
  const error: unknown = await run.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof HermodError);
  return error;
}

test("a file has one owner; once it gives the file up, another may take it", (t) => {
  const file = join(directory(t), "a.db");
  const owner = Owner.tryTake(file, { now });
  assert.ok(owner);
  assert.equal(owner.file, file);
  assert.equal(Owner.tryTake(file, { now }), undefined);
  assert.equal(
    codeOf(() => Owner.takeNow(file, now)),
    "HERMOD_STORE_OWNED",
  );
  owner.release();
  owner.release();
  assert.equal(Owner.of(file), undefined);
  const next = Owner.takeNow(file, now);
  owner.release();
  assert.equal(Owner.tryTake(file, { now }), undefined, "a second release must not free the next one's lock");
  next.release();
});

test("a symbolic link is the same file with the same owner", (t) => {
  const home = directory(t);
  writeFileSync(join(home, "a.db"), "");
  symlinkSync("a.db", join(home, "b.db"));
  const owner = Owner.takeNow(join(home, "b.db"), now);
  assert.equal(Owner.tryTake(join(home, "a.db"), { now }), undefined);
  assert.equal(existsSync(join(home, "b.db.owner")), false);
  owner.release();
});

test("the second one hears who owns the file, since when, and of its hub", (t) => {
  const file = join(directory(t), "a.db");
  const owner = Owner.takeNow(file, now);
  assert.deepEqual(Owner.of(file), { pid: process.pid, host: hostname(), since: now });
  owner.tell("ws://127.0.0.1:4747");
  const error = thrownBy(() => Owner.takeNow(file, now));
  assert.equal(error.code, "HERMOD_STORE_OWNED");
  assert.match(
    error.message,
    new RegExp(`process ${process.pid} on host .* since 2023-11-14T22:13:20.000Z; its hub`),
  );
  assert.match(error.hint, /ws:\/\/127\.0\.0\.1:4747/);
  const { pid, host, since, hub } = error.details;
  assert.deepEqual(
    { pid, host, since, hub },
    { pid: process.pid, host: hostname(), since: now, hub: "ws://127.0.0.1:4747" },
  );
  owner.release();
  owner.tell("ws://127.0.0.1:1");
  assert.equal(existsSync(`${file}.owner.json`), false);
});

test("it waits for the owner to end, for as long as it may and no longer", async (t) => {
  const file = join(directory(t), "a.db");
  const owner = Owner.takeNow(file, now);
  const waits: number[] = [];
  const wait = (ms: number) => Promise.resolve(void waits.push(ms));
  const error = await failure(Owner.take(file, { now, timeout: 5000, wait }));
  assert.equal(error.code, "HERMOD_STORE_OWNED");
  assert.equal(
    waits.reduce((sum, ms) => sum + ms, 0),
    5000,
  );
  assert.ok(Math.max(...waits) <= 200);
  assert.equal(
    (await failure(Owner.take(file, { now, timeout: 0, wait: () => assert.fail() }))).code,
    "HERMOD_STORE_OWNED",
  );
  let left = 3;
  const ending = async () => {
    if (--left === 0) owner.release();
  };
  const next = await Owner.take(file, { now, timeout: 5000, wait: ending });
  assert.equal(left, 0);
  next.release();
});

test("an owner that is killed leaves the file free, and what it wrote of itself misleads nobody", async (t) => {
  const file = join(directory(t), "a.db");
  const other = await child(t, own, file);
  const error = thrownBy(() => Owner.takeNow(file, now));
  assert.equal(error.details["pid"], other.pid);
  assert.equal(error.details["hub"], "ws://127.0.0.1:4747");
  await killed(other);
  assert.ok(existsSync(`${file}.owner.json`), "the crash left it");
  assert.equal(Owner.of(file), undefined);
  // What a third one reads while the new owner has the lock and has not yet written its own name.
  const stale = readFileSync(`${file}.owner.json`, "utf8");
  const owner = Owner.takeNow(file, now);
  writeFileSync(`${file}.owner.json`, stale);
  assert.deepEqual(Owner.of(file), {});
  assert.match(ownedBy(file).message, /is owned by another process$/);
  owner.release();
});

test("what stands in the place of the owner's name is not trusted", (t) => {
  const file = join(directory(t), "a.db");
  const owner = Owner.takeNow(file, now);
  for (const text of [
    "",
    "{",
    "null",
    "[]",
    '{"pid":-1,"host":"x","since":0}',
    '{"pid":1,"host":5,"since":0}',
    '{"pid":1,"host":"elsewhere","since":1e99}',
  ]) {
    writeFileSync(`${file}.owner.json`, text);
    assert.deepEqual(Owner.of(file), {}, text);
    assert.equal(
      codeOf(() => Owner.takeNow(file, now)),
      "HERMOD_STORE_OWNED",
    );
  }
  rmSync(`${file}.owner.json`);
  assert.deepEqual(Owner.of(file), {});
  owner.release();
});

test("a second process is refused while this one owns the file, and takes it afterwards", async (t) => {
  const file = join(directory(t), "a.db");
  const owner = Owner.takeNow(file, now);
  // A process that closes a file loses its locks on it: looking, trying and reading must not do that.
  assert.ok(Owner.of(file));
  assert.equal(Owner.tryTake(file, { now }), undefined);
  store(file, 1);
  assert.equal(describe(file).owner?.pid, process.pid);
  const trial = `if (Owner.tryTake(file, { now: 1 }) !== undefined) process.exit(9);
    globalThis.owner = await Owner.take(file, { now: 1, timeout: 60_000, wait: (ms) => { console.log("waits"); return new Promise((go) => setTimeout(go, ms)) } });`;
  const other = await child(t, trial, file);
  owner.release();
  await new Promise<void>((resolve) => {
    other.stdout?.on("data", (text: Buffer) => void (text.toString().includes("ready") && resolve()));
  });
  assert.equal(Owner.of(file)?.pid, other.pid);
});

test("a second thread of the process is refused as well", async (t) => {
  const file = join(directory(t), "a.db");
  const owner = Owner.takeNow(file, now);
  const code = `import { parentPort, workerData } from "node:worker_threads";
    import { Owner } from ${JSON.stringify(new URL("owner.ts", import.meta.url).href)};
    parentPort.postMessage(Owner.tryTake(workerData, { now: 1 }) === undefined)`;
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(code)}`), {
    workerData: file,
  });
  assert.deepEqual(await once(worker, "message"), [true]);
  await worker.terminate();
  assert.equal(Owner.tryTake(file, { now }), undefined);
  owner.release();
});

test("only this user may read what an owner leaves beside the file, and a link in its place is refused", (t) => {
  const home = directory(t);
  const file = join(home, "a.db");
  const owner = Owner.takeNow(file, now);
  for (const name of [".owner", ".owner.json"]) assert.equal(statSync(`${file}${name}`).mode & 0o777, 0o600);
  owner.release();
  writeFileSync(join(home, "victim"), "text");
  symlinkSync("victim", join(home, "b.db.owner"));
  assert.equal(
    codeOf(() => Owner.tryTake(join(home, "b.db"), { now })),
    "HERMOD_STORE_READONLY",
  );
  assert.equal(readFileSync(join(home, "victim"), "utf8"), "text");
});
