/** Health: agents that are not well and handlers that do not end are noticed without anybody telling. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { agent, contract, pool, supervisor, type AgentOptions, type Context } from "hermod";
import * as z from "zod";
import { crashOne, lifeOf, worker } from "./crew.kit.ts";
import { failure, isOpen } from "./pull.kit.ts";
import { Gate, caught, lettersOf, only, saidIn, type On } from "./stage.ts";

/** An agent whose handlers ignore their signal until the gate opens. */
function deaf(name: string, options: AgentOptions<undefined> = {}) {
  const gate = new Gate();
  const contexts: Context[] = [];
  const run = async (what: unknown, ctx: Context): Promise<unknown> => {
    if (what !== "hang") return what;
    contexts.push(ctx);
    await gate.passed;
    return "too late";
  };
  const retry = { retries: 1, base: "1s", jitter: "none" } as const;
  return {
    gate,
    contexts,
    definition: agent(name, { retry, ...options, on: { notification: run, request: run } }),
  };
}

export function healthSuite(name: string, on: On): void {
  test(`${name}: an agent whose check fails is restarted, whether it throws, rejects, or says nothing for 5 s [83]`, async () => {
    const sick = {
      throws: () => {
        throw new Error("unwell");
      },
      rejects: () => Promise.reject(new Error("unwell")),
      hangs: () => new Promise(() => undefined),
    };
    for (const [how, check] of Object.entries(sick)) {
      const checked: string[] = [];
      const health = {
        every: "10s",
        check: (self: string) => (checked.push(self), checked.length === 2 ? check() : undefined),
      } as const;
      await using stage = await on({
        agents: [supervisor("crew", { children: [worker("a", { health }), worker("b")] })],
      });
      const { system, clock, spy } = stage;
      await clock.advance(19_999);
      assert.deepEqual([checked, spy.of("agent.crashed")], [["a"], []]);
      await clock.advance(1);
      const waits = how === "hangs";
      assert.equal(spy.of("agent.crashed").length, waits ? 0 : 1, how);
      await clock.advance(waits ? 5000 : 0);
      assert.match(
        String(only(spy.of("agent.crashed")).error),
        waits ? /^FailedError: a did not answer its health check$/ : /^Error: unwell$/,
      );
      assert.deepEqual(lifeOf(stage).slice(2), ["crashed a", "started a", "restarted a"]);
      assert.equal(await system.call("a", "", 1), 1);
      await clock.advance("10s");
      assert.equal(checked.length, 3);
    }
  });

  test(`${name}: a check that is slow but answers in time is no failure, and none overlaps another`, async () => {
    let running = 0;
    let most = 0;
    await using stage = await on();
    const { system, clock, spy } = stage;
    const check = (): Promise<void> =>
      new Promise((resolve) => {
        most = Math.max(most, ++running);
        clock.after(4999, () => (running--, resolve()));
      });
    await system.spawn(worker("a", { health: { check, every: "1s" } }));
    await clock.advance("1m");
    assert.deepEqual([most, spy.of("agent.crashed")], [1, []]);
  });

  test(`${name}: a check that fails takes what runs along: casts are given back, callers told`, async () => {
    let checks = 0;
    const health = {
      every: "10s",
      check: () => (++checks === 1 ? Promise.reject(new Error("unwell")) : undefined),
    } as const;
    const { definition, contexts, gate } = deaf("a", { health });
    await using stage = await on({ agents: [definition] });
    const { system, clock } = stage;
    const asked = caught(system.call("a", "", "hang"));
    await clock.advance("10s");
    const error = await asked;
    assert.deepEqual([error.code, error.details["crashed"]], ["HERMOD_FAILED", true]);
    assert.match(error.message, /a crashed: unwell/);
    assert.equal(contexts[0]?.signal.aborted, true);
    gate.open();
    assert.equal(await system.call("a", "", 1), 1);
  });

  test(`${name}: an agent that is stopped, gone or closed is checked no more, and no timer is left`, async () => {
    for (const end of ["stop", "close", "escalate"] as const) {
      let checks = 0;
      const check = (): unknown => (checks++, new Promise(() => undefined));
      const stage = await on();
      const { system, clock } = stage;
      const a = await system.spawn(worker("a", { health: { check, every: "10s" } }));
      await system.spawn(pool(worker("b", { health: { check, every: "10s" } }), { size: 2 }));
      await clock.advance("12s");
      assert.equal(checks, 3);
      if (end === "escalate") for (let n = 0; n < 4; n++) await crashOne(stage, "a");
      if (end === "stop") await a.stop();
      if (end !== "close") await system.pool("b").stop();
      await system.close();
      assert.equal(clock.waiting, 0, end);
      await clock.advance("1h");
      assert.equal(checks, 3);
    }
  });

  test(`${name}: a member that is not well is restarted alone [62]`, async () => {
    let checks = 0;
    const health = {
      every: "10s",
      check: () => (++checks === 2 ? Promise.reject(new Error("unwell")) : undefined),
    } as const;
    await using stage = await on({ agents: [pool(worker("crew", { health }), { size: 3 })] });
    await stage.clock.advance("10s");
    assert.deepEqual(lifeOf(stage).slice(3), ["crashed crew/2", "started crew/2", "restarted crew/2"]);
    assert.equal(await stage.system.call("crew", "", 1), 1);
  });

  test(`${name}: a handler that ignores its deadline is abandoned 5 s later, and its agent restarted [83] [C16] [(40)]`, async () => {
    const { definition, contexts, gate } = deaf("a", { lease: "3s" });
    await using stage = await on({ agents: [supervisor("crew", { children: [definition, worker("b")] })] });
    const { system, clock, spy } = stage;
    const { id } = await system.cast("a", "", "hang", { timeout: "10s" });
    const asked = system.call("a", "", "waits");
    await clock.advance("14s");
    assert.deepEqual([contexts[0]?.signal.aborted, spy.of("handler.stuck")], [true, []]);
    assert.ok(await isOpen(clock, asked));
    await clock.advance("2s");
    assert.equal(await asked, "waits");
    const { agent: who, envelope } = only(spy.of("handler.stuck"));
    assert.deepEqual([who, envelope.id], ["a", id]);
    assert.deepEqual(lifeOf(stage).slice(2), ["crashed a", "started a", "restarted a"]);
    assert.equal(only(await lettersOf(system)).reason, "expired");
    const before = (await system.stats()).router.routed;
    // What the abandoned handler does now counts for nothing.
    const [ctx] = contexts as [Context];
    for (const sent of [
      ctx.cast("b", "", 1),
      ctx.call("b", "", 1),
      ctx.publish("tide.turned", 1),
      ctx.reply(1),
    ])
      await failure("HERMOD_CLOSED", sent);
    gate.open();
    await clock.settle();
    assert.equal((await system.stats()).router.routed, before);
    assert.equal((await system.mailbox("a").stats()).running, 0);
    await clock.advance("1m");
    assert.deepEqual([spy.of("handler.stuck").length, spy.of("agent.restarted").length], [1, 1]);
  });

  test(`${name}: a handler that ends within 5 s of its abort is not stuck`, async () => {
    const { definition, gate } = deaf("a");
    await using stage = await on({ agents: [definition] });
    const { system, clock, spy } = stage;
    const asked = caught(system.call("a", "", "hang", { timeout: "10s" }));
    await clock.advance(14_900);
    assert.equal((await asked).code, "HERMOD_TIMEOUT");
    gate.open();
    await clock.advance("1m");
    assert.deepEqual([spy.of("handler.stuck"), spy.of("agent.crashed")], [[], []]);
  });

  test(`${name}: without a deadline a handler may take as long as it likes`, async () => {
    const { definition, gate } = deaf("a");
    await using stage = await on({ agents: [definition] });
    const { system, clock, spy } = stage;
    await system.cast("a", "", "hang");
    await clock.advance("1h");
    assert.deepEqual(spy.of("handler.stuck"), []);
    gate.open();
    await clock.settle();
    assert.equal((await system.stats()).delivery.acknowledged, 1);
  });

  test(`${name}: the state that a stuck handler changes afterwards is nobody's`, async () => {
    const gate = new Gate();
    const counter = agent("counter", {
      state: () => ({ n: 0 }),
      on: {
        request: async (what, ctx) => {
          if (what === "hang") {
            ctx.state.n = 100;
            await gate.passed;
            ctx.state.n = 1000;
          }
          return ++ctx.state.n;
        },
      },
    });
    await using stage = await on({ agents: [counter] });
    const { system, clock } = stage;
    assert.equal(await system.call("counter", "", 1), 1);
    const asked = caught(system.call("counter", "", "hang", { timeout: "1s" }));
    await clock.advance("10s");
    await asked;
    assert.equal(await system.call("counter", "", 1), 2);
    gate.open();
    await clock.settle();
    assert.equal(await system.call("counter", "", 1), 3);
  });

  test(`${name}: handlers that are stuck side by side are noticed once, and the agent restarted once`, async () => {
    const { definition, contexts } = deaf("a", { concurrency: 3 });
    await using stage = await on({ agents: [definition] });
    const { system, clock, spy } = stage;
    const asked = [1, 2, 3].map(() => caught(system.call("a", "", "hang", { timeout: "10s" })));
    await clock.advance("20s");
    for (const each of asked) assert.equal((await each).code, "HERMOD_TIMEOUT");
    assert.equal(contexts.length, 3);
    assert.deepEqual([spy.of("handler.stuck").length, spy.of("agent.restarted").length], [1, 1]);
    assert.equal((await system.stats()).delivery.running, 0);
    assert.equal(await system.call("a", "", 1), 1);
  });

  test(`${name}: of a keyed agent only the instance with the stuck handler begins anew`, async () => {
    const User = contract("user", { calls: { say: { in: z.string(), out: z.string() } } });
    const gate = new Gate();
    const starts: string[] = [];
    const user = agent(User, {
      keyed: true,
      init: ({ self }) => void starts.push(self),
      on: { say: (what) => (what === "hang" ? gate.passed.then(() => what) : what) },
    });
    await using stage = await on({ agents: [user] });
    const { system, clock, spy } = stage;
    assert.equal(await system.call(User.at("bo"), "say", "hi"), "hi");
    const asked = caught(system.call(User.at("al"), "say", "hang", { timeout: "10s" }));
    const next = system.call(User.at("al"), "say", "next", { timeout: "1h" });
    await clock.advance("20s");
    await asked;
    assert.equal(await next, "next");
    assert.equal(await system.call(User.at("bo"), "say", "hi"), "hi");
    assert.equal(starts.length, 3);
    assert.deepEqual([spy.of("handler.stuck").length, spy.of("agent.crashed").length], [1, 1]);
    assert.deepEqual(spy.of("agent.restarted"), []);
    gate.open();
  });

  test(`${name}: a stuck member of a pool is restarted alone, and the others go on [62]`, async () => {
    const { definition } = deaf("crew");
    await using stage = await on({ agents: [pool(definition, { size: 2 })] });
    const { system, clock } = stage;
    const asked = caught(system.call("crew", "", "hang", { timeout: "10s" }));
    await clock.advance("12s");
    assert.equal(await system.call("crew", "", 1), 1);
    await clock.advance("8s");
    await asked;
    assert.deepEqual(lifeOf(stage).slice(2), ["crashed crew/1", "started crew/1", "restarted crew/1"]);
  });

  test(`${name}: a handler that was interrupted and does not heed it is stuck too, and its asker hears why`, async () => {
    const { definition, gate } = deaf("a", { busy: "interrupt" });
    await using stage = await on({ agents: [definition] });
    const { system, clock, spy } = stage;
    const first = caught(system.call("a", "", "hang"));
    await clock.settle();
    const second = system.call("a", "", "next");
    await clock.advance("10s");
    assert.equal(await second, "next");
    assert.deepEqual([spy.of("handler.stuck").length, spy.of("agent.restarted").length], [1, 1]);
    assert.match((await first).code, /HERMOD_/);
    gate.open();
  });

  test(`${name}: a deaf handler is given up at a stop: its message goes with the agent, and no timer is left`, async () => {
    const { definition, gate } = deaf("a");
    await using stage = await on();
    const { system, clock } = stage;
    const running = await system.spawn(definition);
    const { id } = await system.cast("a", "", "hang");
    await clock.settle();
    const stopped = running.stop({ timeout: "3s" });
    await clock.advance("3s");
    await stopped;
    assert.equal(only(await lettersOf(system)).reason, "stopped");
    assert.equal(only(await saidIn(system, `id:${id}`)).state, "dead");
    gate.open();
    await clock.advance("1m");
    assert.equal(clock.waiting, 0);
  });
}
