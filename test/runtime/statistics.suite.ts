/** Statistics: exact numbers of router, deliveries and mailboxes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { agent } from "hermod";
import { Jobs, failure, given } from "./pull.kit.ts";
import { Gate, lettersOf, type On } from "./stage.ts";

const plain = { retries: 2, base: "1s", factor: 1, jitter: "none" } as const;
const sink = agent("sink", { on: { notification: () => undefined, request: (payload) => payload } });

export function statisticsSuite(name: string, on: On): void {
  test(`${name}: three acked and two failed are rates of 0.6 and 0.4, and attempts are averaged [82]`, async () => {
    await using stage = await on({ pull: [{ from: Jobs, retry: plain }] });
    const { system, clock } = stage;
    const jobs = system.mailbox(Jobs);
    const before = (await system.stats()).delivery;
    assert.deepEqual([before.successRate, before.failureRate, before.averageAttempts], [0, 0, 0]);
    for (const n of [1, 2, 3, 4, 5]) await system.cast(Jobs, "tag", { n });
    const [first, second, third, fourth, fifth] = await jobs.receiveAll();
    for (const held of [first, second, third]) await given(held).ack();
    await given(fourth).reject("no");
    await given(fifth).nack();
    const pending = (await system.stats()).delivery;
    assert.deepEqual([pending.acknowledged, pending.failed, pending.retried, pending.pending], [3, 1, 1, 1]);
    for (let attempt = 2; attempt <= 3; attempt++) {
      await clock.advance("1s");
      await given(await jobs.tryReceive()).nack();
    }
    const { successRate, failureRate, averageAttempts, ...counts } = (await system.stats()).delivery;
    assert.deepEqual([successRate, failureRate, averageAttempts], [0.6, 0.4, 1.4]);
    const expected = {
      delivered: 7,
      acknowledged: 3,
      failed: 2,
      retried: 2,
      dead: 2,
      lateReplies: 0,
      pending: 0,
      running: 0,
    };
    assert.deepEqual(counts, expected);
  });

  test(`${name}: the router counts what it routed, delivered and failed, and its active routes [81]`, async () => {
    await using stage = await on();
    const { system, clock } = stage;
    assert.deepEqual((await system.stats()).router, {
      routed: 0,
      delivered: 0,
      failed: 0,
      duplicates: 0,
      routes: 0,
    });
    const running = await system.spawn(sink);
    assert.equal((await system.stats()).router.routes, 1);
    await system.cast("sink", "a", 1, { key: "k" });
    await system.cast("sink", "a", 1, { key: "k" });
    await failure("HERMOD_CONFLICT", system.cast("sink", "a", 2, { key: "k" }));
    await failure("HERMOD_NO_AGENT", system.cast("skin", "a", 1));
    await clock.settle();
    assert.deepEqual((await system.stats()).router, {
      routed: 1,
      delivered: 1,
      failed: 2,
      duplicates: 1,
      routes: 1,
    });
    await running.stop();
    assert.equal((await system.stats()).router.routes, 0);
    await failure("HERMOD_NO_AGENT", system.cast("sink", "a", 1));
    assert.equal((await system.stats()).router.failed, 3);
  });

  test(`${name}: a reply is routed too, and a call that waits is counted until it ends`, async () => {
    const gate = new Gate();
    const slow = agent("slow", { on: { request: () => gate.passed } });
    await using stage = await on({ agents: [slow] });
    const { system, clock } = stage;
    const asked = system.call("slow", "wait", null);
    await clock.settle();
    const waiting = await system.stats();
    assert.deepEqual([waiting.calls.waiting, waiting.delivery.running, waiting.router.routed], [1, 1, 1]);
    gate.open();
    await asked;
    await clock.settle();
    const over = await system.stats();
    assert.deepEqual([over.calls.waiting, over.delivery.running, over.router.routed], [0, 0, 2]);
    assert.equal(over.delivery.successRate, 1);
  });

  test(`${name}: each mailbox tells what it received and processed, what waits, and how long handling takes [41]`, async () => {
    const worker = agent("worker", { on: { notification: () => gate.passed } });
    let gate = new Gate();
    await using stage = await on({ agents: [worker], pull: [Jobs] });
    const { system, clock } = stage;
    const began = clock.now();
    await system.cast("worker", "work", 1);
    await system.cast("worker", "work", 2);
    await clock.advance("3s");
    const busy = await system.mailbox("worker").stats();
    assert.deepEqual([busy.received, busy.processed, busy.waiting, busy.running], [2, 0, 1, 1]);
    assert.deepEqual(
      [busy.averageMs, busy.lastReceivedAt, busy.lastProcessedAt],
      [undefined, began, undefined],
    );
    gate.open();
    await clock.settle();
    gate = new Gate();
    const idle = await system.mailbox("worker").stats();
    assert.deepEqual([idle.received, idle.processed, idle.waiting, idle.running], [2, 2, 0, 0]);
    assert.deepEqual(
      [idle.averageMs, idle.lastReceivedAt, idle.lastProcessedAt],
      [3000, began + 3000, began + 3000],
    );
    const all = (await system.stats()).mailboxes.map(({ mailbox }) => mailbox);
    assert.deepEqual(all.toSorted(), ["jobs", "worker"]);
  });

  test(`${name}: the numbers of a pulled mailbox follow its deliveries, and handling is the time between take and settlement`, async () => {
    await using stage = await on({ pull: [{ from: Jobs, retry: plain }] });
    const { system, clock } = stage;
    const jobs = system.mailbox(Jobs);
    for (const n of [1, 2, 3]) await system.cast(Jobs, "tag", { n });
    await clock.advance("1h");
    const held = given(await jobs.receive());
    await clock.advance("4s");
    await held.ack();
    await given(await jobs.receive()).nack();
    await given(await jobs.receive()).reject("no");
    const { received, processed, failed, retried, dead, waiting, delayed, averageMs } = await jobs.stats();
    assert.deepEqual(
      { received, processed, failed, retried, dead },
      { received: 3, processed: 1, failed: 1, retried: 1, dead: 1 },
    );
    assert.deepEqual({ waiting, delayed, averageMs }, { waiting: 0, delayed: 1, averageMs: 4000 / 3 });
  });

  test(`${name}: processing time is the handler's, not the wait before it`, async () => {
    const gates = [new Gate(), new Gate()];
    const worker = agent("worker", { on: { notification: (payload) => gates[payload as number]?.passed } });
    await using stage = await on({ agents: [worker] });
    const { system, clock } = stage;
    await system.cast("worker", "work", 0);
    await clock.advance("2s");
    await system.cast("worker", "work", 1);
    gates[0]?.open();
    await clock.settle();
    assert.equal((await system.mailbox("worker").stats()).averageMs, 2000);
    await clock.advance("9s");
    gates[1]?.open();
    await clock.settle();
    // Only every 16th is measured: the first one is.
    assert.equal((await system.mailbox("worker").stats()).averageMs, 2000);
  });

  test(`${name}: a mailbox's numbers show delayed messages, bytes and its oldest message`, async () => {
    await using stage = await on({ pull: [Jobs] });
    const { system, clock } = stage;
    const jobs = system.mailbox(Jobs);
    const first = await system.cast(Jobs, "note", { text: "abc" });
    await clock.advance("1s");
    const { size } = await system.cast(Jobs, "note", { text: "abcd" });
    const full = await jobs.stats();
    assert.deepEqual([full.waiting, full.bytes, full.oldestSentAt], [2, first.size + size, first.sentAt]);
    await given(await jobs.receive()).ack();
    assert.equal((await jobs.stats()).bytes, size);
    await given(await jobs.receive()).nack({ delay: "1h" });
    const { waiting, delayed, running, served } = await jobs.stats();
    assert.deepEqual(
      { waiting, delayed, running, served },
      { waiting: 0, delayed: 1, running: 0, served: true },
    );
  });

  test(`${name}: what expires or is dropped while it waits is counted dead`, async () => {
    await using stage = await on({ pull: [{ from: Jobs, capacity: { count: 1, overflow: "drop-oldest" } }] });
    const { system, clock } = stage;
    await system.cast(Jobs, "tag", { n: 1 });
    await system.cast(Jobs, "tag", { n: 2 }, { timeout: "1s" });
    await clock.advance("2s");
    assert.equal(await system.mailbox(Jobs).tryReceive(), undefined);
    assert.deepEqual(
      (await lettersOf(system)).map(({ reason }) => reason),
      ["overflow", "expired"],
    );
    assert.equal((await system.stats()).delivery.dead, 2);
    assert.equal((await system.mailbox(Jobs).stats()).dead, 2);
  });

  test(`${name}: five agents that write to all others have twenty messages delivered`, async () => {
    const names = ["a", "b", "c", "d", "e"];
    const agents = names.map((own) =>
      agent(own, {
        on: {
          request: (_payload, ctx) =>
            Promise.all(
              names.filter((other) => other !== own).map((other) => ctx.cast(other, "hello", own)),
            ).then(() => null),
          notification: () => undefined,
        },
      }),
    );
    await using stage = await on({ agents });
    const { system, clock } = stage;
    await Promise.all(names.map((own) => system.call(own, "go", null)));
    await clock.settle();
    const mailboxes = (await system.stats()).mailboxes.map(({ processed }) => processed);
    assert.deepEqual(mailboxes, [5, 5, 5, 5, 5]);
    const { delivered, failed } = (await system.stats()).delivery;
    assert.deepEqual({ delivered, failed }, { delivered: 25, failed: 0 });
  });

  test(`${name}: a hundred quick sends are a hundred deliveries and no failure`, async () => {
    await using stage = await on({ agents: [sink] });
    const { system, clock } = stage;
    await Promise.all(Array.from({ length: 100 }, (_, n) => system.cast("sink", "quick", n)));
    await clock.settle();
    const { router, delivery } = await system.stats();
    assert.deepEqual([router.routed, router.delivered, router.failed], [100, 100, 0]);
    assert.deepEqual([delivery.acknowledged, delivery.failed, delivery.successRate], [100, 0, 1]);
  });
}
