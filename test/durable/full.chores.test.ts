/** A disk without room for what the store does by itself: lists, retention, checkpoints. Nobody hears of it, and it is made up for. */
import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { agent } from "hermod";
import { testClock } from "hermod/testing";
import { caught, Gate } from "../runtime/stage.ts";
import { Disk } from "./disk.kit.ts";
import { here, killedAt } from "./life.kit.ts";

test("retention and lists that find no room are made up for, and what is there stays readable meanwhile", async (t) => {
  const disk = Disk.mount(t);
  if (disk === undefined) return;
  const clock = testClock();
  const file = { thread: false, history: { age: "1h" }, dedupe: "1m" } as const;
  const { system } = await here(t, disk.file, { pull: ["desk"], clock, file });
  for (let n = 0; n < 20; n++) {
    await system.cast("desk", "do", `old ${n}`);
    await (await system.mailbox("desk").receive())?.ack();
  }
  await clock.advance("2h");
  disk.fill();
  for (let n = 0; n < 3; n++)
    assert.equal((await caught(system.cast("desk", "do", "new"))).code, "HERMOD_STORE_FULL");
  await clock.advance("1s");
  assert.equal((await system.history({ where: '"old"' })).items.length, 20);
  disk.free();
  // What was passed over is looked at again ten minutes later.
  await clock.advance("11m");
  for (let n = 0; n < 3; n++) await system.cast("desk", "do", `new ${n}`);
  await clock.settle();
  assert.equal((await system.history()).items.length, 3);
  assert.equal((await system.history({ where: '"new"' })).items.length, 3);
});

test("a checkpoint that finds no room takes nothing back that was confirmed, and is made up for when there is room", async (t) => {
  const disk = Disk.mount(t, 48);
  if (disk === undefined) return;
  const clock = testClock();
  const file = { thread: false } as const;
  const { system, spy } = await here(t, disk.file, { pull: ["desk"], clock, file });
  const text = "x".repeat(200_000);
  // Room for the log, and not for the same pages in the file.
  disk.leave(21);
  let sent = 0;
  while (spy.of("store.failed").length === 0)
    await system.cast("desk", "do", { n: sent, text }).then(
      () => sent++,
      () => undefined,
    );
  const log = statSync(`${disk.file}-wal`).size;
  assert.ok(log > 2048 * 8192, "beyond the length at which the log is written back");
  assert.ok(statSync(disk.file).size < log / 2, "it could not be");
  assert.equal((await system.mailbox("desk").stats()).waiting, sent);
  disk.free();
  await clock.advance("1s");
  await system.cast("desk", "do", { n: sent++, text });
  assert.ok(statSync(disk.file).size > log / 2);
  const closing = system.close({ timeout: 0 });
  await clock.advance(0);
  await closing;
  const again = await here(t, disk.file, { pull: ["desk"], clock, file });
  const all = await again.system.mailbox("desk").peek({ limit: 1000 });
  assert.deepEqual(
    all.map(({ payload }) => (payload as { n: number }).n),
    Array.from({ length: sent }, (_, n) => n),
  );
});

test("a process that is killed when its disk was full in the midst of a checkpoint leaves a file that opens with all it confirmed", async (t) => {
  for (const megabytes of [20, 36]) {
    const disk = Disk.mount(t, megabytes);
    if (disk === undefined) return;
    const life = await killedAt(t, "disk.filling", disk.file, "full");
    const [confirmed, code] = (await life.until("full")).split(" ");
    assert.equal(code, "HERMOD_STORE_FULL");
    disk.grow(64);
    const { system } = await here(t, disk.file, { pull: ["desk"] });
    assert.equal((await system.mailbox("desk").stats()).waiting, Number(confirmed));
  }
});

test("with its threads a store comes through a full disk by itself, and one that is closed meanwhile gives its file up", async (t) => {
  const disk = Disk.mount(t);
  if (disk === undefined) return;
  const gate = new Gate();
  const ran: unknown[] = [];
  const worker = agent("worker", { on: { notification: (payload) => (ran.push(payload), gate.passed) } });
  const { system, spy } = await here(t, disk.file, { agents: [worker], pull: ["desk"] });
  await system.cast("worker", "do", 1);
  await spy.seen("delivery.started");
  await listed(disk.file);
  disk.fill();
  assert.equal((await caught(system.cast("desk", "do", 2))).code, "HERMOD_STORE_FULL");
  gate.open();
  disk.free();
  await spy.seen("delivery.settled", ({ settlement }) => settlement.type === "ack");
  await system.cast("desk", "do", 3);
  await listed(disk.file);
  disk.fill();
  assert.equal((await caught(system.cast("desk", "do", 4))).code, "HERMOD_STORE_FULL");
  assert.equal((await caught(system.close())).code, "HERMOD_STORE_FULL");
  disk.free();
  const again = await here(t, disk.file, { pull: ["desk"] });
  assert.deepEqual(
    (await again.system.mailbox("desk").peek()).map(({ payload }) => payload),
    [3],
  );
  assert.equal((await again.system.history({ agent: "worker" })).items[0]?.state, "done");
});

/** When the lists are whole, so that a thread writes nothing by itself: what it began on a full disk would leave room in the log. */
async function listed(file: string): Promise<void> {
  const db = new DatabaseSync(file, { readOnly: true });
  const behind = db.prepare(
    "SELECT (SELECT max(seq) FROM message) > (SELECT min(value) FROM meta WHERE name IN ('indexed', 'worded')) AS behind",
  );
  while (behind.get()?.["behind"] === 1) await setImmediate();
  db.close();
}
