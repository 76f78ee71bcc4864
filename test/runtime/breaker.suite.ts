/** Circuit breakers: an agent that keeps failing gets a rest, its callers hear at once, and it recovers by itself. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  agent,
  contract,
  crash,
  pool,
  terminal,
  type AgentOptions,
  type BreakerOptions,
  type Duration,
} from "hermod";
import type { TestClock, TestSystem } from "hermod/testing";
import * as z from "zod";
import { crashOne } from "./crew.kit.ts";
import { failure, isOpen } from "./pull.kit.ts";
import { Gate, caught, lettersOf, only, saidIn, sorted, type On } from "./stage.ts";

const T0 = Date.UTC(2026, 0, 1);
const quick: BreakerOptions = { least: 2, rate: 0.5, openFor: "30s" };

/** An agent that fails while `sick`. */
function patient(name = "a", options: AgentOptions<undefined> = {}) {
  const self = { sick: true, runs: 0 };
  const run = async (what: unknown): Promise<unknown> => {
    self.runs++;
    if (what instanceof Object && "gate" in what) await Promise.resolve();
    if (what === "crash") throw crash("broken");
    if (what === "terminal") throw terminal("no such page");
    if (self.sick && what !== "well") throw new Error("sick");
    return what;
  };
  const retry = { retries: 9, base: "1s", factor: 1, jitter: "none" } as const;
  const definition = agent(name, {
    retry,
    breaker: quick,
    ...options,
    on: { request: run, notification: run },
  });
  return { self, definition };
}

async function open({ system, clock }: TestSystem, to = "a"): Promise<void> {
  for (let n = 0; n < 2; n++) await caught(system.call(to, "", n));
  await clock.settle();
}

function changes({ spy }: TestSystem): unknown[] {
  return spy.of("breaker.changed").map(({ agent: who, state, forced }) => [who, state, forced]);
}

function states({ system }: TestSystem): unknown[] {
  return system.breakers.list().map(({ agent: who, state, forced }) => [who, state, forced]);
}

/** Counts the timers of up to a second that are set while a time passes. */
function countTimers(clock: TestClock): (during: Duration) => Promise<number> {
  const after = clock.after.bind(clock);
  let count = 0;
  clock.after = (ms, run) => {
    if (ms <= 1000) count++;
    return after(ms, run);
  };
  return async (during) => {
    await clock.settle();
    count = 0;
    await clock.advance(during);
    return count;
  };
}

