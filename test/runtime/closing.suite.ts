/** The end of a system: drain and close, early, twice and at once, with work under way and without. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { agent, type Context, type HermodError } from "hermod";
import { Jobs, failure, given, isOpen } from "./pull.kit.ts";
import { Gate, caught, lettersOf, only, saidIn, type On } from "./stage.ts";

const echo = agent("echo", { on: { request: (payload) => payload, notification: () => undefined } });

/** An agent whose handlers wait at a gate. */
function gated(name = "worker") {
  const gate = new Gate();
  const contexts: Context[] = [];
  const wait = async (payload: unknown, ctx: Context): Promise<unknown> => {
    contexts.push(ctx);
    await gate.passed;
    return payload;
  };
  return { gate, contexts, definition: agent(name, { on: { notification: wait, request: wait } }) };
}

export function closingSuite(name: string, on: On): void {
  test(`${name}: a system that drains or is closed takes no messages and no agents, and stores nothing`, async () => {
    const worker = gated();
    await using stage = await on({ agents: [worker.definition, echo] });
    const { system, clock } = stage;
    await system.cast("worker", "work", 1);
    await clock.settle();
    const drained = system.drain();
    const sends = () => [
      system.call("echo", "say", 1),
      system.cast("echo", "say", 1),
      system.info("echo", 1),
      system.send({ to: "echo" }),
      system.spawn(agent("guest", { on: {} })),
    ];
    for (const sending of sends())
      assert.match((await failure("HERMOD_CLOSED", sending)).message, /draining/);
    worker.gate.open();
    await drained;
    assert.equal((await saidIn(system)).length, 1);
    await system.close();
    for (const sending of sends()) assert.match((await failure("HERMOD_CLOSED", sending)).message, /closed/);
  });

  test(`${name}: running handlers finish their work, their calls and their answers before a close ends`, async () => {
    const worker = gated();
    const steps: string[] = [];
    const boss = agent("boss", {
      on: {
        request: async (payload, ctx) => {
          const answer = await ctx.call("worker", "work", payload);
          await ctx.cast("boss", "note", answer);
          steps.push("done");
          return answer;
        },
        notification: () => undefined,
      },
    });
    const stage = await on({ agents: [worker.definition, boss] });
    const { system, clock } = stage;
    const asked = system.call("boss", "manage", "it");
    await clock.settle();
    const closed = system.close();
    await clock.advance("20s");
    assert.ok(await isOpen(clock, closed));
    worker.gate.open();
    assert.equal(await asked, "it");
    await closed;
    assert.deepEqual(steps, ["done"]);
    assert.equal(clock.waiting, 0);
  });

  test(`${name}: what outlasts the drain is aborted and counted, and its caller hears that the outcome is unknown`, async () => {
    for (const [options, limit] of [
      [{}, 25_000],
      [{ timeout: "2s" }, 2000],
    ] as const) {
      const worker = gated();
      const stage = await on({ agents: [worker.definition] });
      const { system, clock, spy } = stage;
      const asked = caught(system.call("worker", "work", 1, { timeout: "1h" }));
      await clock.settle();
      const { signal } = only(worker.contexts);
      const drained = system.drain(options);
      await clock.advance(limit - 1);
      assert.ok(await isOpen(clock, drained));
      assert.equal(signal.aborted, false);
      await clock.advance(1);
      await drained;
      assert.equal((signal.reason as HermodError).code, "HERMOD_CLOSED");
      assert.equal(only(spy.of("system.drained")).unfinished, 1);
      assert.equal((await asked).code, "HERMOD_CLOSED");
      await system.close();
      assert.equal(clock.waiting, 0);
      worker.gate.open();
      await clock.settle();
    }
  });

  test(`${name}: a call for which nothing runs yet ends with a typed error, and is not run`, async () => {
    const worker = gated();
    const stage = await on({ agents: [worker.definition], pull: [Jobs] });
    const { system, clock } = stage;
    const running = system.call("worker", "work", 1);
    await clock.settle();
    const waiting = [caught(system.call("worker", "work", 2)), caught(system.call(Jobs, "sum", [3]))];
    await clock.settle();
    const closed = system.close();
    await clock.settle();
    worker.gate.open();
    assert.equal(await running, 1);
    await closed;
    assert.deepEqual(
      (await Promise.all(waiting)).map(({ code }) => code),
      ["HERMOD_CLOSED", "HERMOD_CLOSED"],
    );
    assert.equal(worker.contexts.length, 1);
  });

  test(`${name}: receivers wake with nothing as soon as the drain begins`, async () => {
    const worker = gated();
    const stage = await on({ agents: [worker.definition], pull: [Jobs] });
    const { system, clock } = stage;
    const jobs = system.mailbox(Jobs);
    await system.cast("worker", "work", 1);
    const receiving = [jobs.receive(), jobs.receive({ timeout: "1h" }), jobs[Symbol.asyncIterator]().next()];
    await clock.settle();
    const drained = system.drain();
    await clock.settle();
    const [endless, limited, step] = await Promise.all(receiving);
    assert.deepEqual([endless, limited, step], [undefined, undefined, { done: true, value: undefined }]);
    assert.ok(await isOpen(clock, drained));
    worker.gate.open();
    await system.close();
    assert.deepEqual(
      [await jobs.receive(), await jobs.tryReceive(), await jobs.receiveAll()],
      [undefined, undefined, []],
    );
    assert.equal(clock.waiting, 0);
  });

  test(`${name}: a message that comes while receivers are woken by the drain is received or stays, and is never lost`, async () => {
    for (let turns = 0; turns < 8; turns++) {
      const stage = await on({ pull: [Jobs] });
      const { system, clock } = stage;
      const jobs = system.mailbox(Jobs);
      const receiving = jobs.receive();
      await clock.settle();
      await system.cast(Jobs, "note", { text: "a" });
      for (let turn = 0; turn < turns; turn++) await new Promise((go) => setImmediate(go));
      const drained = system.drain();
      await (await receiving)?.release();
      await drained;
      const { waiting, running } = await jobs.stats();
      assert.deepEqual([waiting, running], [1, 0], `after ${turns} turns`);
      await system.close();
    }
  });

  test(`${name}: a handler that closes its own system is waited for until the timeout, and the close ends`, async () => {
    const stage: Awaited<ReturnType<On>> = await on({
      agents: [agent("worker", { on: { notification: () => stage.system.close({ timeout: "2s" }) } })],
    });
    const { system, clock, spy } = stage;
    await system.cast("worker", "end", null);
    await clock.advance("2s");
    await system.close();
    await clock.settle();
    assert.deepEqual([only(spy.of("system.drained")).unfinished, clock.waiting], [1, 0]);
  });

  test(`${name}: a delivery taken before the drain can still be settled while the system drains`, async () => {
    const worker = gated();
    const stage = await on({ agents: [worker.definition], pull: [Jobs] });
    const { system, clock } = stage;
    await system.cast("worker", "work", 1);
    const asked = system.call(Jobs, "sum", [1]);
    const held = given(await system.mailbox(Jobs).receive());
    const drained = system.drain();
    await clock.settle();
    await held.reply({ total: 1 } as never);
    assert.deepEqual(await asked, { total: 1 });
    worker.gate.open();
    await drained;
    await system.close();
  });

  test(`${name}: what is in somebody's hand is waited for, then taken back without an attempt, and its holder finds the lease lost`, async () => {
    const stage = await on({ pull: [Jobs] });
    const { system, clock, spy } = stage;
    const jobs = system.mailbox(Jobs);
    await system.cast(Jobs, "note", { text: "a" });
    const held = given(await jobs.receive());
    const drained = system.drain({ timeout: "2s" });
    await clock.advance(1999);
    assert.ok(await isOpen(clock, drained));
    await clock.advance(1);
    await drained;
    const { waiting, running } = await jobs.stats();
    assert.deepEqual([waiting, running, only(spy.of("system.drained")).unfinished], [1, 0, 1]);
    await failure("HERMOD_STALE_LEASE", held.ack());
    await failure("HERMOD_STALE_LEASE", held.extend());
    await held.release();
    assert.deepEqual(only(await saidIn(system)).attempts, []);
    await system.close();
    assert.equal(clock.waiting, 0);
  });

  test(`${name}: a message whose holder has forgotten it is not waited for once its lease has run out`, async () => {
    const stage = await on({ pull: [Jobs] });
    const { system, clock } = stage;
    await system.cast(Jobs, "note", { text: "a" });
    const forgotten = given(await system.mailbox(Jobs).receive());
    await clock.advance("31s");
    await given(await system.mailbox(Jobs).receive()).ack();
    await system.close();
    assert.equal(clock.waiting, 0);
    await failure("HERMOD_STALE_LEASE", forgotten.ack());
  });

  test(`${name}: a drain leaves what waits where it is`, async () => {
    const worker = gated();
    const stage = await on({ agents: [worker.definition] });
    const { system, clock } = stage;
    for (const n of [1, 2, 3]) await system.cast("worker", "work", n);
    await clock.settle();
    const drained = system.drain();
    worker.gate.open();
    await drained;
    await clock.settle();
    assert.equal(worker.contexts.length, 1);
    assert.deepEqual(
      (await saidIn(system, "state:waiting")).map(({ envelope }) => envelope.payload),
      [2, 3],
    );
    assert.deepEqual(await lettersOf(system), []);
    await system.close();
  });

  test(`${name}: a drain that works off what waits handles messages, what they send, and retries that come due`, async () => {
    const handled: string[] = [];
    let failures = 1;
    const worker = agent("worker", {
      retry: { retries: 1, base: "2s", jitter: "none" },
      on: {
        notification: async (payload, ctx) => {
          if (payload === "again" && failures-- > 0) throw new Error("not yet");
          handled.push(String(payload));
          if (payload === "first") await ctx.cast("other", "work", "sent by first");
        },
      },
    });
    const other = agent("other", { on: { notification: (payload) => void handled.push(String(payload)) } });
    const stage = await on({ agents: [worker, other] });
    const { system, clock } = stage;
    for (const payload of ["first", "again", "last"]) await system.cast("worker", "work", payload);
    const drained = system.drain({ waiting: true });
    await failure("HERMOD_CLOSED", system.cast("worker", "work", "too late"));
    await clock.advance("3s");
    await drained;
    assert.deepEqual(handled.toSorted(), ["again", "first", "last", "sent by first"]);
    await system.close();
    assert.equal(clock.waiting, 0);
  });

  test(`${name}: a drain that works off what waits ends at its timeout`, async () => {
    const worker = gated();
    const stage = await on({ agents: [worker.definition] });
    const { system, clock, spy } = stage;
    for (const n of [1, 2]) await system.cast("worker", "work", n);
    const drained = system.drain({ waiting: true, timeout: "5s" });
    await clock.advance(4990);
    assert.ok(await isOpen(clock, drained));
    await clock.advance(20);
    await drained;
    assert.equal(only(spy.of("system.drained")).unfinished, 1);
    assert.equal(worker.contexts.length, 1);
    await system.close();
    assert.equal(clock.waiting, 0);
    worker.gate.open();
  });

  test(`${name}: a second close joins the first, whenever and however often it comes`, async () => {
    const worker = gated();
    const stage = await on({ agents: [worker.definition] });
    const { system, clock, spy } = stage;
    await system.cast("worker", "work", 1);
    await clock.settle();
    const ends = [
      system.drain(),
      system.close(),
      system.close({ timeout: 0 }),
      system[Symbol.asyncDispose](),
      system.drain(),
    ];
    await clock.advance("10s");
    assert.ok(await isOpen(clock, Promise.race(ends)));
    worker.gate.open();
    await Promise.all(ends);
    await system.close();
    await system.drain();
    assert.deepEqual([spy.of("system.drained").length, spy.of("system.closed").length], [1, 1]);
  });

  test(`${name}: a system can be closed the moment it has started`, async () => {
    const stage = await on({ agents: [echo], pull: [Jobs] });
    await stage.system.close();
    assert.equal(stage.clock.waiting, 0);
  });

  test(`${name}: a close right behind sends that were not awaited keeps what was said of them`, async () => {
    const stage = await on({ agents: [echo] });
    const { system } = stage;
    const cast = system.cast("echo", "say", 1);
    const asked = caught(system.call("echo", "say", 2));
    await system.close();
    const { id } = await cast;
    assert.ok(id.length > 0);
    assert.equal((await asked).code, "HERMOD_CLOSED");
  });

  test(`${name}: a drain or close whose options are wrong is refused, ends nothing and can be said again`, async () => {
    const stage = await on({ agents: [echo] });
    const { system } = stage;
    await failure("HERMOD_BAD_OPTION", system.drain({ timeout: -1 }));
    await failure("HERMOD_BAD_OPTION", system.close({ timeout: "soon" as never }));
    await failure("HERMOD_BAD_OPTION", system.close({ waitin: true } as never));
    await failure("HERMOD_BAD_OPTION", system.drain({ waiting: "yes" as never }));
    assert.equal(await system.call("echo", "say", 1), 1);
    await system.close();
    await failure("HERMOD_CLOSED", system.cast("echo", "say", 1));
  });

  test(`${name}: a system in an await using scope is closed at its end`, async () => {
    const stage = await on({ agents: [echo] });
    {
      await using system = stage.system;
      assert.equal(await system.call("echo", "say", 1), 1);
    }
    assert.equal(stage.spy.of("system.closed").length, 1);
    await failure("HERMOD_CLOSED", stage.system.call("echo", "say", 1));
  });

  test(`${name}: a close while an agent stops waits for the same handler, and both end with it`, async () => {
    const worker = gated();
    const stage = await on();
    const { system, clock, spy } = stage;
    const running = await system.spawn(worker.definition);
    await system.cast("worker", "work", 1);
    await clock.settle();
    const ends = [running.stop(), system.close()];
    await clock.settle();
    worker.gate.open();
    await clock.settle();
    assert.deepEqual(
      [await isOpen(clock, given(ends[0])), await isOpen(clock, given(ends[1]))],
      [false, false],
    );
    assert.equal(clock.waiting, 0);
    assert.equal(spy.of("agent.stopped").length, 1);
  });

  test(`${name}: nothing that waits for a time outlives a close: calls, receives, retries, leases, rooms and heartbeats`, async () => {
    const worker = gated();
    const failing = agent("failing", {
      on: {
        notification: () => {
          throw new Error("later");
        },
      },
    });
    const small = { from: "small", capacity: { count: 1, overflow: "wait" as const } };
    const stage = await on({ agents: [worker.definition, failing], pull: [Jobs, small] });
    const { system, clock } = stage;
    const ends: Promise<unknown>[] = [caught(system.call("worker", "work", 1, { timeout: "1h" }))];
    await system.cast("failing", "work", 1);
    await system.cast(Jobs, "note", { text: "held" });
    await system.mailbox(Jobs).receive();
    ends.push(system.mailbox(Jobs).receive({ timeout: "1h" }));
    await system.cast("small", "work", 1);
    ends.push(caught(system.cast("small", "work", 2)));
    await clock.settle();
    assert.ok(clock.waiting > 0);
    const closed = system.close({ timeout: "1s" });
    await clock.advance("1s");
    await closed;
    await Promise.all(ends);
    assert.equal(clock.waiting, 0);
    worker.gate.open();
    await clock.settle();
    assert.equal(clock.waiting, 0);
  });

  test(`${name}: a handler that outlives the close can send nothing more and leaves no timer`, async () => {
    const worker = gated();
    const stage = await on({ agents: [worker.definition, echo] });
    const { system, clock } = stage;
    await system.cast("worker", "work", 1);
    const asked = caught(system.call("worker", "ask", 2));
    await clock.settle();
    const closed = system.close({ timeout: 0 });
    await clock.advance(0);
    await closed;
    await asked;
    const ctx = only(worker.contexts);
    await failure("HERMOD_CLOSED", ctx.call("echo", "say", 1));
    await failure("HERMOD_CLOSED", ctx.cast("echo", "say", 1));
    worker.gate.open();
    await clock.settle();
    assert.equal(clock.waiting, 0);
  });

  test(`${name}: a handler that heeds its signal ends at the abort, and its caller hears how`, async () => {
    const worker = gated();
    const boss = agent("boss", {
      on: {
        request: (payload, ctx) => ctx.call("worker", "work", payload, { signal: ctx.signal, timeout: "1h" }),
      },
    });
    const stage = await on({ agents: [worker.definition, boss] });
    const { system, clock } = stage;
    const asked = caught(system.call("boss", "manage", 1, { timeout: "1h" }));
    await clock.settle();
    const closed = system.close({ timeout: "1s" });
    await clock.advance("1s");
    await closed;
    const failed = await asked;
    assert.deepEqual(
      [failed.code, (failed.cause as HermodError).code],
      ["HERMOD_FAILED", "HERMOD_CANCELLED"],
    );
    await clock.settle();
    assert.equal(clock.waiting, 0);
    worker.gate.open();
  });
}
