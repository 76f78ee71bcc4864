/** A disk without room, at each kind of write: a named error or a wait, nothing half done, and all goes on when there is room. */
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { agent, type Address, type HermodError, type MessageRecord, type Store, type System } from "hermod";
import { testClock, type Spy, type TestClock } from "hermod/testing";
import { caught, Gate, only } from "../runtime/stage.ts";
import { Disk } from "./disk.kit.ts";
import { here } from "./life.kit.ts";

interface Stage {
  readonly disk: Disk;
  readonly system: System;
  readonly store: Store;
  readonly spy: Spy;
  readonly clock: TestClock;
  /** What handlers wait for. */
  readonly gate: Gate;
}

/** Long enough to need pages of its own, and short in a complaint. */
const TEXT = "tide ".repeat(4000);

/** A system on a disk that has room yet: a pulled desk, an agent with state and outputs, and one that fails. */
async function begin(t: TestContext): Promise<Stage | undefined> {
  const disk = Disk.mount(t);
  if (disk === undefined) return undefined;
  const clock = testClock();
  const gate = new Gate();
  const clerk = agent("clerk", {
    state: () => ({ booked: [] as unknown[] }),
    on: {
      notification: async (payload, ctx) => {
        ctx.state.booked.push(payload);
        await ctx.cast("desk", "book", payload);
        await gate.passed;
      },
    },
  });
  const failing = agent("failing", {
    retry: { retries: 1, base: "1m", jitter: "none" },
    on: { notification: async () => (await gate.passed, Promise.reject(new Error("no ink"))) },
  });
  const agents = [clerk, failing];
  const given = await here(t, disk.file, { agents, pull: ["desk"], clock, file: { thread: false } });
  return { ...given, disk, clock, gate };
}

function isFull(error: HermodError): void {
  assert.deepEqual([error.code, error.retryable, error.category], ["HERMOD_STORE_FULL", true, "storage"]);
  assert.match(error.message, /agents\.db: the disk is full/);
  assert.match(error.hint, /Free space/);
}

/** The store tries again four times a second. */
async function freed({ disk, clock }: Stage): Promise<void> {
  disk.free();
  await clock.advance(250);
}

/** The next system on the same disk. */
async function reopened(t: TestContext, { system, disk, clock }: Stage): Promise<System> {
  const closing = system.close({ timeout: 0 });
  await clock.advance(0);
  await closing;
  return (await here(t, disk.file, { pull: ["desk"], clock, file: { thread: false } })).system;
}

const payloads = async (system: System, mailbox: string): Promise<unknown[]> =>
  (await system.mailbox(mailbox).peek()).map(({ payload }) => payload);

test("a full disk refuses each kind of send by name, keeps nothing of it, and takes it when there is room", async (t) => {
  const stage = await begin(t);
  if (stage === undefined) return;
  const { system, disk, spy, clock } = stage;
  await system.subscribe("tide.*", () => undefined, { durable: "log" });
  await system.subscribe("tide.*", () => undefined);
  const sends: Record<string, () => Promise<unknown>> = {
    cast: () => system.cast("desk", "do", TEXT),
    "cast with a key": () => system.cast("desk", "do", TEXT, { key: "k" }),
    "call at least once": () => system.call("desk", "ask", TEXT, { delivery: "at-least-once" }),
    publish: () => system.publish("tide.low", TEXT),
    "publish that nobody hears": () => system.publish("moon.full", TEXT),
    "a message by hand": () => system.send({ to: "desk", type: "task", payload: TEXT }),
    "a message for somebody who is not there": () => system.cast("nobody", "do", TEXT, { hold: true }),
  };
  await system.cast("desk", "do", "before");
  await system.publish("tide.low", "before");
  await clock.settle();
  disk.fill();
  for (const [name, send] of Object.entries(sends)) {
    isFull(await caught(send()).catch((error: unknown) => assert.fail(`${name}: ${String(error)}`)));
    assert.deepEqual(await payloads(system, "desk"), ["before"], name);
  }
  const said = (await system.history()).items;
  assert.deepEqual(
    said.map(({ envelope }) => envelope.payload),
    ["before", "before", "before"],
    "what is stored can be read, and nothing else is",
  );
  assert.deepEqual((await system.deadLetters.list()).items, []);
  await freed(stage);
  const asked = caught(sends["call at least once"]?.() as Promise<unknown>);
  for (const [name, send] of Object.entries(sends)) if (!name.startsWith("call")) await send();
  assert.equal((await payloads(system, "desk")).length, 5);
  assert.equal(only((await system.deadLetters.list()).items).reason, "no-subscriber");
  await clock.advance("31s");
  assert.equal((await asked).code, "HERMOD_TIMEOUT");
  assert.deepEqual(spy.of("event.missed"), [], "who listens sees no gap where nothing was published");
  const later = await reopened(t, stage);
  await later.pull("nobody");
  assert.equal((await payloads(later, "nobody")).length, 1);
});

