/** What users of others suffered with one inbox: lost messages, read marks before the work, deadlocks, messages taken too early. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { agent } from "hermod";
import { testClock } from "hermod/testing";
import { caught, Gate } from "../runtime/stage.ts";
import { EACH, SENDERS } from "./inbox.scenes.ts";
import { here, killedAt, newFile } from "./life.kit.ts";

test("10,000 parallel sends of sixteen agents into one mailbox are all there after a kill, each sender's in its order", async (t) => {
  const file = newFile(t);
  const life = await killedAt(t, "inbox.crowded", file, "confirmed");
  assert.equal(await life.until("confirmed"), String(SENDERS * EACH));
  const { system } = await here(t, file, { pull: ["inbox"] });
  const got: number[][] = Array.from({ length: SENDERS }, () => []);
  for (const delivery of await system.mailbox("inbox").receiveAll()) {
    const [sender, n] = String(delivery.envelope.payload).split(" ").map(Number) as [number, number];
    got[sender]?.push(n);
  }
  const all = Array.from({ length: EACH }, (_, n) => n);
  for (const each of got) assert.deepEqual(each, all);
});

test("a message counts as read when its handler's work is committed, and not when it was handed over", async (t) => {
  const gate = new Gate();
  const worker = agent("worker", { on: { notification: () => gate.passed } });
  const { system, spy } = await here(t, newFile(t), { agents: [worker] });
  const { id } = await system.cast("worker", "do", 1);
  const state = async (): Promise<unknown> =>
    (await system.history({ where: `id:${id}` })).items.map((item) => item.state);
  await spy.seen("delivery.started");
  assert.deepEqual(await state(), ["running"]);
  gate.open();
  await spy.seen("delivery.settled");
  assert.deepEqual(await state(), ["done"]);
});

test("an agent is given what it can start now, and the rest waits for whoever comes first", async (t) => {
  const gate = new Gate();
  const worker = agent("worker", { concurrency: 3, on: { notification: () => gate.passed } });
  const { system, spy } = await here(t, newFile(t), { agents: [worker] });
  await Promise.all(Array.from({ length: 10 }, (_, n) => system.cast("worker", "do", n)));
  await spy.seen("delivery.started", () => spy.of("delivery.started").length === 3);
  const waiting = (await system.mailbox("worker").peek()).map(({ payload }) => payload);
  assert.deepEqual(waiting, [3, 4, 5, 6, 7, 8, 9]);
  assert.equal(spy.of("delivery.started").length, 3);
  gate.open();
});

test("mailboxes with room for one message neither lock each other at the start nor lose anything", async (t) => {
  const heard: unknown[] = [];
  const capacity = { count: 1, overflow: "wait" } as const;
  const one = agent("one", {
    capacity,
    on: { notification: async (payload, ctx) => void (await ctx.cast("two", "pass", payload)) },
  });
  const two = agent("two", { capacity, on: { notification: (payload) => void heard.push(payload) } });
  const { system } = await here(t, newFile(t), { agents: [one, two] });
  const numbers = Array.from({ length: 50 }, (_, n) => n);
  await Promise.all(numbers.map((n) => system.cast("one", "do", n)));
  await system.drain({ waiting: true });
  assert.deepEqual(heard, numbers);
});

test("two agents with room for one message that wait for each other's room are told so in time", async (t) => {
  const told: string[] = [];
  const clock = testClock();
  const polite = (name: string, other: string) =>
    agent(name, {
      capacity: { count: 1, overflow: "wait" },
      retry: { retries: 0 },
      on: {
        notification: async (_, ctx) => {
          for (let n = 0; n < 3; n++) {
            const sent = ctx.cast(other, "pass", n).then(() => "sent");
            const answer = await sent.catch((error: { code: string }) => error.code);
            if (answer !== "sent") return void told.push(answer);
          }
        },
      },
    });
  const agents = [polite("one", "two"), polite("two", "one")];
  const { system } = await here(t, newFile(t), { agents, clock, file: { thread: false } });
  await Promise.all([system.cast("one", "do", 0), system.cast("two", "do", 0)]);
  await clock.advance("31s");
  assert.ok(told.length >= 1);
  assert.deepEqual([...new Set(told)], ["HERMOD_OVERLOADED"]);
});

test("a message to an agent that nobody knows is refused at once, with the nearest names, and is nowhere", async (t) => {
  const { system } = await here(t, newFile(t), { pull: ["critic"] });
  const error = await caught(system.cast("critik", "do", 1));
  assert.equal(error.code, "HERMOD_NO_AGENT");
  assert.match(`${error.message} ${error.hint}`, /critic/);
  assert.deepEqual((await system.history({ where: "state:waiting" })).items, []);
});
