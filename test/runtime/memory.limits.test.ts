/** What the runtime does at the limits of the memory store: where it cannot spill, and when all mailboxes together are full. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { OverloadedError, agent, memory, start } from "hermod";
import { testSystem } from "hermod/testing";
import { caught } from "./stage.ts";

const spilling = agent("spilling", { capacity: { count: 1, overflow: "spill" }, on: {} });

test("memory has nowhere to spill to: the agent is refused, with what to choose instead", async () => {
  const error = await caught(testSystem({ agents: [spilling] }));
  assert.equal(error.code, "HERMOD_UNSUPPORTED");
  assert.match(error.hint, /durable store/);
  await using stage = await testSystem();
  assert.equal((await caught(stage.system.spawn(spilling))).code, "HERMOD_UNSUPPORTED");
  assert.deepEqual(stage.system.agents(), []);
  await stage.system.spawn(agent("spilling", { on: {} }));
});

test("a budget bounds what waits in all mailboxes together, and notices and replies pass", async () => {
  const heard: unknown[] = [];
  const held = agent("held", { on: { request: () => "reply", info: (notice) => void heard.push(notice) } });
  await using stage = await testSystem({ agents: [held], store: memory({ budget: 1000 }) });
  const { system, clock } = stage;
  await system.cast("away", "", "x".repeat(500), { hold: true });
  const call = system.call("held", "", "x".repeat(400));
  const error = await caught(system.cast("gone", "", "x".repeat(600), { hold: true }));
  assert.ok(error instanceof OverloadedError);
  assert.deepEqual(error.details, { to: "gone", limit: "store", most: 1000 });
  await system.info("held", "x".repeat(2000));
  assert.equal(await call, "reply");
  await clock.settle();
  assert.equal(heard.length, 1);
});

test("what waits is bounded by default: 256 MiB, and then Overloaded [(34)]", async () => {
  await using system = await start();
  const payload = "x".repeat(262_142);
  for (let at = 0; at < 1024; at++) await system.cast("away", "", payload, { hold: true });
  const error = await caught(system.cast("away", "", payload, { hold: true }));
  assert.deepEqual(error.details, { to: "away", limit: "store", most: 268_435_456 });
  assert.equal((await caught(system.cast("other", "", "x", { hold: true }))).code, "HERMOD_OVERLOADED");
});

test("what memory leaves waiting at the close is reported for each mailbox", async () => {
  const { system, spy } = await testSystem({ pull: ["jobs"] });
  await system.cast("jobs", "note", "a");
  await system.cast("jobs", "note", "b");
  await system.close();
  const abandoned = spy.of("mailbox.abandoned").map(({ mailbox, waiting }) => [mailbox, waiting]);
  assert.deepEqual(abandoned, [["jobs", 2]]);
});