test("a full disk lets an ack with state and outputs wait: nothing of it happens, then all of it, once", async (t) => {
  const stage = await begin(t);
  if (stage === undefined) return;
  const { system, disk, store, spy, clock, gate } = stage;
  await system.cast("clerk", "order", 7, { delivery: "exactly-once" });
  await clock.settle();
  disk.fill();
  gate.open();
  await clock.advance("1s");
  isFull(only(spy.of("store.failed").filter(({ step }) => step === "write")).error as HermodError);
  assert.deepEqual([await payloads(system, "desk"), await store.load("clerk")], [[], undefined]);
  assert.equal(spy.of("delivery.settled").length, 0);
  await freed(stage);
  assert.deepEqual(await payloads(system, "desk"), [7]);
  assert.equal((await store.load("clerk"))?.json, '{"booked":[7]}');
  assert.equal((await system.history({ agent: "clerk" })).items[0]?.state, "done");
  const again = await reopened(t, stage);
  assert.deepEqual(await payloads(again, "desk"), [7]);
});

test("a full disk loses no retry and no dead letter: they are noted when there is room, with each attempt", async (t) => {
  const stage = await begin(t);
  if (stage === undefined) return;
  const { system, disk, clock, gate, spy } = stage;
  await system.cast("failing", "do", 1);
  await clock.settle();
  disk.fill();
  gate.open();
  await clock.advance("30s");
  await freed(stage);
  const waiting = only(await system.mailbox("failing").delayed());
  assert.deepEqual(
    waiting.attempts.map(({ number, outcome }) => `${number} ${outcome}`),
    ["1 retried"],
  );
  disk.fill();
  await clock.advance("2m");
  assert.deepEqual((await system.deadLetters.list()).items, []);
  assert.equal(spy.of("message.buried").length, 0);
  await freed(stage);
  const later = await reopened(t, stage);
  const letter = only((await later.deadLetters.list()).items);
  const [record] = (await later.history()).items;
  for (const { attempts } of [letter, record as MessageRecord])
    assert.deepEqual(
      attempts.map(({ number, outcome, error }) => `${number} ${outcome} ${error?.message}`),
      ["1 retried no ink", "2 dead no ink"],
    );
});

test("a full disk refuses by name what somebody settles by hand, and it can be settled when there is room", async (t) => {
  const stage = await begin(t);
  if (stage === undefined) return;
  const { system, disk } = stage;
  const desk = system.mailbox("desk");
  for (const way of ["ack", "nack", "reject"] as const) {
    await system.cast("desk", "do", way);
    const delivery = await desk.receive();
    disk.fill();
    const error = await caught(
      way === "reject" ? (delivery?.reject("no") as Promise<void>) : (delivery?.[way]() as Promise<void>),
    );
    assert.equal(error.code, "HERMOD_STORE");
    isFull(error.cause as HermodError);
    await freed(stage);
    await stage.clock.advance("5s");
    const again = await desk.receive();
    assert.equal(again?.envelope.payload, way);
    await again?.ack();
  }
  assert.deepEqual((await system.deadLetters.list()).items, []);
});

