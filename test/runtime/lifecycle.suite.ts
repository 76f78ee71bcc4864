/** Agents come and go: spawn registers, stop unregisters, once each, and nobody is left without an answer. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { agent, type HermodError } from "hermod";
import { failure, given, isOpen } from "./pull.kit.ts";
import { Gate, caught, lettersOf, only, saidIn, type On } from "./stage.ts";

const echo = agent("echo", { on: { request: (payload) => payload, notification: () => undefined } });

/** An agent whose handlers wait at a gate and note what they were told to stop with. */
function gated(name = "worker") {
  const gate = new Gate();
  const log = { started: [] as unknown[], aborted: [] as HermodError[] };
  const definition = agent(name, {
    on: {
      notification: async (payload, ctx) => {
        log.started.push(payload);
        ctx.signal.addEventListener("abort", () => log.aborted.push(ctx.signal.reason as HermodError));
        await gate.passed;
      },
      request: async (payload) => gate.passed.then(() => payload),
    },
  });
  return { gate, definition, ...log };
}

export function lifecycleSuite(name: string, on: On): void {
  test(`${name}: an agent is registered by its spawn, its mailbox can be fetched, and the system shuts down cleanly [43]`, async () => {
    const stage = await on();
    const { system, clock } = stage;
    assert.throws(() => system.mailbox("echo"), { code: "HERMOD_NO_AGENT" });
    const { address } = await system.spawn(echo);
    assert.equal(system.mailbox("echo").address, address);
    assert.equal(await system.call("echo", "say", 1), 1);
    await system.close();
    assert.equal(clock.waiting, 0);
  });

  test(`${name}: starting an agent registers it, in one place and once [(37)]`, async () => {
    await using stage = await on({ agents: [echo] });
    const { system, spy } = stage;
    assert.deepEqual(system.agents(), ["echo"]);
    const error = await failure("HERMOD_DUPLICATE_AGENT", system.spawn(echo));
    assert.equal(error.message, '"echo" runs already in this system');
    assert.deepEqual([system.agents(), (await system.stats()).router.routes], [["echo"], 1]);
    assert.equal(spy.of("agent.started").length, 1);
    assert.equal(await system.call("echo", "say", 1), 1);
  });

  test(`${name}: of two spawns of one address at the same time, one wins and the other is refused`, async () => {
    await using stage = await on();
    const both = await Promise.allSettled([stage.system.spawn(echo), stage.system.spawn(echo)]);
    assert.deepEqual(
      both.map(({ status }) => status),
      ["fulfilled", "rejected"],
    );
    assert.deepEqual(stage.system.agents(), ["echo"]);
    assert.equal(await stage.system.call("echo", "say", 1), 1);
  });

  test(`${name}: a started agent handles messages until it is stopped, and a stop ends its work [69]`, async () => {
    const worker = gated();
    await using stage = await on();
    const { system, clock } = stage;
    const running = await system.spawn(worker.definition);
    await system.cast("worker", "work", 1);
    await clock.settle();
    worker.gate.open();
    await system.cast("worker", "work", 2);
    await clock.settle();
    assert.deepEqual(worker.started, [1, 2]);
    await running.stop();
    assert.deepEqual(system.agents(), []);
    await failure("HERMOD_NO_AGENT", system.cast("worker", "work", 3));
    await clock.advance("1h");
    assert.deepEqual(worker.started, [1, 2]);
  });

  test(`${name}: each agent has exactly one mailbox, also after it was stopped and started again [30]`, async () => {
    await using stage = await on({ agents: [echo] });
    const { system, clock } = stage;
    const guest = await system.spawn(gated("guest").definition);
    await guest.stop();
    const again = gated("guest");
    await system.spawn(again.definition);
    await system.cast("guest", "work", 1);
    await clock.settle();
    assert.deepEqual(again.started, [1]);
    const mailboxes = (await system.stats()).mailboxes.map(({ mailbox }) => mailbox);
    assert.deepEqual(mailboxes.toSorted(), ["echo", "guest"]);
    again.gate.open();
    await clock.settle();
  });

  test(`${name}: the numbers of an agent that was started again begin at nothing`, async () => {
    await using stage = await on();
    const { system, clock } = stage;
    const first = await system.spawn(echo);
    await system.call("echo", "say", 1);
    await clock.settle();
    assert.equal((await system.mailbox("echo").stats()).processed, 1);
    await first.stop();
    await system.spawn(echo);
    const { processed, received } = await system.mailbox("echo").stats();
    assert.deepEqual([processed, received], [0, 0]);
  });

  test(`${name}: the mailbox of a stopped agent is empty and unserved for whoever still looks at it`, async () => {
    await using stage = await on();
    const running = await stage.system.spawn(echo);
    const box = stage.system.mailbox("echo");
    assert.equal((await box.stats()).served, true);
    await running.stop();
    const { served, waiting, received } = await box.stats();
    assert.deepEqual([served, waiting, received, await box.peek()], [false, 0, 0, []]);
  });

  test(`${name}: a stop unregisters once, and a second stop joins the first`, async () => {
    const worker = gated();
    await using stage = await on();
    const { system, clock, spy } = stage;
    const running = await system.spawn(worker.definition);
    await system.cast("worker", "work", 1);
    await clock.settle();
    const stops = [running.stop(), running.stop({ timeout: 1 }), running[Symbol.asyncDispose]()];
    await clock.advance("10s");
    assert.ok(await isOpen(clock, Promise.race(stops)));
    worker.gate.open();
    await Promise.all(stops);
    assert.equal(spy.of("agent.stopped").length, 1);
    await running.stop();
    assert.equal(spy.of("agent.stopped").length, 1);
    assert.deepEqual(await lettersOf(system), []);
    assert.equal(only(await saidIn(system)).state, "done");
    await clock.advance("1m");
    assert.equal(clock.waiting, 0);
  });

  test(`${name}: an old handle stops nothing that was started after it`, async () => {
    await using stage = await on();
    const first = await stage.system.spawn(echo);
    await first.stop();
    await stage.system.spawn(echo);
    await first.stop();
    assert.equal(await stage.system.call("echo", "say", 1), 1);
  });

  test(`${name}: what waits for a stopped agent becomes dead letters "stopped", and its callers hear at once`, async () => {
    const worker = gated();
    await using stage = await on();
    const { system, clock } = stage;
    const running = await system.spawn(worker.definition);
    await system.cast("worker", "work", "running");
    await clock.settle();
    await system.cast("worker", "work", "waiting");
    const asked = [
      caught(system.call("worker", "ask", "volatile")),
      caught(system.call("worker", "ask", "durable", { delivery: "at-least-once" })),
    ];
    await system.cast("worker", "work", "delayed", { retry: { retries: 1, base: "1m" } });
    await clock.settle();
    const stopped = running.stop();
    assert.ok(await isOpen(clock, stopped));
    worker.gate.open();
    await stopped;
    for (const error of await Promise.all(asked)) {
      assert.equal(error.code, "HERMOD_NO_AGENT");
      assert.match(error.message, /stopped/);
    }
    const letters = (await lettersOf(system)).map(({ reason, envelope }) => [reason, envelope.payload]);
    assert.deepEqual(letters, [
      ["stopped", "waiting"],
      ["stopped", "volatile"],
      ["stopped", "durable"],
      ["stopped", "delayed"],
    ]);
    assert.deepEqual(worker.started, ["running"]);
  });

  test(`${name}: a stop waits for the running handler, by default twenty-five seconds, and then aborts its signal`, async () => {
    for (const [options, limit] of [
      [undefined, 25_000],
      [{ timeout: "3s" }, 3000],
      [{ timeout: 0 }, 0],
    ] as const) {
      const worker = gated();
      await using stage = await on();
      const { system, clock } = stage;
      const running = await system.spawn(worker.definition);
      const sent = await system.cast("worker", "work", 1);
      await clock.settle();
      const stopped = running.stop(options);
      if (limit > 0) {
        await clock.advance(limit - 1);
        assert.ok(await isOpen(clock, stopped));
        assert.deepEqual(worker.aborted, []);
      }
      await clock.advance(1);
      await stopped;
      assert.equal(only(worker.aborted).code, "HERMOD_CLOSED");
      const letter = only(await lettersOf(system));
      assert.deepEqual([letter.envelope.id, letter.reason], [sent.id, "stopped"]);
      worker.gate.open();
      await clock.settle();
      assert.equal((await lettersOf(system)).length, 1);
    }
  });

  test(`${name}: a stop whose options are wrong is refused, stops nothing and can be said again`, async () => {
    await using stage = await on();
    const running = await stage.system.spawn(echo);
    await failure("HERMOD_BAD_OPTION", running.stop({ timeout: -1 }));
    await failure("HERMOD_BAD_OPTION", running.stop({ timout: 1 } as never));
    assert.equal(await stage.system.call("echo", "say", 1), 1);
    await running.stop();
    assert.deepEqual(stage.system.agents(), []);
  });

  test(`${name}: an agent in an await using scope is stopped at its end`, async () => {
    await using stage = await on();
    {
      await using running = await stage.system.spawn(echo);
      assert.equal(running.address, "echo");
    }
    assert.deepEqual(stage.system.agents(), []);
  });

  test(`${name}: an agent that is stopped for good is forgotten with its state`, async () => {
    const counter = agent("counter", {
      state: () => ({ n: 0 }),
      on: { request: (_payload, ctx) => ++ctx.state.n },
    });
    await using stage = await on();
    const { system } = stage;
    const first = await system.spawn(counter);
    assert.deepEqual([await system.call("counter", "up", 0), await system.call("counter", "up", 0)], [1, 2]);
    await first.stop();
    await system.spawn(counter);
    assert.equal(await system.call("counter", "up", 0), 1);
  });

  test(`${name}: what was held for an agent that was not there is handled when it starts`, async () => {
    const worker = gated("late");
    worker.gate.open();
    await using stage = await on();
    const { system, clock } = stage;
    await failure("HERMOD_NO_AGENT", system.cast("late", "work", 0));
    await system.cast("late", "work", 1, { hold: true });
    await system.cast("late", "work", 2);
    await clock.advance("1h");
    await system.spawn(worker.definition);
    await clock.settle();
    assert.deepEqual(worker.started, [1, 2]);
    assert.equal(given((await saidIn(system))[0]).state, "done");
  });

  test(`${name}: agents can be started and stopped many times without a trace`, async () => {
    await using stage = await on();
    const { system, clock } = stage;
    for (let n = 0; n < 200; n++) {
      const running = await system.spawn(echo);
      assert.equal(await system.call("echo", "say", n), n);
      await running.stop();
    }
    await clock.advance("1m");
    const { mailboxes, router, calls, delivery } = await system.stats();
    assert.deepEqual([mailboxes, router.routes, calls.waiting, delivery.pending], [[], 0, 0, 0]);
    assert.deepEqual([clock.waiting, await lettersOf(system)], [0, []]);
  });
}
