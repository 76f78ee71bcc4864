/** What users of others suffered with long times: jobs run twice that block their process, delays of a month that fire at once. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { agent } from "hermod";
import { testClock } from "hermod/testing";
import { only } from "../runtime/stage.ts";
import { here, newFile } from "./life.kit.ts";

test("a handler that keeps its process busy for longer than its lease runs once, and its ack counts", async (t) => {
  let runs = 0;
  const worker = agent("worker", {
    lease: "1s",
    concurrency: 2,
    on: {
      notification: async () => {
        runs++;
        const until = performance.now() + 1300;
        while (performance.now() < until);
        // It goes on after the timers that were due meanwhile.
        await new Promise((resolve) => setTimeout(resolve, 1));
      },
    },
  });
  const { system, spy } = await here(t, newFile(t), { agents: [worker] });
  await system.cast("worker", "think", 1);
  await system.drain({ waiting: true });
  assert.deepEqual([runs, spy.of("lease.expired").length], [1, 0]);
  const { state, attempts } = only((await system.history()).items);
  assert.deepEqual(
    [state, attempts.map(({ number, outcome }) => `${number} ${outcome}`)],
    ["done", ["1 acked"]],
  );
});

test("a message that is put off for sixty days is not handed out at once, holds no process, and comes on its day", async (t) => {
  const file = newFile(t);
  const first = await here(t, file, { pull: ["desk"] });
  const { system: early } = first;
  await early.cast("desk", "do", "later");
  await (await early.mailbox("desk").receive())?.nack({ delay: "60d" });
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(await early.mailbox("desk").tryReceive(), undefined);
  const { dueAt } = only(await early.mailbox("desk").delayed());
  await early.close();
  const clock = testClock(Date.now());
  const { system } = await here(t, file, { pull: ["desk"], clock, file: { thread: false } });
  const received = system.mailbox("desk").receive();
  await clock.advance("59d");
  assert.equal(only(await system.mailbox("desk").delayed()).dueAt, dueAt);
  await clock.advance("1d");
  const delivery = await received;
  assert.deepEqual([delivery?.envelope.payload, delivery?.attempt], ["later", 2]);
  await delivery?.ack();
});

test("a wall clock that is set back or forward takes no lease from who works and hands nothing out twice", async (t) => {
  const clock = testClock();
  const gate = Promise.withResolvers<void>();
  let runs = 0;
  const worker = agent("worker", { on: { notification: () => (runs++, gate.promise) } });
  const { system, spy } = await here(t, newFile(t), { agents: [worker], clock, file: { thread: false } });
  await system.cast("worker", "think", 1);
  await clock.advance("5s");
  for (const hours of [1, -3, 48, -24]) {
    clock.jump(hours * 3_600_000);
    await clock.advance("1m");
  }
  assert.deepEqual([runs, spy.of("lease.expired").length], [1, 0]);
  gate.resolve();
  await clock.settle();
  assert.equal(only((await system.history()).items).state, "done");
});
