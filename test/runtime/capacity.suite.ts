/** Capacity: how many messages may wait, and what becomes of the next one. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { OverloadedError, agent, type Capacity } from "hermod";
import type { TestSystem } from "hermod/testing";
import { Gate, caught, lettersOf, only, saidIn, type On } from "./stage.ts";

/** An agent with this capacity that is held up by its first message. */
class Jam {
  readonly gate = new Gate();
  readonly heard: unknown[] = [];
  stage!: TestSystem;

  async open(on: On, capacity: number | Capacity | undefined): Promise<TestSystem> {
    const handle = (payload: unknown): unknown => (this.heard.push(payload), this.gate.passed);
    const options = capacity === undefined ? {} : { capacity };
    const forward = agent("forward", { on: { request: (payload, ctx) => ctx.cast("jam", "", payload) } });
    this.stage = await on({
      agents: [agent("jam", { ...options, on: { notification: handle, request: handle } }), forward],
    });
    await this.cast("runs");
    await this.stage.clock.settle();
    return this.stage;
  }

  cast(payload: unknown, options = {}): Promise<unknown> {
    return this.stage.system.cast("jam", "", payload, options);
  }

  async waiting(): Promise<unknown[]> {
    return (await this.stage.system.mailbox("jam").peek()).map(({ payload }) => payload);
  }

  async run(): Promise<unknown[]> {
    this.gate.open();
    await this.stage.clock.settle();
    return this.heard;
  }
}

