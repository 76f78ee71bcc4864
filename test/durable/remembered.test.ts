/** What a killed process leaves behind is remembered: states, subscriptions by name, idempotency keys, and nothing half done. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { agent } from "hermod";
import { caught, only } from "../runtime/stage.ts";
import { here, killedAt, newFile } from "./life.kit.ts";

test("an agent's state and its version are the last committed ones after a kill, and the next change builds on them", async (t) => {
  const file = newFile(t);
  const life = await killedAt(t, "remembered.counted", file, "fourth");
  const version = Number(await life.until("version"));
  const seen: number[] = [];
  const counter = agent("counter", {
    state: () => ({ count: 0 }),
    on: { notification: (_, ctx) => void seen.push(++ctx.state.count) },
  });
  const { system, store } = await here(t, file);
  assert.deepEqual(await store.load("counter"), { version, json: '{"count":3}' });
  await system.spawn(counter);
  await system.drain({ waiting: true });
  assert.deepEqual(seen, [4], "the fourth is counted once");
  const after = await store.load("counter");
  assert.equal(after?.json, '{"count":4}');
  assert.ok((after?.version as number) > version);
});

test("a subscription by name gets what was published after a kill, while nobody listened, and nothing twice", async (t) => {
  const file = newFile(t);
  await killedAt(t, "remembered.subscribed", file, "heard");
  await killedAt(t, "remembered.published", file, "published");
  const { system } = await here(t, file);
  const heard: unknown[] = [];
  await system.subscribe("tide.*", (event) => void heard.push(event), { durable: "log" });
  await system.publish("tide.low", 5);
  await system.drain({ waiting: true });
  // The first was being heard when its process was killed.
  assert.deepEqual(heard.slice(-4), [2, 3, 4, 5]);
  assert.ok(heard.length === 4 || heard[0] === 1, String(heard));
  assert.deepEqual((await system.deadLetters.list()).items, []);
});

test("an idempotency key is recognised after a kill, of what waits and of what is done: once is enough, and other content is a conflict [(35)]", async (t) => {
  const file = newFile(t);
  const life = await killedAt(t, "remembered.keyed", file, "done");
  const { system, spy } = await here(t, file, { pull: ["desk", "worker"] });
  for (const [to, name] of [
    ["desk", "waiting"],
    ["worker", "done"],
  ] as const) {
    const again = await system.cast(to, "file", { ticket: 1 }, { key: "monday" });
    assert.equal(again.id, await life.until(name), "the first one's id");
    const conflict = await caught(system.cast(to, "file", { ticket: 2 }, { key: "monday" }));
    assert.equal(conflict.code, "HERMOD_CONFLICT");
    const other = await system.cast(to, "file", { ticket: 2 }, { key: "tuesday" });
    assert.notEqual(other.id, again.id);
  }
  assert.equal(spy.of("message.duplicated").length, 2);
  assert.equal((await system.mailbox("desk").peek()).length, 2);
  assert.equal((await system.mailbox("worker").peek()).length, 1);
});

test("a transactional handler that is killed before its end leaves neither outputs nor state, and is run again under the same key [(35)]", async (t) => {
  const file = newFile(t);
  const life = await killedAt(t, "remembered.halfDone", file, "key");
  const { system, store, spy } = await here(t, file, { pull: ["ledger"] });
  assert.deepEqual(await system.mailbox("ledger").peek(), []);
  assert.equal(await store.load("clerk"), undefined);
  assert.equal(only((await system.history()).items).envelope.to, "clerk");
  const heard: unknown[] = [];
  await system.subscribe("orders.*", (event) => void heard.push(event), { durable: "log" });
  const keys: string[] = [];
  await system.spawn(
    agent("clerk", {
      state: () => ({ orders: [] as unknown[] }),
      on: {
        notification: async (payload, ctx) => {
          keys.push(ctx.idempotencyKey);
          ctx.state.orders.push(payload);
          await ctx.cast("ledger", "book", payload);
          await ctx.publish("orders.made", payload);
        },
      },
    }),
  );
  await spy.seen("delivery.settled", ({ agent: by }) => by === "log");
  assert.deepEqual(keys, [await life.until("key")]);
  assert.equal(only(await system.mailbox("ledger").peek()).payload, 7);
  assert.equal((await store.load("clerk"))?.json, '{"orders":[7]}');
  assert.deepEqual(heard, [7]);
});
