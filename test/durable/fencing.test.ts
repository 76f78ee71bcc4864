/** Fencing: whoever lost the lease of a message changes nothing any more, and is told so by name. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  agent,
  StaleLeaseError,
  type Claim,
  type Context,
  type Delivery,
  type MessageRecord,
  type OpenStore,
  type Store,
} from "hermod";
import { sqlite } from "hermod/sqlite";
import { testClock, testSystem } from "hermod/testing";
import { caught, Gate, only, saidIn } from "../runtime/stage.ts";
import { here, newFile } from "./life.kit.ts";

test("a late worker is refused as HERMOD_STALE_LEASE, whatever it says, and the message is that of the next one", async (t) => {
  const clock = testClock();
  const { system } = await here(t, newFile(t), { pull: ["desk"], clock, file: { thread: false } });
  const desk = system.mailbox("desk");
  const ways = {
    ack: (late) => late.ack(),
    nack: (late) => late.nack(),
    reject: (late) => late.reject("no"),
    extend: (late) => late.extend(),
  } satisfies Record<string, (late: Delivery) => Promise<unknown>>;
  for (const [name, settle] of Object.entries(ways)) {
    await system.cast("desk", "do", name);
    const late = (await desk.receive({ lease: "1s" })) as Delivery;
    await clock.advance("1s");
    const next = await desk.receive();
    assert.deepEqual([late.attempt, next?.attempt], [1, 2]);
    const error = await caught(settle(late));
    assert.deepEqual([error.code, error.retryable], ["HERMOD_STALE_LEASE", false], name);
    assert.match(error.hint, /extend\(\)/);
    const [record] = await saidIn(system, "state:running");
    assert.equal(record?.envelope.payload, name);
    await next?.ack();
    const { attempts } = (await saidIn(system)).at(-1) as MessageRecord;
    assert.deepEqual(
      attempts.map(({ number, outcome }) => `${number} ${outcome}`),
      ["1 lease-expired", "2 acked"],
    );
  }
});

/** The store of a process that is blocked while the gate is shut: its signs of life do not arrive. */
function blocked(open: OpenStore, isBlocked: () => boolean, opened: (store: Store) => void): OpenStore {
  return async (env) => {
    const store = await open(env);
    opened(store);
    return new Proxy(store, {
      get(target, name) {
        if (name === "extend" && isBlocked()) return () => true;
        const value: unknown = Reflect.get(target, name);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
  };
}

test("a handler that outlived its lease commits neither its state nor its outputs nor its ack: the second run does, once", async (t) => {
  const gate = new Gate();
  const runs: Context<{ count: number }>[] = [];
  const opened: Store[] = [];
  let isBlocked = true;
  const clerk = agent("clerk", {
    lease: "1s",
    keyed: true,
    state: () => ({ count: 0 }),
    on: {
      notification: async (payload, ctx) => {
        runs.push(ctx);
        ctx.state.count++;
        await ctx.cast("ledger", "book", payload);
        if (runs.length === 1) await gate.passed;
      },
    },
  });
  const file = sqlite(newFile(t), { thread: false });
  const open = blocked(
    file,
    () => isBlocked,
    (given) => opened.push(given),
  );
  await using stage = await testSystem({ agents: [clerk], pull: ["ledger"], store: open });
  const { system, clock, spy } = stage;
  await system.cast("clerk#ada", "order", 7, { delivery: "exactly-once" });
  await clock.advance("1.1s");
  assert.equal(runs.length, 2);
  isBlocked = false;
  gate.open();
  await clock.advance("1m");
  assert.equal(runs.length, 2);
  assert.equal(new Set(runs.map(({ idempotencyKey }) => idempotencyKey)).size, 1, "one key for all runs");
  assert.equal(spy.of("delivery.outlived").length, 1);
  assert.deepEqual(
    spy.of("delivery.settled").map(({ attempt, settlement }) => [attempt, settlement.type]),
    [[2, "ack"]],
  );
  assert.equal((await only(opened).load("clerk#ada"))?.json, '{"count":1}');
  assert.equal((await system.mailbox("ledger").peek()).length, 1);
});

test("a handler is told by its signal that its lease is lost", async (t) => {
  const signals: AbortSignal[] = [];
  const gate = new Gate();
  const slow = agent("slow", {
    lease: "3s",
    on: { notification: (_, ctx) => (signals.push(ctx.signal), gate.passed) },
  });
  const open: OpenStore = blocked(
    sqlite(newFile(t), { thread: false }),
    () => false,
    () => undefined,
  );
  const losing: OpenStore = async (env) => Object.assign(await open(env), { extend: () => false });
  await using stage = await testSystem({ agents: [slow], store: losing });
  await stage.system.cast("slow", "do", 1);
  await stage.clock.advance("1s");
  assert.ok(only(signals).reason instanceof StaleLeaseError);
  gate.open();
});

test("tokens of a later process are greater than all before, so that what is late is refused there too", async (t) => {
  const file = newFile(t);
  const tokens: number[] = [];
  let first: Claim | undefined;
  for (let life = 0; life < 3; life++) {
    const { system, store } = await here(t, file, { pull: ["desk"] });
    await system.cast("desk", "do", life);
    const out: Claim[] = [];
    await store.claim("desk" as Claim["mailbox"], 1, 1000, out);
    const claim = only(out);
    first ??= claim;
    tokens.push(claim.token);
    if (life > 0) assert.equal((await store.settle(first, { type: "ack" }, [])).status, "stale");
    await store.settle(claim, { type: life === 2 ? "ack" : "release" }, []);
    await system.close({ timeout: 0 });
  }
  assert.deepEqual(
    tokens,
    tokens.toSorted((a, b) => a - b),
  );
  assert.equal(new Set(tokens).size, 3);
});
