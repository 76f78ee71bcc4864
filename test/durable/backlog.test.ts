/** A process is killed with messages waiting, running, failed and dead: the next one goes on where it stopped. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { agent } from "hermod";
import { testClock } from "hermod/testing";
import { only } from "../runtime/stage.ts";
import { here, killedAt, Life, newFile } from "./life.kit.ts";

test("after a kill all confirmed messages wait in their order: by priority, then as they were sent", async (t) => {
  const file = newFile(t);
  await killedAt(t, "backlog.filled", file, "stored");
  const { system } = await here(t, file, { pull: ["desk"] });
  const order = (await system.mailbox("desk").peek()).map(({ payload }) => payload);
  const expected = ["urgent", "normal", "low"].flatMap((each) => [0, 1, 2, 3].map((n) => `${each} ${n}`));
  assert.deepEqual(order, expected);
  const taken: unknown[] = [];
  for (let n = 0; n < 12; n++) {
    const delivery = await system.mailbox("desk").receive();
    taken.push(delivery?.envelope.payload);
    await delivery?.ack();
  }
  assert.deepEqual(taken, expected);
  assert.deepEqual(await system.mailbox("desk").peek(), []);
});

test("what ran when its process was killed is handed out at once, before what waited, and each is done once", async (t) => {
  const file = newFile(t);
  const life = await killedAt(t, "backlog.running", file, "ran");
  const [, first, key] = only(life.said).split(" ");
  const ran: [unknown, string][] = [];
  // The clock stands: no lease has to run out first.
  const clock = testClock(Date.now());
  const worker = agent("worker", {
    on: { notification: (payload, ctx) => void ran.push([payload, ctx.idempotencyKey]) },
  });
  const { system, spy } = await here(t, file, { agents: [worker], clock, file: { thread: false } });
  await clock.settle();
  assert.deepEqual(ran[0], [first, key], "the same message under the same key");
  assert.deepEqual(
    ran.map(([payload]) => payload),
    ["first", "second"],
  );
  assert.equal(spy.of("lease.expired").length, 0);
  assert.deepEqual(
    (await system.history()).items.map(({ state }) => state),
    ["done", "done"],
  );
});

test("a message that runs when its process is killed a second time has used an attempt, and its history says how", async (t) => {
  const file = newFile(t);
  for (let kill = 0; kill < 2; kill++) await killedAt(t, "backlog.running", file, "ran first");
  const { system } = await here(t, file, { pull: ["worker"] });
  const delivery = await system.mailbox("worker").receive();
  assert.deepEqual([delivery?.envelope.payload, delivery?.attempt], ["first", 2]);
  await delivery?.ack();
  const [first] = (await system.history()).items;
  assert.deepEqual(
    first?.attempts.map(({ number, outcome }) => [number, outcome]),
    [
      [1, "lease-expired"],
      [2, "acked"],
    ],
  );
});

test("a retry keeps its time, its attempt and its error over a kill [(10)]", async (t) => {
  const file = newFile(t);
  const life = await killedAt(t, "backlog.retried", file, "due");
  const due = Number(await life.until("due"));
  const clock = testClock(Date.now());
  const attempts: number[] = [];
  const { system, spy } = await here(t, file, { pull: ["worker"], clock, file: { thread: false } });
  const waiting = only(await system.mailbox("worker").delayed());
  assert.equal(waiting.dueAt, due);
  assert.deepEqual(
    waiting.attempts.map(({ number, outcome, error }) => [number, outcome, error?.message]),
    [[1, "retried", "no ink"]],
  );
  const received = system.mailbox("worker").receive();
  await clock.advance(due - clock.now() - 1);
  assert.equal(spy.of("delivery.started").length, 0, "not before its time");
  await clock.advance(1);
  const delivery = await received;
  attempts.push(delivery?.attempt as number);
  await delivery?.ack();
  assert.deepEqual(attempts, [2]);
});

test("dead letters keep their reason, error and attempts over a kill, and history tells how each message ended [(10)]", async (t) => {
  const file = newFile(t);
  await killedAt(t, "backlog.ended", file, "over");
  const { system } = await here(t, file, { pull: ["worker"] });
  const letters = (await system.deadLetters.list()).items;
  const told = letters.map(({ envelope, reason, error, attempts }) => [
    ...[envelope.payload, reason, error?.message],
    attempts.map(({ number, outcome, error: each }) => `${number} ${outcome} ${each?.message}`),
  ]);
  told.sort(([a], [b]) => (String(a) < String(b) ? -1 : 1));
  const bad = "no ink for bad";
  const worse = "no ink for worse";
  assert.deepEqual(told, [
    ["bad", "exhausted", bad, [`1 retried ${bad}`, `2 dead ${bad}`]],
    ["worse", "exhausted", worse, [`1 dead ${worse}`]],
  ]);
  const said = (await system.history()).items.map(({ envelope, state, attempts }) => [
    ...[envelope.payload, state],
    attempts.map(({ outcome }) => outcome),
  ]);
  assert.deepEqual(said, [
    ["bad", "dead", ["retried", "dead"]],
    ["worse", "dead", ["dead"]],
    ["good", "done", ["acked"]],
  ]);
  assert.equal((await system.deadLetters.redrive()).redriven, 2);
});

test("a message that kills its process is bounded by its attempts, becomes a dead letter, and its neighbours are all done", async (t) => {
  const file = newFile(t);
  const ran: string[] = [];
  let lives = 0;
  for (let ended: unknown = "SIGKILL"; ended === "SIGKILL"; lives++) {
    assert.ok(lives < 8, "it is not bounded");
    const life = Life.begin(t, "backlog.poisoned", file);
    ended = await life.ended;
    ran.push(...life.said.filter((line) => line !== "idle"));
  }
  // Three attempts are allowed; the first one's process had not ended badly yet, so it could not be told from the others.
  assert.deepEqual([ran.filter((line) => line === "ran poison").length, lives], [4, 5]);
  const { system } = await here(t, file, { pull: ["worker"] });
  const letter = only((await system.deadLetters.list()).items);
  assert.deepEqual([letter.envelope.payload, letter.reason], ["poison", "exhausted"]);
  assert.deepEqual(
    letter.attempts.map(({ number, outcome }) => [number, outcome]),
    [1, 2, 3].map((number) => [number, "lease-expired"]),
  );
  for (const { envelope, state, attempts } of (await system.history()).items)
    if (envelope.payload !== "poison")
      assert.deepEqual(
        [state, attempts.map(({ number }) => number)],
        ["done", [1]],
        String(envelope.payload),
      );
});