test("a full disk refuses an operator's moves by name, and they are as if never asked for", async (t) => {
  const stage = await begin(t);
  if (stage === undefined) return;
  const { system, store, disk, clock } = stage;
  const [desk, second] = ["desk", "log"] as Address[] as [Address, Address];
  const heard: unknown[] = [];
  const hear = (event: unknown) => void heard.push(event);
  const log = await system.subscribe("tide.*", hear, { durable: "log" });
  await system.cast("desk", "do", "dead");
  await (await system.mailbox("desk").receive())?.reject("no");
  const { id } = only((await system.deadLetters.list()).items);
  disk.fill();
  const moves: Record<string, () => Promise<unknown>> = {
    discard: () => system.deadLetters.discard({ where: "" }),
    redrive: () => system.deadLetters.redrive(),
    bind: async () => store.bind("sun.*", desk),
    unbind: async () => store.unbind("tide.*", second),
    subscribe: () => system.subscribe("moon.*", hear, { durable: "second" }),
    spawn: () => system.spawn(agent("late", { on: { notification: () => undefined } })),
  };
  for (const [name, move] of Object.entries(moves))
    isFull(await caught(move()).catch((error: unknown) => assert.fail(`${name}: ${String(error)}`)));
  assert.equal(only((await system.deadLetters.list()).items).id, id);
  await freed(stage);
  await system.publish("moon.full", 1);
  await system.publish("sun.up", 1);
  await system.publish("tide.low", 2);
  await clock.settle();
  assert.deepEqual(heard, [2], "the second subscription is none");
  await system.deadLetters.redrive();
  assert.deepEqual(await payloads(system, "desk"), ["dead"]);
  for (const name of ["subscribe", "spawn"]) await moves[name]?.();
  await log.close();
  const again = await reopened(t, stage);
  await again.publish("moon.full", 3);
  await again.publish("tide.low", 4);
  await again.cast("late", "do", 5);
  for (const [name, waiting] of [
    ["second", [3]],
    ["log", [4]],
    ["late", [5]],
  ] as const) {
    await again.pull(name);
    assert.deepEqual(await payloads(again, name), waiting, name);
  }
});

test("a full disk lets nothing end that it cannot write down, and all of it ends when there is room", async (t) => {
  const stage = await begin(t);
  if (stage === undefined) return;
  const { system, disk, clock } = stage;
  const heard: unknown[] = [];
  const hear = (event: unknown) => void heard.push(event);
  const quiet = () => agent("temp", { on: { notification: () => undefined }, topics: ["moon.*"] });
  const handle = await system.spawn(quiet());
  const log = await system.subscribe("tide.*", hear, { durable: "log" });
  const live = await system.subscribe("tide.*", () => undefined);
  disk.fill();
  for (const end of [() => log.unsubscribe(), () => handle.stop()]) isFull(await caught(end()));
  await freed(stage);
  await live.close();
  const again = await system.subscribe("tide.*", hear, { durable: "log" });
  await system.spawn(quiet());
  await system.publish("tide.low", 1);
  await clock.settle();
  assert.deepEqual(heard, [1]);
  await again.unsubscribe();
  await system.publish("tide.low", 2);
  const later = await reopened(t, stage);
  await later.publish("tide.low", 3);
  await later.publish("moon.full", 4);
  await later.pull("temp");
  assert.deepEqual(await payloads(later, "temp"), [4]);
  const letters = (await later.deadLetters.list()).items;
  assert.deepEqual(
    letters.map(({ reason, envelope }) => [reason, envelope.payload]),
    [
      ["no-subscriber", 2],
      ["no-subscriber", 3],
    ],
  );
});
