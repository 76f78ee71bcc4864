/** What the memory store keeps of the past, and what it forgets first. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { agent, memory, type MemoryOptions } from "hermod";
import { testSystem } from "hermod/testing";
import { failure, given } from "./pull.kit.ts";
import { lettersOf, only, saidIn } from "./stage.ts";

const sink = agent("sink", { on: { notification: () => undefined } });
const broken = agent("broken", {
  retry: { retries: 0 },
  on: {
    notification: () => {
      throw new Error("broken");
    },
  },
});

const open = (options: MemoryOptions) => testSystem({ agents: [sink, broken], store: memory(options) });

test("the history keeps the latest messages up to its count, in all its views", async () => {
  await using stage = await open({ history: { count: 3 } });
  const { system, clock } = stage;
  for (const n of [1, 2, 3, 4, 5])
    await system.cast("sink", "note", n, { conversation: n % 2 === 0 ? "even" : "odd" });
  await clock.settle();
  const payloads = async (query: object) =>
    (await system.history(query)).items.map(({ envelope }) => envelope.payload);
  assert.deepEqual(await payloads({}), [3, 4, 5]);
  assert.deepEqual(await payloads({ agent: "sink" }), [3, 4, 5]);
  assert.deepEqual(await payloads({ conversation: "odd" }), [3, 5]);
  assert.deepEqual(await payloads({ conversation: "even" }), [4]);
  assert.ok((await saidIn(system)).every(({ state, attempts }) => state === "done" && attempts.length === 1));
});

test("the history keeps no more bytes than it may, an envelope counted as 400", async () => {
  await using stage = await open({ history: { bytes: 3000 } });
  const { system, clock } = stage;
  for (const n of [1, 2, 3, 4]) await system.cast("sink", "note", String(n).repeat(598));
  await clock.settle();
  assert.equal((await saidIn(system)).length, 3);
  await system.cast("sink", "note", "x".repeat(1998));
  const kept = (await saidIn(system)).map(({ envelope }) => (envelope.payload as string).slice(0, 1));
  assert.deepEqual(kept, ["x"]);
});

test("a cursor of a page whose messages are forgotten goes on with the oldest that is kept", async () => {
  await using stage = await open({ history: { count: 3 } });
  const { system } = stage;
  for (const n of [1, 2, 3]) await system.cast("sink", "note", n);
  const { next } = await system.history({ limit: 1 });
  for (const n of [4, 5, 6]) await system.cast("sink", "note", n);
  const rest = await system.history({ after: given(next) });
  assert.deepEqual(
    rest.items.map(({ envelope }) => envelope.payload),
    [4, 5, 6],
  );
});

test("without history nothing is kept, and everything else works", async () => {
  await using stage = await open({ history: false });
  const { system, clock } = stage;
  await system.cast("sink", "note", 1, { key: "k" });
  await system.cast("sink", "note", 1, { key: "k" });
  await system.cast("broken", "note", 2);
  await clock.settle();
  assert.deepEqual(await saidIn(system), []);
  assert.equal((await system.mailbox("sink").stats()).processed, 1);
  assert.equal(only(await lettersOf(system)).reason, "exhausted");
});

test("dead letters are bounded: at four fifths there is an alarm, and then the oldest is discarded and reported", async () => {
  await using stage = await open({ deadLetters: { count: 5 } });
  const { system, clock, spy } = stage;
  const sent: string[] = [];
  const die = async (n: number): Promise<void> => {
    sent.push((await system.cast("broken", "note", n)).id);
    await clock.settle();
  };
  for (const n of [1, 2, 3]) await die(n);
  assert.deepEqual(spy.of("dead-letters.filled"), []);
  await die(4);
  assert.deepEqual(spy.of("dead-letters.filled"), [{ type: "dead-letters.filled", count: 4, most: 5 }]);
  for (const n of [5, 6, 7]) await die(n);
  const discarded = spy.of("dead-letters.discarded").map(({ id, bound }) => [id, bound]);
  assert.deepEqual(discarded, [
    [`${given(sent[0])}@broken`, "count"],
    [`${given(sent[1])}@broken`, "count"],
  ]);
  const kept = (await lettersOf(system)).map(({ envelope }) => envelope.payload);
  assert.deepEqual(kept, [3, 4, 5, 6, 7]);
  assert.equal(await system.deadLetters.discard({ where: "" }), 5);
});

test("a mailbox that could spill is refused by the memory store, and its agent is not started", async () => {
  await using stage = await open({});
  const { system } = stage;
  const spilling = agent("spilling", { capacity: { count: 1, overflow: "spill" }, on: {} });
  const error = await failure("HERMOD_UNSUPPORTED", system.spawn(spilling));
  assert.match(error.message, /spilling/);
  assert.deepEqual(system.agents().toSorted(), ["broken", "sink"]);
  await failure("HERMOD_NO_AGENT", system.cast("spilling", "note", 1));
  await failure("HERMOD_UNSUPPORTED", testSystem({ agents: [spilling] }));
});