export function capacitySuite(name: string, on: On): void {
  test(`${name}: a mailbox has no limit of its own by default, and one with a capacity never holds more [38]`, async () => {
    const free = new Jam();
    await using one = await free.open(on, undefined);
    await Promise.all(Array.from({ length: 5000 }, (_, at) => free.cast(at)));
    assert.equal((await one.system.mailbox("jam").stats()).waiting, 5000);
    const bound = new Jam();
    await using two = await bound.open(on, 2);
    const outcomes = await Promise.allSettled(Array.from({ length: 10 }, (_, at) => bound.cast(at)));
    assert.deepEqual(
      outcomes.map(({ status }) => status === "fulfilled"),
      [true, true, ...Array.from({ length: 8 }, () => false)],
    );
    assert.equal((await two.system.mailbox("jam").stats()).waiting, 2);
  });

  test(`${name}: the third message for a capacity of 2 is refused on every way to send, and takes no effect`, async () => {
    for (const capacity of [2, { count: 2 }, { count: 2, overflow: "reject" }] as const) {
      const jam = new Jam();
      await using stage = await jam.open(on, capacity);
      const { system } = stage;
      await jam.cast("a");
      await jam.cast("b");
      const refusals = [
        await caught(jam.cast("c")),
        await caught(system.call("jam", "", "c")),
        await caught(system.send({ to: "jam", payload: "c" })),
        (await caught(system.call("forward", "", "c"))).cause,
      ];
      for (const error of refusals) {
        assert.ok(error instanceof OverloadedError);
        assert.deepEqual(error.details, { to: "jam", limit: "count", most: 2 });
        assert.match(error.message, /mailbox jam is full.*2 messages/);
      }
      assert.equal((await system.stats()).router.failed, 4);
      assert.deepEqual(await jam.run(), ["runs", "a", "b"]);
      assert.equal((await lettersOf(system)).length, 0, "the sender knows: nothing is kept");
      await jam.cast("d");
    }
  });

  test(`${name}: a capacity in bytes counts the waiting payload`, async () => {
    const jam = new Jam();
    await using stage = await jam.open(on, { bytes: 100 });
    await jam.cast("x".repeat(60));
    const error = await caught(jam.cast("y".repeat(60)));
    assert.deepEqual(error.details, { to: "jam", limit: "bytes", most: 100 });
    await jam.cast("z".repeat(30));
    await jam.run();
    await jam.cast("y".repeat(60));
    await stage.clock.settle();
    assert.equal(jam.heard.length, 4);
  });

  test(`${name}: a message that waits for its retry counts as waiting`, async () => {
    const fails = agent("fails", {
      capacity: 1,
      retry: { base: "1m", jitter: "none" },
      on: { notification: () => Promise.reject(new Error("no ink")) },
    });
    await using stage = await on({ agents: [fails] });
    const { system, clock } = stage;
    await system.cast("fails", "", {});
    await clock.settle();
    assert.ok((await caught(system.cast("fails", "", {}))) instanceof OverloadedError);
  });

  test(`${name}: "wait" lets senders wait for room, and lets them in first come, first served`, async () => {
    const jam = new Jam();
    await using stage = await jam.open(on, { count: 1, overflow: "wait" });
    const done: unknown[] = [];
    await jam.cast("a");
    const casts = ["b", "c"].map((payload) => jam.cast(payload).then(() => done.push(payload)));
    await stage.clock.advance("1s");
    assert.deepEqual([done, await jam.waiting()], [[], ["a"]]);
    assert.deepEqual(await jam.run(), ["runs", "a", "b", "c"]);
    await Promise.all(casts);
    assert.deepEqual(done, ["b", "c"]);
  });

  test(`${name}: "wait" ends with Overloaded after 30 s, or at the message's own deadline`, async () => {
    const jam = new Jam();
    await using stage = await jam.open(on, { count: 1, overflow: "wait" });
    const { clock } = stage;
    const began = clock.now();
    await jam.cast("a");
    const times = [{}, { timeout: "5s" }, { timeout: "1h" }].map(async (options) => {
      const error = await caught(jam.cast("late", options));
      return [error.code, clock.now() - began];
    });
    await clock.advance("2h");
    const overloaded = "HERMOD_OVERLOADED";
    assert.deepEqual(await Promise.all(times), [
      [overloaded, 30_000],
      [overloaded, 5000],
      [overloaded, 3_600_000],
    ]);
    assert.deepEqual(await jam.run(), ["runs", "a"]);
  });

  test(`${name}: a call that waits for room times out like any other, and never runs`, async () => {
    const jam = new Jam();
    await using stage = await jam.open(on, { count: 1, overflow: "wait" });
    const { system, clock } = stage;
    await jam.cast("a");
    const call = caught(system.call("jam", "", "late", { timeout: "5s" }));
    await clock.advance("5s");
    assert.match((await call).code, /HERMOD_(TIMEOUT|OVERLOADED)/);
    assert.deepEqual(await jam.run(), ["runs", "a"]);
    assert.equal((await system.stats()).calls.waiting, 0);
  });

  test(`${name}: "drop-newest" keeps what waits: the new one becomes a dead letter of overflow, and its sender goes on`, async () => {
    const jam = new Jam();
    await using stage = await jam.open(on, { count: 1, overflow: "drop-newest" });
    const { system, spy } = stage;
    await jam.cast("a");
    await jam.cast("b");
    await system.send({ to: "jam", payload: "c" });
    const letters = await lettersOf(system);
    assert.deepEqual(
      letters.map(({ envelope, reason, mailbox }) => [envelope.payload, reason, mailbox]),
      [
        ["b", "overflow", "jam"],
        ["c", "overflow", "jam"],
      ],
    );
    assert.equal(spy.of("message.buried").length, 2);
    assert.deepEqual(await jam.run(), ["runs", "a"]);
    assert.equal((await system.stats()).delivery.dead, 2);
  });

  test(`${name}: a call that "drop-newest" drops is Overloaded at once, and told once`, async () => {
    const jam = new Jam();
    await using stage = await jam.open(on, { count: 1, overflow: "drop-newest" });
    const { system, clock } = stage;
    await jam.cast("a");
    assert.ok((await caught(system.call("jam", "", "b"))) instanceof OverloadedError);
    await clock.settle();
    const { calls, delivery } = await system.stats();
    assert.deepEqual([calls.waiting, delivery.lateReplies], [0, 0]);
  });

  test(`${name}: "drop-oldest" makes room by the one that waits longest, which becomes a dead letter of overflow`, async () => {
    const jam = new Jam();
    await using stage = await jam.open(on, { count: 2, overflow: "drop-oldest" });
    for (const payload of ["a", "b", "c", "d"]) {
      await jam.cast(payload, { priority: payload === "a" ? "urgent" : "low" });
      await stage.clock.advance(1);
    }
    assert.deepEqual(
      (await lettersOf(stage.system)).map(({ envelope, reason }) => [envelope.payload, reason]),
      [
        ["a", "overflow"],
        ["b", "overflow"],
      ],
    );
    assert.deepEqual(await jam.run(), ["runs", "c", "d"]);
  });

  test(`${name}: a call that "drop-oldest" drops is told to its caller as Overloaded`, async () => {
    const jam = new Jam();
    await using stage = await jam.open(on, { count: 1, overflow: "drop-oldest" });
    const call = caught(stage.system.call("jam", "", "a"));
    await jam.cast("b");
    const error = await call;
    assert.ok(error instanceof OverloadedError);
    assert.equal(error.details["reason"], "overflow");
    assert.equal((await saidIn(stage.system, "verb:reply")).length, 1);
  });

  test(`${name}: a message that is too large for a mailbox is refused, and drives nothing out of it`, async () => {
    const jam = new Jam();
    await using stage = await jam.open(on, { bytes: 100, overflow: "drop-oldest" });
    await jam.cast("small");
    assert.ok((await caught(jam.cast("x".repeat(200)))) instanceof OverloadedError);
    assert.deepEqual(await jam.waiting(), ["small"]);
    assert.equal((await lettersOf(stage.system)).length, 0);
  });

  test(`${name}: a repeat of a message that waits is no overflow`, async () => {
    const jam = new Jam();
    await using stage = await jam.open(on, 1);
    const sent = await stage.system.cast("jam", "", "a", { key: "k" });
    assert.equal((await stage.system.cast("jam", "", "a", { key: "k" })).id, sent.id);
    assert.deepEqual(await jam.waiting(), ["a"]);
  });

  test(`${name}: a capacity that makes no sense is refused by name`, () => {
    for (const capacity of [
      0,
      -1,
      1.5,
      { count: 0 },
      { bytes: 0 },
      { overflow: "explode" },
      { size: 1 },
    ] as never[]) {
      assert.throws(() => agent("jam", { capacity, on: {} }), {
        code: "HERMOD_BAD_OPTION",
        message: /capacity/,
      });
    }
  });

  test(`${name}: a message given to a mailbox is there only once its sender waited for it`, async () => {
    const jam = new Jam();
    await using stage = await jam.open(on, { count: 1, overflow: "wait" });
    await jam.cast("a");
    const late = jam.cast("b");
    await stage.clock.settle();
    assert.equal((await saidIn(stage.system, "to:jam")).length, 2);
    await jam.run();
    await late;
    assert.equal(only(await saidIn(stage.system, 'to:jam "b"')).state, "done");
  });
}
