/** Info: a notice of the system has a lane of its own, before and beside everything else, at most once. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { agent, contract } from "hermod";
import * as z from "zod";
import { Gate, caught, lettersOf, only, saidIn, type On } from "./stage.ts";

const Critic = contract("critic", { casts: { note: z.string() } });

export function infoSuite(name: string, on: On): void {
  test(`${name}: a health check brings an agent, typed or not, a notice with agent and time [25]`, async () => {
    const heard: unknown[] = [];
    const typed = agent(Critic, {
      on: { note: () => undefined },
      info: (notice, { self }) => void heard.push([self, notice]),
    });
    const plain = agent("plain", { on: { info: (notice, { self }) => void heard.push([self, notice]) } });
    await using stage = await on({ agents: [typed, plain] });
    const { system, clock } = stage;
    const check = (to: string) => ({ check: "health", agent: to, at: clock.now() });
    await system.info(Critic, check("critic"));
    const sent = await system.info("plain", check("plain"));
    assert.deepEqual(
      [sent.verb, sent.type, sent.delivery, sent.from],
      ["info", "status", "at-most-once", system.address],
    );
    await clock.settle();
    assert.deepEqual(heard, [
      ["critic", check("critic")],
      ["plain", check("plain")],
    ]);
  });

  test(`${name}: a notice is handled while a handler runs, at concurrency 1, and before all that waits`, async () => {
    const gate = new Gate();
    const order: unknown[] = [];
    const critic = agent(Critic, {
      on: { note: (text) => (order.push(text), gate.passed) },
      info: (notice) => void order.push(notice),
    });
    await using stage = await on({ agents: [critic] });
    const { system, clock } = stage;
    await system.cast(Critic, "note", "runs");
    await clock.settle();
    await system.cast(Critic, "note", "waits", { priority: "urgent" });
    await system.info(Critic, "notice");
    await clock.settle();
    assert.deepEqual(order, ["runs", "notice"]);
    gate.open();
    await clock.settle();
    assert.deepEqual(order, ["runs", "notice", "waits"]);
  });

  test(`${name}: a notice goes before messages of any priority that came earlier`, async () => {
    const order: unknown[] = [];
    const hold = true;
    await using stage = await on();
    const { system, clock } = stage;
    await system.cast("later", "", "cast", { hold, priority: "urgent" });
    await system.info("later", "notice");
    await system.spawn(
      agent("later", {
        on: { notification: (text) => void order.push(text), info: (text) => void order.push(text) },
      }),
    );
    await clock.settle();
    assert.deepEqual(order, ["notice", "cast"]);
  });

  test(`${name}: a full mailbox takes a notice all the same`, async () => {
    for (const overflow of ["reject", "wait", "drop-newest", "drop-oldest"] as const) {
      const heard: unknown[] = [];
      const gate = new Gate();
      const full = agent("full", {
        capacity: { count: 1, bytes: 100, overflow },
        on: { notification: () => gate.passed, info: (notice) => void heard.push(notice) },
      });
      await using stage = await on({ agents: [full] });
      const { system, clock } = stage;
      await system.cast("full", "", "runs");
      await clock.settle();
      await system.cast("full", "", "waits");
      await system.info("full", "x".repeat(200));
      await clock.settle();
      assert.equal(heard.length, 1, overflow);
      assert.equal((await lettersOf(system)).length, 0, overflow);
      gate.open();
      await clock.settle();
    }
  });

  test(`${name}: a notice is handled at most once: its failure is not retried, and the agent lives on`, async () => {
    let runs = 0;
    const heard: unknown[] = [];
    const fails = agent("fails", {
      retry: { retries: 5, base: 0 },
      on: {
        info: () => (runs++, Promise.reject(new Error("no ink"))),
        notification: (text) => void heard.push(text),
      },
    });
    await using stage = await on({ agents: [fails] });
    const { system, clock } = stage;
    await system.info("fails", "health");
    await clock.advance("1h");
    assert.equal(runs, 1);
    assert.equal(only(await lettersOf(system)).reason, "exhausted");
    await system.cast("fails", "", "still here");
    await clock.settle();
    assert.deepEqual(heard, ["still here"]);
  });

  test(`${name}: a notice that nobody wants is done, and leaves no dead letter`, async () => {
    await using stage = await on({
      agents: [agent(Critic, { on: { note: () => undefined } }), agent("plain", { on: {} })],
    });
    const { system, clock } = stage;
    await system.info(Critic, "health");
    await system.info("plain", "health");
    await clock.settle();
    assert.deepEqual(
      (await saidIn(system)).map(({ state }) => state),
      ["done", "done"],
    );
    assert.equal((await lettersOf(system)).length, 0);
  });

  test(`${name}: a notice expects no reply, and what its handler returns is sent to nobody`, async () => {
    await using stage = await on({ agents: [agent("plain", { on: { info: () => "thanks" } })] });
    const { system, clock } = stage;
    await system.info("plain", "health");
    await clock.settle();
    assert.equal((await saidIn(system)).length, 1);
  });

  test(`${name}: a notice that fails beside a running handler leaves that one's state as it is`, async () => {
    const gate = new Gate();
    const counts: number[] = [];
    const counter = agent(Critic, {
      state: () => ({ count: 0 }),
      on: {
        note: async (_, ctx) => {
          ctx.state.count++;
          await gate.passed;
          counts.push(++ctx.state.count);
        },
      },
      info: () => Promise.reject(new Error("no ink")),
    });
    await using stage = await on({ agents: [counter] });
    const { system, clock } = stage;
    await system.cast(Critic, "note", "");
    await clock.settle();
    await system.info(Critic, "health");
    await clock.settle();
    gate.open();
    await system.cast(Critic, "note", "");
    await clock.settle();
    assert.deepEqual(counts, [2, 4]);
  });

  test(`${name}: a handler sees the state in a notice, and a notice commits none`, async () => {
    const seen: unknown[] = [];
    const counter = agent(Critic, {
      state: () => ({ count: 0 }),
      on: { note: (_, ctx) => void ctx.state.count++ },
      info: (_, ctx) => void seen.push(ctx.state.count),
    });
    await using stage = await on({ agents: [counter] });
    const { system, clock } = stage;
    await system.cast(Critic, "note", "");
    await clock.settle();
    await system.info(Critic, "health");
    await clock.settle();
    assert.deepEqual(seen, [1]);
  });

  test(`${name}: a notice to nobody is refused`, async () => {
    await using stage = await on();
    assert.equal((await caught(stage.system.info("nobody", "health"))).code, "HERMOD_NO_AGENT");
  });
}
