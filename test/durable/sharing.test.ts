/** What users of others suffered with several programs on one file: "database is locked", a log without end, two owners. */
import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { agent, start } from "hermod";
import { sqlite } from "hermod/sqlite";
import { testClock } from "hermod/testing";
import { caught, Gate } from "../runtime/stage.ts";
import { here, Life, newFile } from "./life.kit.ts";

const MIB = 2 ** 20;

test("while other processes read the file all the time nobody hears that it is locked, and its log stays bounded", async (t) => {
  const file = newFile(t);
  let handled = 0;
  const worker = agent("worker", { concurrency: 50, on: { notification: () => void handled++ } });
  const { system, spy } = await here(t, file, { agents: [worker], file: { durability: "fast" } });
  const readers = [1, 2, 3].map(() => Life.begin(t, "sharing.reading", file));
  await Promise.all(readers.map((reader) => reader.until("look")));
  const text = "x".repeat(100_000);
  // 80 MB in all: five times what the log may hold before it begins anew.
  for (let round = 0; round < 40; round++)
    await Promise.all(Array.from({ length: 20 }, () => system.cast("worker", "do", text)));
  await system.drain({ waiting: true });
  const looks = readers.map(({ said }) => said.length);
  assert.equal(handled, 800);
  assert.deepEqual(spy.of("store.failed"), []);
  assert.ok(statSync(`${file}-wal`).size <= 64 * MIB, `${statSync(`${file}-wal`).size} bytes`);
  assert.ok(
    looks.every((count) => count > 1),
    String(looks),
  );
  await Promise.all(readers.map((reader) => reader.kill()));
});

test("another program that locks the file to write is named, senders hear of it, and all goes on when it is done", async (t) => {
  const file = newFile(t);
  const gate = new Gate();
  const clock = testClock();
  const worker = agent("worker", { on: { notification: () => gate.passed } });
  const { system, spy } = await here(t, file, { agents: [worker], clock, file: { thread: false } });
  await system.cast("worker", "do", 1);
  await clock.settle();
  const browser = new DatabaseSync(file, { timeout: 5000 });
  browser.exec("BEGIN IMMEDIATE");
  const refused = await caught(system.cast("worker", "do", 2));
  assert.deepEqual([refused.code, refused.retryable], ["HERMOD_STORE", true]);
  assert.match(`${refused.message} ${refused.hint}`, /another program.*database browser/);
  gate.open();
  // It is tried again meanwhile, and lists of the history are not filled.
  await clock.advance(250);
  assert.equal(spy.of("delivery.settled").length, 0);
  browser.exec("ROLLBACK");
  browser.close();
  await clock.advance(250);
  await system.cast("worker", "do", 3);
  await clock.settle();
  const said = (await system.history({ agent: "worker" })).items;
  assert.deepEqual(
    said.map(({ envelope, state }) => [envelope.payload, state]),
    [
      [1, "done"],
      [3, "done"],
    ],
  );
});

test("a second system on the file is refused by the name of the owner, in this process and in another one", async (t) => {
  const file = newFile(t);
  await here(t, file);
  const refused = await caught(start({ store: sqlite(file, { openTimeout: 0 }) }));
  assert.equal(refused.code, "HERMOD_STORE_OWNED");
  assert.match(refused.message, new RegExp(`is owned by process ${process.pid} on host`));
  assert.match(refused.hint, /\w\.$/);
  const other = Life.begin(t, "inbox.forgotten", file);
  assert.equal(await other.ended, 1);
  assert.deepEqual(other.said, []);
});
