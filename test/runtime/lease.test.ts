/** Lease: what keeps a running message from being given to another, and what holds when it is lost. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { StaleLeaseError, agent, memory, type Context, type OpenStore, type Store } from "hermod";
import { testSystem, type TestSystem } from "hermod/testing";
import { Gate, lettersOf, only, saidIn } from "./stage.ts";

interface Hold {
  /** Leases asked for at claims and at extensions. */
  readonly claimed: number[];
  readonly extended: number[];
  /** What an extension answers; "lost" keeps it from the store, as a blocked process would. */
  answer: "kept" | "lost" | "stale";
}

/** A memory store that remembers the leases it was asked for, and does with extensions as it is told. */
function watched(hold: Hold): OpenStore {
  return async (env) => {
    const store = await memory({ dedupe: "1m", history: false })(env);
    const claim: Store["claim"] = (mailbox, max, lease, ...rest) => {
      if (!mailbox.startsWith("~")) hold.claimed.push(lease);
      return store.claim(mailbox, max, lease, ...rest);
    };
    const extend: Store["extend"] = (open, lease) => {
      hold.extended.push(lease);
      return hold.answer === "kept" ? store.extend(open, lease) : hold.answer === "lost";
    };
    return new Proxy(store, {
      get(target, name) {
        const own = { claim, extend }[name as "claim"];
        const value: unknown = own ?? Reflect.get(target, name);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
  };
}

/** A system with one agent that waits at the gate. */
async function open(hold: Hold, gate: Gate, runs: Context[], lease: "3s" | "9s" = "3s"): Promise<TestSystem> {
  const wait = (_: unknown, ctx: Context): Promise<void> => (runs.push(ctx), gate.passed);
  const slow = agent("slow", { lease, concurrency: 10, on: { notification: wait } });
  return testSystem({ agents: [slow], store: watched(hold) });
}

for (const [lease, ms] of [
  ["3s", 3000],
  ["9s", 9000],
] as const) {
  test(`messages are claimed under the agent's lease of ${lease}, and it is renewed at each third of it`, async () => {
    const hold: Hold = { claimed: [], extended: [], answer: "kept" };
    const gate = new Gate();
    await using stage = await open(hold, gate, [], lease);
    await stage.system.cast("slow", "", {});
    await stage.clock.advance("27s");
    assert.deepEqual([...new Set(hold.claimed)], [ms]);
    assert.deepEqual([...new Set(hold.extended)], [ms]);
    assert.ok(Math.abs(hold.extended.length - 27_000 / (ms / 3)) <= 1, `${hold.extended.length} times`);
    gate.open();
    await stage.clock.advance(ms);
    const count = hold.extended.length;
    await stage.clock.advance("1m");
    assert.equal(hold.extended.length, count, "nothing runs: nothing is renewed");
    assert.equal(stage.clock.waiting, 0);
  });
}

test("a handler whose lease is gone is told by its signal", async () => {
  const hold: Hold = { claimed: [], extended: [], answer: "stale" };
  const runs: Context[] = [];
  await using stage = await open(hold, new Gate(), runs);
  await stage.system.cast("slow", "", {});
  await stage.clock.settle();
  const { signal } = only(runs);
  await stage.clock.advance("1s");
  assert.equal(signal.aborted, true);
  assert.ok(signal.reason instanceof StaleLeaseError);
});

test("a signal first looked at after the lease was lost has fired already", async () => {
  const hold: Hold = { claimed: [], extended: [], answer: "stale" };
  const runs: Context[] = [];
  await using stage = await open(hold, new Gate(), runs);
  await stage.system.cast("slow", "", {});
  await stage.clock.advance("2s");
  const { signal } = only(runs);
  assert.ok(signal.aborted && signal.reason instanceof StaleLeaseError);
});

test("a lost lease gives the message to another with the attempt counted, and the first one's end counts no more", async () => {
  const hold: Hold = { claimed: [], extended: [], answer: "lost" };
  const gate = new Gate();
  const runs: Context[] = [];
  await using stage = await open(hold, gate, runs);
  const { system, clock, spy } = stage;
  await system.cast("slow", "", {});
  await clock.advance("3s");
  assert.deepEqual(
    spy.of("delivery.started").map(({ attempt }) => attempt),
    [1, 2],
  );
  assert.equal(spy.of("lease.expired").length, 1);
  hold.answer = "kept";
  gate.open();
  await clock.settle();
  assert.equal(spy.of("delivery.outlived").length, 1);
  assert.deepEqual(
    spy.of("delivery.settled").map(({ attempt, settlement }) => [attempt, settlement.type]),
    [[2, "ack"]],
  );
  assert.equal((await system.stats()).delivery.acknowledged, 1);
});

test("a message that loses its lease time after time is bounded by its attempts", async () => {
  const hold: Hold = { claimed: [], extended: [], answer: "lost" };
  const runs: Context[] = [];
  await using stage = await open(hold, new Gate(), runs);
  const { system, clock } = stage;
  await system.cast("slow", "", {}, { retry: { retries: 2, base: 0 } });
  await clock.advance("1h");
  assert.equal(runs.length, 3);
  const letter = only(await lettersOf(system));
  assert.equal(letter.reason, "exhausted");
  assert.deepEqual(
    letter.attempts.slice(0, 3).map(({ outcome }) => outcome),
    ["lease-expired", "lease-expired", "lease-expired"],
  );
});

test("at-most-once is gone before its handler runs, at-least-once at the ack under its lease, and exactly-once commits key, ack and outputs together within its window [C5]", async () => {
  const hold: Hold = { claimed: [], extended: [], answer: "lost" };
  const gate = new Gate();
  const runs: string[] = [];
  const booked: string[] = [];
  const worker = agent("worker", {
    lease: "3s",
    concurrency: 10,
    on: {
      notification: async (_, ctx) => {
        runs.push(ctx.envelope.operation);
        if (ctx.envelope.delivery === "exactly-once")
          await ctx.cast("ledger", "book", ctx.envelope.operation);
        await gate.passed;
      },
    },
  });
  const ledger = agent("ledger", {
    on: { notification: (operation) => void booked.push(String(operation)) },
  });
  await using stage = await testSystem({ agents: [worker, ledger], store: watched(hold) });
  const { system, clock, spy } = stage;
  const modes = ["at-most-once", "at-least-once", "exactly-once"] as const;
  const send = () =>
    Promise.all(modes.map((delivery) => system.cast("worker", delivery, {}, { delivery, key: delivery })));
  await send();
  await clock.settle();
  assert.deepEqual(await system.mailbox("worker").peek(), [], "none waits while it runs");
  await clock.advance("3s");
  assert.deepEqual(
    runs,
    [...modes, "at-least-once", "exactly-once"],
    "the lost leases bring back all but at-most-once",
  );
  assert.deepEqual(booked, [], "no output before its ack");
  hold.answer = "kept";
  gate.open();
  await clock.settle();
  assert.equal(spy.of("delivery.outlived").length, 3, "what lost its lease settles nothing");
  assert.deepEqual(booked, ["exactly-once"], "two runs, one output");
  await send();
  await clock.settle();
  assert.equal(runs.length, 5, "recognised within the window");
  await clock.advance("1m");
  await send();
  await clock.settle();
  assert.equal(runs.length, 8, "and new after it");
  assert.deepEqual(await saidIn(system), [], "without any history");
});

test("a lease must be at least a second", () => {
  for (const lease of [999, 0, -1, "soon"] as never[]) {
    assert.throws(() => agent("slow", { lease, on: {} }), { code: "HERMOD_BAD_OPTION", message: /lease/ });
  }
});
