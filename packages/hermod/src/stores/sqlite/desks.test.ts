/** Killed processes leave their desks behind: a hundred of them, and not one for each kill. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { SCHEDULES, scheduleAddress, toAddress, type Address } from "../../core/address.ts";
import { Bench } from "../../testing/store/bench.ts";
import { critic } from "../../testing/store/drafts.ts";
import { createEnv } from "../../testing/store/env.ts";
import { sqlite } from "../sqlite.ts";

const folder = mkdtempSync(join(tmpdir(), "hermod-"));
after(() => rmSync(folder, { recursive: true, force: true }));

async function opened(name = "desks.db"): Promise<Bench> {
  const { env, ...heard } = createEnv();
  const store = await sqlite(join(folder, name), { thread: false })(env);
  return new Bench(store, heard, () => heard.clock.settle());
}

const desk = (at: number): Address => toAddress(`~system${at}`);

test("of the desks that are left behind the newest hundred stay, with what waits in them", async () => {
  const bench = await opened();
  await bench.announce();
  for (let at = 0; at < 120; at++) {
    await bench.announce({}, desk(at));
    await bench.send({ id: `reply ${at}`, verb: "reply", to: desk(at) });
  }
  await bench.send({ id: "work" });
  await bench.store.close();
  const again = await opened();
  const left = again.store.directory();
  assert.deepEqual(left, [critic, ...Array.from({ length: 100 }, (_, at) => desk(20 + at))]);
  assert.deepEqual(await again.waiting(desk(20)), ["reply 20"]);
  assert.deepEqual(await again.waiting(), ["work"]);
  const { items } = await again.store.read({ type: "history", limit: 200 });
  assert.deepEqual([items.length, items[0]?.envelope.id, items[0]?.state], [121, "reply 0", "failed"]);
  await again.store.close();
});

test("what keeps the schedules is no desk: it stays, with the times that wait in it", async () => {
  const bench = await opened("schedules.db");
  await bench.announce({}, SCHEDULES);
  const notBefore = bench.clock.now() + 1000;
  await bench.send({ id: "tick", to: scheduleAddress("mail"), notBefore });
  for (let at = 0; at < 120; at++) await bench.announce({}, desk(at));
  await bench.store.close();
  const again = await opened("schedules.db");
  const { items } = await again.store.read({ type: "delayed", mailbox: SCHEDULES });
  assert.deepEqual(
    items.map(({ envelope, dueAt }) => [envelope.id, dueAt]),
    [["tick", notBefore]],
  );
  await again.store.close();
});