export function breakerSuite(name: string, on: On): void {
  test(`${name}: a breaker opens at its least and rate, and says so once [61] [(36)]`, async () => {
    const { definition, self } = patient("a", { breaker: { least: 4, rate: 0.5 } });
    await using stage = await on({ agents: [definition] });
    const { system, clock } = stage;
    for (const what of ["well", "well", "sick", "well"])
      await system.call("a", "", what).catch(() => undefined);
    assert.deepEqual([states(stage), changes(stage)], [[["a", "closed", false]], []]);
    await caught(system.call("a", "", "sick"));
    assert.deepEqual(states(stage), [["a", "closed", false]]);
    await caught(system.call("a", "", "sick"));
    await clock.settle();
    assert.deepEqual(system.breakers.list(), [
      {
        ...{ agent: "a", state: "open", forced: false, deliveries: 6, failures: 3 },
        ...{ openedAt: T0, retryAt: T0 + 30_000 },
        changes: [
          {
            ...{ at: T0, state: "open", forced: false },
            reason: "3 of 6 deliveries failed within 10000 ms",
          },
        ],
      },
    ]);
    assert.deepEqual([changes(stage), self.runs], [[["a", "open", false]], 6]);
  });

  test(`${name}: calls to an open breaker fail at once with the time to retry, and are not stored [61]`, async () => {
    const { definition, self } = patient();
    await using stage = await on({ agents: [definition] });
    const { system, clock } = stage;
    await open(stage);
    const before = (await system.stats()).router.routed;
    const error = await failure("HERMOD_CIRCUIT_OPEN", system.call("a", "", 1));
    assert.deepEqual(error.details, { to: "a", retryAt: T0 + 30_000 });
    assert.equal(error.message, "a kept failing and takes no calls until 2026-01-01T00:00:30.000Z");
    assert.deepEqual([error.retryable, self.runs], [true, 2]);
    assert.equal((await system.stats()).router.routed, before);
    assert.equal((await saidIn(system, "to:a")).length, 2);
    await clock.settle();
  });

  test(`${name}: calls that wait when a breaker opens fail at once, and more than a hundred of them [61]`, async () => {
    const gate = new Gate();
    const slow = agent("a", {
      breaker: quick,
      on: { request: () => gate.passed.then(() => Promise.reject(new Error("sick"))) },
    });
    await using stage = await on({ agents: [slow] });
    const { system, clock } = stage;
    const asked = Array.from({ length: 252 }, (_, n) => caught(system.call("a", "", n)));
    await clock.settle();
    gate.open();
    const codes = (await Promise.all(asked)).map(({ code }) => code);
    assert.deepEqual(codes.slice(0, 3), ["HERMOD_FAILED", "HERMOD_FAILED", "HERMOD_CIRCUIT_OPEN"]);
    assert.equal(codes.filter((code) => code === "HERMOD_CIRCUIT_OPEN").length, 250);
    assert.equal(clock.now(), T0);
    assert.equal((await system.mailbox("a").stats()).waiting, 0);
  });

  test(`${name}: casts to an open breaker wait without an attempt used, and are delivered when it closes [61]`, async () => {
    const { definition, self } = patient();
    await using stage = await on({ agents: [definition] });
    const { system, clock, spy } = stage;
    await open(stage);
    const sent = await Promise.all([1, 2, 3].map((n) => system.cast("a", "", n)));
    await clock.advance(29_999);
    assert.deepEqual([self.runs, (await system.mailbox("a").stats()).waiting], [2, 3]);
    self.sick = false;
    await clock.advance(1);
    assert.deepEqual(changes(stage), [
      ["a", "open", false],
      ["a", "half-open", false],
      ["a", "closed", false],
    ]);
    assert.equal(self.runs, 5);
    for (const { id } of sent) {
      const { attempts, state } = only(await saidIn(system, `id:${id}`));
      assert.deepEqual([state, attempts.map(({ outcome }) => outcome)], ["done", ["acked"]]);
      assert.equal(only(spy.of("delivery.started").filter(({ envelope }) => envelope.id === id)).attempt, 1);
    }
    await clock.advance("1h");
    assert.deepEqual([clock.waiting, await lettersOf(system)], [0, []]);
  });

  test(`${name}: at-least-once calls wait for a breaker as casts do [61]`, async () => {
    const { definition, self } = patient();
    await using stage = await on({ agents: [definition] });
    await open(stage);
    const asked = stage.system.call("a", "", "hello", { delivery: "at-least-once", timeout: "1h" });
    await stage.clock.advance("10s");
    assert.ok(await isOpen(stage.clock, asked));
    self.sick = false;
    await stage.clock.advance("20s");
    assert.equal(await asked, "hello");
  });

  test(`${name}: half-open lets one probe through; its failure opens the breaker again [61]`, async () => {
    const { definition, self } = patient("a", { concurrency: 8 });
    await using stage = await on({ agents: [definition] });
    const { system, clock } = stage;
    await open(stage);
    for (let n = 0; n < 20; n++) await system.cast("a", "", n);
    await clock.advance("30s");
    assert.equal(self.runs, 3);
    assert.deepEqual(states(stage), [["a", "open", false]]);
    assert.equal(only(system.breakers.list()).retryAt, T0 + 60_000);
    await failure("HERMOD_CIRCUIT_OPEN", system.call("a", "", 1));
    await clock.advance("30s");
    assert.equal(self.runs, 4);
    self.sick = false;
    await clock.advance("30s");
    assert.equal(self.runs, 4 + 20);
    assert.deepEqual(states(stage), [["a", "closed", false]]);
  });

  test(`${name}: a platform timer that comes a fraction early does not leave a breaker open, nor say twice that it is`, async () => {
    const { definition, self } = patient();
    await using stage = await on({ agents: [definition] });
    const { system, clock } = stage;
    const after = clock.after.bind(clock);
    clock.after = (ms, run) => after(ms > 1 ? ms - 0.4 : ms, run);
    await open(stage);
    await system.cast("a", "", 1);
    self.sick = false;
    await clock.advance(30_002);
    assert.deepEqual(
      stage.spy.of("breaker.changed").map(({ state }) => state),
      ["open", "half-open", "closed"],
    );
    assert.equal(self.runs, 3);
  });

  test(`${name}: calls that wait behind a probe fail at once when it fails, however short the open time is`, async () => {
    const gates = [new Gate(), new Gate(), new Gate()];
    let runs = 0;
    const fail = (): Promise<never> => Promise.reject(new Error("sick"));
    const a = agent("a", {
      breaker: { least: 1, openFor: "300ms" },
      on: { request: () => (gates[runs++] as Gate).passed.then(fail) },
    });
    await using stage = await on({ agents: [a] });
    const { system, clock } = stage;
    const first = caught(system.call("a", "", 1));
    gates[0]?.open();
    await first;
    await clock.advance(300);
    const probe = caught(system.call("a", "", 2));
    await clock.settle();
    const behind = caught(system.call("a", "", 3));
    await clock.advance(100);
    gates[1]?.open();
    assert.equal((await probe).code, "HERMOD_FAILED");
    assert.equal((await behind).code, "HERMOD_CIRCUIT_OPEN");
    assert.deepEqual([clock.now(), runs], [T0 + 400, 2]);
  });

  test(`${name}: terminal errors, unreadable messages and interruptions say nothing of the agent [61]`, async () => {
    const Strict = contract("strict", { calls: { say: { in: z.string(), out: z.string() } } });
    const gate = new Gate();
    const strict = agent(Strict, {
      breaker: { least: 1, rate: 0.01 },
      busy: "interrupt",
      on: {
        say: (what, ctx) => {
          if (what === "terminal") throw terminal("no");
          if (what !== "wait") return what;
          const aborted = Promise.withResolvers<never>();
          ctx.signal.addEventListener("abort", () => aborted.reject(ctx.signal.reason));
          return Promise.race([gate.passed.then(() => what), aborted.promise]);
        },
      },
    });
    await using stage = await on({ agents: [strict] });
    const { system, clock } = stage;
    await caught(system.call(Strict, "say", "terminal"));
    await system.send({ to: "strict", verb: "cast", operation: "say", payload: 5 });
    await system.send({ to: "strict", verb: "cast", operation: "unknown", payload: 5 });
    await clock.settle();
    const interrupted = caught(system.call(Strict, "say", "wait"));
    await clock.settle();
    assert.equal(await system.call(Strict, "say", "next"), "next");
    await interrupted;
    const { state, failures } = only(system.breakers.list());
    assert.deepEqual([state, failures, changes(stage)], ["closed", 0, []]);
  });

  test(`${name}: notices pass an open breaker, are no probes, and say nothing of the agent`, async () => {
    const notices: unknown[] = [];
    const a = agent("a", {
      breaker: quick,
      retry: { retries: 0 },
      on: {
        request: () => Promise.reject(new Error("sick")),
        info: (notice) => {
          notices.push(notice);
          if (notice === "bad") throw new Error("bad");
        },
      },
    });
    await using stage = await on({ agents: [a] });
    const { system, clock } = stage;
    for (let n = 0; n < 4; n++) await system.info("a", "bad");
    await clock.settle();
    assert.deepEqual(states(stage), [["a", "closed", false]]);
    await open(stage);
    await system.info("a", 1);
    await clock.advance("30s");
    await system.info("a", 2);
    await clock.settle();
    assert.deepEqual([notices.slice(4), states(stage)], [[1, 2], [["a", "half-open", false]]]);
  });

  test(`${name}: a breaker survives the restarts of its agent, and goes with it`, async () => {
    const { definition } = patient("a", { breaker: { least: 3 } });
    await using stage = await on();
    const { system, clock } = stage;
    const running = await system.spawn(definition);
    for (let n = 0; n < 3; n++) await crashOne(stage, "a");
    assert.deepEqual(states(stage), [["a", "open", false]]);
    assert.equal(system.tree()[0]?.restarts, 3);
    await running.stop();
    assert.deepEqual(system.breakers.list(), []);
    await clock.advance("1m");
    assert.equal(clock.waiting, 0);
    await system.spawn(definition);
    assert.deepEqual(states(stage), [["a", "closed", false]]);
  });

  test(`${name}: an operator opens, closes and leaves a breaker, also of an agent that has none`, async () => {
    const { definition, self } = patient("a");
    const plain = patient("b", {}).definition;
    const none = agent("c", {
      on: { request: () => Promise.reject(new Error("sick")), notification: () => undefined },
    });
    await using stage = await on({ agents: [definition, plain, none] });
    const { system, clock } = stage;
    system.breakers.open("c");
    assert.deepEqual(states(stage).at(-1), ["c", "open", true]);
    const error = await failure("HERMOD_CIRCUIT_OPEN", system.call("c", "", 1));
    assert.deepEqual(error.details, { to: "c" });
    assert.match(error.message, /held open by hand$/);
    const { id } = await system.cast("c", "", 1);
    await clock.advance("1h");
    assert.equal(only(await saidIn(system, `id:${id}`)).state, "waiting");
    system.breakers.auto("c");
    await clock.settle();
    assert.equal(only(await saidIn(system, `id:${id}`)).state, "done");
    for (let n = 0; n < 20; n++) assert.equal((await caught(system.call("c", "", n))).code, "HERMOD_FAILED");
    // Held closed, it counts and never opens.
    system.breakers.close("a");
    for (let n = 0; n < 5; n++) assert.equal((await caught(system.call("a", "", n))).code, "HERMOD_FAILED");
    assert.deepEqual(states(stage)[0], ["a", "closed", true]);
    assert.equal(system.breakers.list()[0]?.failures, 5);
    system.breakers.auto("a");
    await open(stage);
    assert.deepEqual(states(stage)[0], ["a", "open", false]);
    system.breakers.close("a");
    self.sick = false;
    assert.equal(await system.call("a", "", 1), 1);
    for (const how of ["open", "close", "auto"] as const) {
      assert.throws(() => system.breakers[how]("nobody"), { code: "HERMOD_NO_AGENT" });
      assert.throws(() => system.breakers[how](5 as never), { code: /HERMOD_BAD/ });
    }
    await clock.advance("1m");
    assert.equal(clock.waiting, 0);
  });

  test(`${name}: an open member of a pool gets nothing, and the others go on [61] [62]`, async () => {
    const runs: string[] = [];
    const member = agent("crew", {
      breaker: quick,
      on: { request: (_, { self }) => (runs.push(self), "done") },
    });
    await using stage = await on({ agents: [pool(member, { size: 3 })] });
    const { system, clock, spy } = stage;
    assert.deepEqual(states(stage), [
      ["crew/1", "closed", false],
      ["crew/2", "closed", false],
      ["crew/3", "closed", false],
    ]);
    system.breakers.open("crew/2");
    for (let n = 0; n < 6; n++) assert.equal(await system.call("crew", "", n), "done");
    const who = spy
      .of("delivery.started")
      .flatMap(({ agent: each = "" }) => (each.startsWith("crew") ? [each] : []));
    assert.deepEqual(sorted(who), ["crew/1", "crew/1", "crew/1", "crew/3", "crew/3", "crew/3"]);
    system.breakers.open("crew");
    await failure("HERMOD_CIRCUIT_OPEN", system.call("crew", "", 1));
    const told = await system.cast("crew", "", 1);
    await clock.advance("10s");
    assert.equal(only(await saidIn(system, `id:${told.id}`)).state, "waiting");
    system.breakers.auto("crew/3");
    assert.equal(await system.call("crew", "", 1), "done");
    system.breakers.auto("crew");
    await clock.advance("1m");
    assert.equal(clock.waiting, 0);
  });

  test(`${name}: a pool whose members all failed fails its callers fast, waiting ones too, and recovers [61] [62]`, async () => {
    const { definition, self } = patient("crew");
    await using stage = await on({ agents: [pool(definition, { size: 2 })] });
    const { system, clock } = stage;
    const asked = Array.from({ length: 40 }, (_, n) => caught(system.call("crew", "", n)));
    const codes = (await Promise.all(asked)).map(({ code }) => code);
    assert.equal(codes.filter((code) => code === "HERMOD_CIRCUIT_OPEN").length, 36);
    assert.equal(clock.now(), T0);
    await failure("HERMOD_CIRCUIT_OPEN", system.call("crew", "", 1));
    self.sick = false;
    await clock.advance("30s");
    assert.equal(await system.call("crew", "", 1), 1);
  });

  test(`${name}: by key, callers of an open member fail fast and the keys of others go on [61] [62]`, async () => {
    const member = agent("crew", {
      breaker: quick,
      on: { request: (_, { envelope }) => envelope.orderKey, notification: () => undefined },
    });
    await using stage = await on({ agents: [pool(member, { size: 2, balance: "key" })] });
    const { system, clock, spy } = stage;
    const keys = Array.from({ length: 10 }, (_, n) => `key-${n}`);
    const owners = new Map<string, unknown>();
    for (const orderKey of keys) {
      await system.call("crew", "", 0, { orderKey });
      owners.set(
        orderKey,
        spy
          .of("delivery.started")
          .filter(({ mailbox }) => mailbox === "crew")
          .at(-1)?.agent,
      );
    }
    assert.deepEqual(new Set(owners.values()), new Set(["crew/1", "crew/2"]));
    system.breakers.open("crew/1");
    const told: string[] = [];
    for (const orderKey of keys) {
      const asked = system.call("crew", "", 0, { orderKey });
      if (owners.get(orderKey) === "crew/2") assert.equal(await asked, orderKey);
      else assert.equal((await caught(asked)).code, "HERMOD_CIRCUIT_OPEN");
      told.push((await system.cast("crew", "", 0, { orderKey })).id);
    }
    await clock.advance("5s");
    const count = async (): Promise<number> => (await saidIn(system, "state:waiting")).length;
    assert.equal(await count(), [...owners.values()].filter((owner) => owner === "crew/1").length);
    system.breakers.auto("crew/1");
    await clock.advance("1s");
    assert.equal(await count(), 0);
    for (const id of told) assert.equal(only(await saidIn(system, `id:${id}`)).attempts.length, 1);
  });

  test(`${name}: a system with an open breaker drains and closes, and keeps what waits`, async () => {
    for (const force of [false, true]) {
      const { definition } = patient();
      const stage = await on({ agents: [definition] });
      const { system, clock } = stage;
      if (force) system.breakers.open("a");
      else await open(stage);
      await system.cast("a", "", 1);
      const asked = caught(system.call("a", "", 1, { delivery: "at-least-once", timeout: "1h" }));
      await clock.settle();
      await system.drain();
      assert.equal((await asked).code, "HERMOD_CLOSED");
      assert.equal((await saidIn(system, "state:waiting")).length, 2);
      await system.close();
      assert.equal(clock.waiting, 0);
    }
  });

  test(`${name}: a drain that works off what waits gives up on an open breaker at its timeout`, async () => {
    const { definition } = patient();
    const stage = await on({ agents: [definition] });
    const { system, clock } = stage;
    await open(stage);
    await system.cast("a", "", 1);
    const drained = system.drain({ waiting: true, timeout: "5s" });
    await clock.advance("6s");
    await drained;
    await system.close();
    assert.equal(clock.waiting, 0);
  });

  test(`${name}: nothing is polled once a breaker has closed, nor after its agent is gone`, async () => {
    const { definition } = patient();
    await using stage = await on();
    const { system, clock } = stage;
    const running = await system.spawn(definition);
    const timers = countTimers(clock);
    await open(stage);
    assert.equal(await timers("5s"), 5);
    system.breakers.auto("a");
    assert.equal(await timers("1m"), 0);
    assert.equal(clock.waiting, 0);
    await open(stage);
    await running.stop();
    assert.equal(await timers("1m"), 0);
    assert.equal(clock.waiting, 0);
  });
}
