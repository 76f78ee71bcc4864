/** Crashes, exits and restarts: what becomes of the agent, its messages and its state. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { agent, contract, crash, exit, pool, supervisor, type HermodError, type InitContext } from "hermod";
import type { TestSystem } from "hermod/testing";
import * as z from "zod";
import { crashOne, crashing, lifeOf, obey, order, worker } from "./crew.kit.ts";
import { failure, isOpen } from "./pull.kit.ts";
import { Gate, caught, lettersOf, only, saidIn, type On, standing } from "./stage.ts";

/** An agent that counts in its state, and does what it is told. */
const counter = agent("counter", {
  state: () => ({ n: 0 }),
  retry: { base: "1s", jitter: "none" },
  on: {
    request: (what, ctx) => (
      ctx.state.n++,
      what === "exit" ? finish(ctx.state.n) : (obey(what), ctx.state.n)
    ),
    notification: (what, ctx) => {
      ctx.state.n++;
      if (what === "crash once" && ctx.state.n === 1) throw crash(new Error("broken"));
      obey(what);
    },
  },
});

function finish(value: unknown): never {
  throw exit(value);
}

function outcomes(stage: TestSystem, id: string): Promise<string[]> {
  return saidIn(stage.system, `id:${id}`).then((said) => only(said).attempts.map(({ outcome }) => outcome));
}

export function restartSuite(name: string, on: On): void {
  test(`${name}: a handler that throws never restarts its agent, and its asker gets the error [C14] [(23)]`, async () => {
    await using stage = await on({ agents: [supervisor("crew", { children: [worker("a")] }), worker("b")] });
    for (const each of ["a", "b"]) {
      for (let n = 0; n < 10; n++) {
        const { code, details } = await caught(stage.system.call(each, "", "fail"));
        assert.deepEqual([code, "crashed" in details], ["HERMOD_FAILED", false]);
      }
      assert.equal(await stage.system.call(each, "", 1), 1);
    }
    assert.deepEqual(lifeOf(stage), ["started a", "started b"]);
  });

  test(`${name}: a crash restarts an agent that stands alone: same address, mailbox, last committed state and numbers [C14]`, async () => {
    await using stage = await on({ agents: [counter] });
    const { system, clock } = stage;
    assert.equal(await system.call("counter", "", "count"), 1);
    const error = await crashing(system, "counter");
    assert.deepEqual(
      [error.code, error.details["crashed"], error.details["agent"]],
      ["HERMOD_FAILED", true, "counter"],
    );
    await clock.settle();
    assert.deepEqual(lifeOf(stage), [
      "started counter",
      "crashed counter",
      "started counter",
      "restarted counter",
    ]);
    assert.equal(await system.call("counter", "", "count"), 2);
    const { processed } = await system.mailbox("counter").stats();
    assert.equal(processed, 2);
    assert.deepEqual([only(system.tree()).restarts, only(system.tree()).restart], [1, "transient"]);
  });

  test(`${name}: the message that a crash struck is tried again, and what waits is handled after the restart`, async () => {
    await using stage = await on({ agents: [counter] });
    const { system, clock, spy } = stage;
    const struck = await system.cast("counter", "", "crash once");
    const asked = [1, 2, 3].map(() => system.call("counter", "", "count"));
    await clock.settle();
    assert.deepEqual(await Promise.all(asked), [1, 2, 3]);
    assert.deepEqual(await outcomes(stage, struck.id), ["retried"]);
    await clock.advance("1s");
    assert.deepEqual(await outcomes(stage, struck.id), ["retried", "acked"]);
    assert.equal(await system.call("counter", "", "count"), 5);
    assert.equal(spy.of("agent.restarted").length, 1);
    const { delivery } = await system.stats();
    assert.deepEqual([delivery.acknowledged, delivery.retried, delivery.failed], [5, 1, 0]);
  });

  test(`${name}: others that run when their agent crashes are given back without an attempt, and their callers told`, async () => {
    const gate = new Gate();
    const late: HermodError[] = [];
    let runs = 0;
    const crowd = agent("crowd", {
      concurrency: 4,
      on: {
        request: (what) => (what === "crash" ? obey(what) : gate.passed.then(() => what)),
        notification: async (_, ctx) => {
          const isFirst = ++runs === 1;
          await gate.passed;
          if (!isFirst) return;
          const sending = [ctx.cast("crowd", "", 0), ctx.call("crowd", "", 0), ctx.publish("tide.turned", 0)];
          for (const sent of sending) late.push(await caught(sent));
        },
      },
    });
    await using stage = await on({ agents: [crowd] });
    const { system, clock, spy } = stage;
    const told = await system.cast("crowd", "", 1);
    const asked = caught(system.call("crowd", "", 2));
    await clock.settle();
    assert.equal((await crashing(system, "crowd")).details["crashed"], true);
    const error = await asked;
    assert.deepEqual([error.code, error.details["crashed"]], ["HERMOD_FAILED", true]);
    assert.match(error.message, /crowd crashed: broken/);
    await clock.settle();
    assert.deepEqual([runs, await outcomes(stage, told.id)], [2, []]);
    const starts = spy.of("delivery.started").filter(({ envelope }) => envelope.id === told.id);
    assert.deepEqual(
      starts.map(({ attempt }) => attempt),
      [1, 1],
    );
    gate.open();
    await clock.settle();
    // The first run counts for nothing any more.
    assert.deepEqual(
      late.map(({ code }) => code),
      ["HERMOD_CLOSED", "HERMOD_CLOSED", "HERMOD_CLOSED"],
    );
    assert.equal(spy.of("agent.crashed").length, 1);
  });

  test(`${name}: an exit ends its agent: message done, state committed, asker answered, and what waits becomes dead letters "stopped"`, async () => {
    const gate = new Gate();
    const last = agent("last", {
      state: () => ({ n: 0 }),
      on: {
        request: async (_, ctx) => {
          ctx.state.n++;
          await gate.passed;
          throw exit({ n: ctx.state.n });
        },
        notification: () => undefined,
      },
    });
    await using stage = await on({ agents: [last] });
    const { system, clock } = stage;
    const asked = system.call("last", "", 1);
    const behind = caught(system.call("last", "", 2));
    await system.cast("last", "", 3);
    await clock.settle();
    gate.open();
    assert.deepEqual(await asked, { n: 1 });
    assert.equal((await behind).code, "HERMOD_NO_AGENT");
    await clock.settle();
    assert.deepEqual(
      (await lettersOf(system)).map(({ reason, envelope }) => [reason, envelope.payload]),
      [
        ["stopped", 2],
        ["stopped", 3],
      ],
    );
    assert.deepEqual([system.agents(), system.tree()], [[], []]);
    assert.deepEqual(lifeOf(stage), ["started last", "stopped last"]);
    await failure("HERMOD_NO_AGENT", system.cast("last", "", 4));
    assert.equal((await system.stats()).router.routes, 0);
  });

  test(`${name}: an exit lets what runs beside it end first, and starts nothing more`, async () => {
    const gate = new Gate();
    const runs: unknown[] = [];
    const pair = agent("pair", {
      concurrency: 2,
      on: {
        request: (what) => (runs.push(what), what === "exit" ? obey(what) : gate.passed.then(() => what)),
      },
    });
    await using stage = await on({ agents: [supervisor("crew", { children: [pair] })] });
    const { system, clock } = stage;
    const asked = system.call("pair", "", 1);
    await clock.settle();
    assert.equal(await system.call("pair", "", "exit"), "bye");
    const next = system.call("pair", "", 2);
    await clock.settle();
    assert.deepEqual(runs, [1, "exit"]);
    gate.open();
    assert.deepEqual([await asked, await next], [1, 2]);
    assert.deepEqual(runs, [1, "exit", 2]);
  });

  test(`${name}: an exit whose answer does not fit fails as any reply would, and the agent goes on`, async () => {
    const Strict = contract("strict", { calls: { last: { in: z.string(), out: z.number() } } });
    const strict = agent(Strict, {
      on: { last: (what) => (what === "good" ? finish(7) : what === "bad" ? finish("text") : 1) },
    });
    await using stage = await on({ agents: [strict] });
    const { system, clock } = stage;
    assert.equal((await caught(system.call(Strict, "last", "bad"))).code, "HERMOD_FAILED");
    assert.equal(await system.call(Strict, "last", "again"), 1);
    assert.equal(await system.call(Strict, "last", "good"), 7);
    await clock.settle();
    assert.deepEqual(system.agents(), []);
  });

  test(`${name}: a message that breaks its agent at every attempt ends no tree: it counts once, and is a dead letter then`, async () => {
    const on_ = {
      notification: (payload: unknown): void => {
        if (payload === "poison") throw crash(new Error("broken"));
      },
      request: (): string => "well",
    };
    await using stage = await on({ agents: [agent("a", { on: on_ })] });
    const { system, clock, spy } = stage;
    await system.cast("a", "", "poison");
    await clock.advance("1m");
    assert.equal(spy.of("agent.crashed").length, 4);
    assert.equal(only(await lettersOf(system)).reason, "exhausted");
    assert.equal(await system.call("a", "", 1), "well");
    assert.equal(spy.of("system.failed").length, 0);
  });

  test(`${name}: an agent alone that crashes a fourth time in 5 s stays stopped, keeps its mailbox, and can be spawned anew`, async () => {
    for (const options of [{}, { init: () => undefined }]) {
      await using stage = await on({ agents: [worker("a", options), worker("b")] });
      const { system, clock, spy } = stage;
      for (let n = 0; n < 4; n++) {
        await clock.advance(1249);
        await crashOne(stage, "a");
      }
      assert.equal(spy.of("agent.restarted").length, 3);
      const failed = await system.failed;
      assert.equal(failed?.supervisor, "a");
      assert.match(String(failed?.error), /^FailedError: a needs more than 3 restarts in 5000 ms: broken$/);
      const { error } = only(spy.of("system.failed"));
      assert.equal(error, failed?.error);
      assert.equal(spy.of("supervisor.escalated").length, 1);
      assert.deepEqual([system.agents(), standing(system).map(({ name: each }) => each)], [["b"], ["b"]]);
      assert.equal(await system.call("b", "", 1), 1);
      const kept = await system.cast("a", "", "kept");
      const asked = system.call("a", "", "asked");
      await clock.settle();
      assert.ok(await isOpen(clock, asked));
      await system.spawn(worker("a", options));
      assert.equal(await asked, "asked");
      assert.deepEqual(await outcomes(stage, kept.id), ["acked"]);
      await crashOne(stage, "a");
      assert.equal(await system.call("a", "", 2), 2);
    }
  });

  test(`${name}: crashes that are far enough apart never end an agent`, async () => {
    await using stage = await on({ agents: [worker("a")] });
    for (let n = 0; n < 20; n++) {
      await crashOne(stage, "a");
      await stage.clock.advance(1667);
    }
    assert.deepEqual([stage.spy.of("agent.restarted").length, stage.spy.of("system.failed")], [20, []]);
  });

  test(`${name}: an init that fails is tried again as often as the intensity allows, then the spawn is refused and nothing is left`, async () => {
    await using stage = await on();
    const { system, clock, spy } = stage;
    let starts = 0;
    const init = (): never => {
      starts++;
      throw new Error("no network");
    };
    const broken = worker("a", { init, breaker: true });
    const error = await failure("HERMOD_FAILED", system.spawn(broken));
    assert.deepEqual([starts, error.message], [4, "a does not start, 4 times in a row: no network"]);
    assert.equal((error.cause as Error).message, "no network");
    assert.deepEqual(lifeOf(stage), ["crashed a", "crashed a", "crashed a", "crashed a"]);
    assert.deepEqual([system.agents(), standing(system), system.breakers.list()], [[], [], []]);
    assert.equal((await system.stats()).router.routes, 0);
    await failure("HERMOD_FAILED", system.spawn(supervisor("crew", { children: [worker("b"), broken] })));
    assert.deepEqual([system.agents(), standing(system), system.breakers.list()], [[], [], []]);
    await system.spawn(supervisor("crew", { children: [worker("a"), worker("b")] }));
    assert.deepEqual([await system.call("a", "", 1), await system.call("b", "", 2)], [1, 2]);
    const running = await system.spawn(supervisor("other", { children: [worker("d")] }));
    const late = worker("c", { init });
    await failure("HERMOD_FAILED", running.spawn(late));
    assert.deepEqual(
      running.status().children?.map(({ name: each }) => each),
      ["d"],
    );
    await system.spawn(worker("c"));
    assert.equal(await system.call("c", "", 3), 3);
    await clock.advance("1m");
    assert.deepEqual([clock.waiting, spy.of("system.failed")], [0, []]);
  });

  test(`${name}: an init that fails only at first starts the agent, and its tries are counted as restarts`, async () => {
    let starts = 0;
    const init = (): void => {
      if (++starts < 3) throw new Error("not yet");
    };
    await using stage = await on({ agents: [worker("a", { init })] });
    const [status] = stage.system.tree();
    assert.deepEqual(
      [status?.state, status?.restarts, status?.restartedAt],
      ["running", 2, stage.clock.now()],
    );
    assert.deepEqual(lifeOf(stage), ["crashed a", "crashed a", "started a"]);
    assert.equal(await stage.system.call("a", "", 1), 1);
  });

  test(`${name}: an init that fails at restarts ends the agent, whose name is free then`, async () => {
    let starts = 0;
    const init = (): void => {
      if (++starts > 1) throw new Error("no network");
    };
    await using stage = await on({ agents: [worker("a", { init })] });
    const { system } = stage;
    await crashOne(stage, "a");
    assert.equal((await system.failed)?.supervisor, "a");
    // The crash is the first of three restarts.
    assert.deepEqual([starts, system.agents(), standing(system)], [4, [], []]);
    assert.deepEqual(
      lifeOf(stage).filter((line) => line === "stopped a"),
      ["stopped a"],
    );
    assert.equal((await system.stats()).router.routes, 0);
    await system.spawn(worker("a"));
    assert.equal(await system.call("a", "", 1), 1);
  });

  test(`${name}: an init that never ends has 30 s, four times, is told by its signal, and sends nothing after`, async () => {
    const contexts: InitContext[] = [];
    const init = (ctx: InitContext): Promise<void> => (contexts.push(ctx), new Promise(() => undefined));
    await using stage = await on({ agents: [worker("b")] });
    const { system, clock } = stage;
    const spawned = caught(system.spawn(worker("a", { init })));
    await clock.advance(29_999);
    assert.deepEqual([contexts.length, contexts[0]?.signal.aborted], [1, false]);
    assert.equal(await contexts[0]?.call("b", "", 1), 1);
    await clock.advance(1);
    assert.deepEqual([contexts.length, contexts[0]?.signal.aborted], [2, true]);
    const ctx = only(contexts.slice(0, 1));
    for (const sent of [ctx.cast("b", "", 1), ctx.call("b", "", 1), ctx.publish("tide.turned", 1)])
      await failure("HERMOD_TIMEOUT", sent);
    await clock.advance(90_000);
    const error = await spawned;
    assert.match(error.message, /^a does not start, 4 times in a row: init of a has not ended in 30000 ms$/);
    assert.equal((error.cause as HermodError).code, "HERMOD_TIMEOUT");
    assert.equal(contexts.length, 4);
    await clock.advance("1m");
    assert.deepEqual([system.agents(), clock.waiting], [["b"], 0]);
  });

  test(`${name}: an init that is slow to fail is not tried for ever`, async () => {
    await using stage = await on();
    const { system, clock } = stage;
    let starts = 0;
    const init = (): Promise<void> =>
      new Promise((_, reject) => {
        starts++;
        clock.after(3000, () => reject(new Error("no network")));
      });
    const spawned = caught(system.spawn(worker("a", { init })));
    await clock.advance("1h");
    assert.deepEqual([starts, (await spawned).code], [4, "HERMOD_FAILED"]);
  });

  test(`${name}: an init may call and cast to other agents, at every start`, async () => {
    const said: unknown[] = [];
    const init = async (ctx: InitContext): Promise<void> => {
      said.push(await ctx.call("b", "", "hello"));
      said.push((await ctx.cast("b", "", "there")).from);
    };
    await using stage = await on({ agents: [worker("b"), worker("a", { init })] });
    assert.deepEqual(said, ["hello", "a"]);
    await crashOne(stage, "a");
    assert.deepEqual(said, ["hello", "a", "hello", "a"]);
  });

  test(`${name}: nothing is handled before init has ended, at a start and at a restart`, async () => {
    let gate = new Gate();
    const init = (): Promise<void> => gate.passed;
    await using stage = await on();
    const { system, clock } = stage;
    const spawned = system.spawn(worker("a", { init }));
    await clock.settle();
    const first = system.call("a", "", 1);
    assert.ok(await isOpen(clock, first));
    gate.open();
    await spawned;
    assert.equal(await first, 1);
    gate = new Gate();
    await crashOne(stage, "a");
    const second = system.call("a", "", 2);
    assert.ok(await isOpen(clock, second));
    assert.equal(only(system.tree()).state, "starting");
    gate.open();
    assert.equal(await second, 2);
  });

  test(`${name}: a close ends the starts that are under way, and their spawns are told`, async () => {
    const stage = await on();
    const { system, clock } = stage;
    const signals: AbortSignal[] = [];
    const init = ({ signal }: InitContext): Promise<void> => (
      signals.push(signal),
      new Promise(() => undefined)
    );
    const alone = caught(system.spawn(worker("a", { init })));
    const inTree = caught(
      system.spawn(supervisor("crew", { children: [worker("b"), worker("c", { init })] })),
    );
    await clock.settle();
    await system.close();
    assert.deepEqual([(await alone).code, (await inTree).code], ["HERMOD_CLOSED", "HERMOD_CLOSED"]);
    assert.deepEqual(
      signals.map(({ aborted }) => aborted),
      [true, true],
    );
    await clock.settle();
    assert.deepEqual(
      [clock.waiting, await system.failed, stage.spy.of("supervisor.escalated")],
      [0, undefined, []],
    );
  });

  test(`${name}: a crash while the system drains or closes starts nothing, and nothing has failed`, async () => {
    for (const how of ["drain", "close"] as const) {
      const gate = new Gate();
      const fall = (): Promise<never> => gate.passed.then(() => Promise.reject(crash("broken")));
      const falls = (each: string) => agent(each, { on: { notification: fall } });
      const stage = await on({ agents: [falls("a"), supervisor("crew", { children: [falls("b")] })] });
      const { system, clock } = stage;
      for (const each of ["a", "b"]) await system.cast(each, "", 1);
      await clock.settle();
      const ended = system[how]();
      gate.open();
      await ended;
      await clock.settle();
      assert.deepEqual(
        lifeOf(stage).filter((line) => /restarted|failed|escalated/.test(line)),
        [],
      );
      assert.equal(stage.spy.of("agent.started").length, 2);
      assert.equal(await system.failed, undefined);
      await system.close();
      assert.equal(clock.waiting, 0);
    }
  });

  test(`${name}: a restart that is under way when the system closes ends without a failure`, async () => {
    const gate = new Gate();
    let starts = 0;
    const init = (): Promise<void> | undefined => (starts++ > 0 ? gate.passed : undefined);
    const children = [worker("a"), worker("b", { init })];
    const stage = await on({ agents: [supervisor("crew", { strategy: "one-for-all", children })] });
    const { system, clock } = stage;
    await crashOne(stage, "a");
    const closed = system.close();
    gate.open();
    await closed;
    await clock.settle();
    assert.deepEqual(
      lifeOf(stage).filter((line) => /failed|escalated/.test(line)),
      [],
    );
    assert.deepEqual([await system.failed, clock.waiting], [undefined, 0]);
  });

  test(`${name}: system.failed is undefined when nothing failed until the close`, async () => {
    const stage = await on({ agents: [worker("a")] });
    await crashOne(stage, "a");
    assert.ok(await isOpen(stage.clock, stage.system.failed));
    await stage.system.close();
    assert.equal(await stage.system.failed, undefined);
  });

  test(`${name}: a supervisor gives up upwards: the parent restarts the whole subtree, and in the end the root keeps the rest`, async () => {
    const once = { restarts: 1 };
    const inner = supervisor("inner", { intensity: once, children: [worker("a"), worker("b")] });
    const outer = supervisor("outer", {
      ...{ intensity: once, strategy: "rest-for-one", children: [worker("x"), inner, worker("y")] },
    });
    await using stage = await on({ agents: [outer, worker("z")] });
    const { system, spy } = stage;
    await crashOne(stage, "a");
    let since = spy.all.length;
    await crashOne(stage, "b");
    assert.deepEqual(lifeOf(stage, since), [
      ...["crashed b", "stopped b", "stopped a", "escalated inner"],
      ...["stopped y", "started a", "started b", "started y", "restarted inner", "restarted y"],
    ]);
    // The intensity of the subtree began anew.
    await crashOne(stage, "a");
    since = spy.all.length;
    await crashOne(stage, "a");
    assert.deepEqual(lifeOf(stage, since), [
      ...["crashed a", "stopped b", "stopped a", "escalated inner"],
      ...["stopped y", "stopped x", "escalated outer", "failed outer"],
    ]);
    const failed = await system.failed;
    assert.equal(failed?.supervisor, "outer");
    assert.match(String(failed?.error), /outer gives up: inner needs .*inner gives up: a needs .*: broken$/);
    assert.deepEqual(system.agents(), ["z"]);
    assert.equal(await system.call("z", "", 1), 1);
    const asked = ["a", "b", "x", "y"].map((each) => system.call(each, "", each));
    await stage.clock.settle();
    await system.spawn(outer);
    assert.deepEqual(await Promise.all(asked), ["a", "b", "x", "y"]);
  });

  test(`${name}: a crash in a pool restarts that member only, and the others go on [62]`, async () => {
    const gate = new Gate();
    const member = agent("crew", {
      on: { request: (what) => (what === "wait" ? gate.passed.then(() => what) : obey(what)) },
    });
    await using stage = await on({ agents: [pool(member, { size: 2 })] });
    const { system, clock } = stage;
    const asked = system.call("crew", "", "wait");
    await clock.settle();
    assert.equal((await crashing(system, "crew")).details["crashed"], true);
    assert.equal(await system.call("crew", "", 1), 1);
    gate.open();
    assert.equal(await asked, "wait");
    const { children, restarts } = only(system.tree());
    assert.deepEqual([restarts, children?.map((child) => child.restarts)], [0, [0, 1]]);
    assert.deepEqual(lifeOf(stage).slice(2), ["crashed crew/2", "started crew/2", "restarted crew/2"]);
  });

  test(`${name}: a pool whose members crash too often fails as a whole, and can be spawned anew`, async () => {
    await using stage = await on({ agents: [pool(worker("crew"), { size: 2, intensity: { restarts: 1 } })] });
    const { system } = stage;
    await crashOne(stage, "crew");
    await crashOne(stage, "crew");
    assert.equal((await system.failed)?.supervisor, "crew");
    assert.deepEqual([system.agents(), standing(system)], [[], []]);
    const asked = system.call("crew", "", 1);
    await stage.clock.settle();
    await system.spawn(pool(worker("crew"), { size: 2 }));
    assert.equal(await asked, 1);
  });

  test(`${name}: a pool below a supervisor is restarted by it when its members crash too often`, async () => {
    const crew = pool(worker("crew"), { size: 2, intensity: { restarts: 0 } });
    await using stage = await on({ agents: [supervisor("top", { children: [crew] })] });
    await crashOne(stage, "crew");
    const { children } = only(stage.system.tree());
    assert.deepEqual([children?.[0]?.state, children?.[0]?.restarts], ["running", 1]);
    assert.equal(await stage.system.call("crew", "", 1), 1);
  });

  test(`${name}: a crash of a keyed agent breaks the instance alone`, async () => {
    const gate = new Gate();
    const User = contract("user", { calls: { say: { in: z.string(), out: z.string() } } });
    const starts: string[] = [];
    const user = agent(User, {
      keyed: true,
      init: ({ self }) => void starts.push(self),
      on: { say: (what) => (what === "wait" ? gate.passed.then(() => what) : String(obey(what))) },
    });
    await using stage = await on({ agents: [user] });
    const { system, clock, spy } = stage;
    const asked = system.call(User.at("bo"), "say", "wait");
    await clock.settle();
    for (let n = 0; n < 10; n++) {
      const error = await caught(system.call(User.at("al"), "say", "crash"));
      assert.equal(error.details["crashed"], true);
    }
    gate.open();
    assert.deepEqual([await asked, await system.call(User.at("al"), "say", "hi")], ["wait", "hi"]);
    assert.deepEqual(starts.filter((self) => self.includes("bo")).length, 1);
    assert.deepEqual(starts.filter((self) => self.includes("al")).length, 11);
    assert.equal(spy.of("agent.crashed").length, 10);
    assert.ok(spy.of("agent.crashed").every(({ agent: each }) => each === User.at("al").address));
    assert.deepEqual(spy.of("agent.restarted"), []);
  });

  test(`${name}: an exit of a keyed instance ends the instance alone`, async () => {
    const User = contract("user", { calls: { say: { in: z.string(), out: z.string() } } });
    const user = agent(User, { keyed: true, on: { say: (what) => String(obey(what)) } });
    await using stage = await on({ agents: [user] });
    const { system, clock } = stage;
    assert.equal(await system.call(User.at("al"), "say", "exit"), "bye");
    await clock.settle();
    assert.deepEqual(
      [await system.call(User.at("al"), "say", "a"), await system.call(User.at("bo"), "say", "b")],
      ["a", "b"],
    );
    assert.deepEqual(system.agents(), ["user"]);
  });

  test(`${name}: a durable subscriber that crashes is restarted, and misses nothing`, async () => {
    const seen: unknown[] = [];
    let crashes = 2;
    await using stage = await on();
    const { system, clock } = stage;
    const hear = (event: unknown): void => {
      if (event === 2 && crashes-- > 0) throw crash("broken");
      seen.push(event);
    };
    const retry = { base: "1s", jitter: "none" } as const;
    const subscription = await system.subscribe("tide.>", hear, { durable: "listener", retry });
    for (const event of [1, 2, 3]) await system.publish("tide.turned", event);
    await clock.advance("10s");
    assert.deepEqual(seen, [1, 3, 2]);
    assert.equal(stage.spy.of("agent.restarted").length, 2);
    await subscription.close();
    await system.publish("tide.turned", 4);
    const again = await system.subscribe("tide.>", hear, { durable: "listener", retry });
    await clock.settle();
    assert.deepEqual(seen, [1, 3, 2, 4]);
    await again.unsubscribe();
    assert.deepEqual([system.agents(), system.tree()], [[], []]);
  });

  test(`${name}: of a thousand messages none is lost to an agent that crashes again and again`, async () => {
    const seen = new Map<unknown, number>();
    const fragile = agent("fragile", {
      concurrency: 8,
      retry: { base: "1s", jitter: "none" },
      on: {
        notification: async (n) => {
          const runs = (seen.get(n) ?? 0) + 1;
          seen.set(n, runs);
          await Promise.resolve();
          if (runs === 1 && Number(n) % 10 === 0) throw crash(n);
        },
      },
    });
    const intensity = { restarts: 1000 };
    await using stage = await on({ agents: [supervisor("crew", { intensity, children: [fragile] })] });
    const { system, clock } = stage;
    await Promise.all(Array.from({ length: 1000 }, (_, n) => system.cast("fragile", "", n)));
    await clock.advance("1m");
    const { delivery } = await system.stats();
    assert.deepEqual([delivery.acknowledged, delivery.failed, delivery.pending], [1000, 0, 0]);
    assert.deepEqual([delivery.retried, delivery.running], [100, 0]);
    assert.equal(only(only(system.tree()).children ?? []).restarts, 100);
    assert.deepEqual(await lettersOf(system), []);
  });

  test(`${name}: whatever is thrown as the cause of a crash, or answered at an exit, the agent is looked after`, async () => {
    const causes = [
      undefined,
      null,
      5,
      "text",
      {},
      Object.create(null),
      Symbol("x"),
      () => 1,
      new Error("e"),
    ];
    const odd = agent("odd", {
      on: { request: (at) => Promise.reject(crash(causes[at as number])) },
    });
    const intensity = { restarts: 100 };
    await using stage = await on({ agents: [supervisor("crew", { intensity, children: [odd] })] });
    const { system, clock, spy } = stage;
    for (const at of causes.keys()) {
      assert.equal((await caught(system.call("odd", "", at))).code, "HERMOD_FAILED");
      await clock.settle();
      assert.deepEqual(JSON.parse(JSON.stringify(system.tree())), system.tree());
    }
    assert.equal(spy.of("agent.restarted").length, causes.length);
  });

  test(`${name}: an agent that ends by itself leaves nothing behind, a hundred times`, async () => {
    await using stage = await on();
    const { system, clock } = stage;
    for (let n = 0; n < 100; n++) {
      await system.spawn(worker("a", n % 2 ? { init: () => undefined } : {}));
      await order(system, "a", "exit");
      await clock.settle();
    }
    assert.deepEqual([system.agents(), system.tree(), (await system.stats()).mailboxes], [[], [], []]);
    await clock.advance("1m");
    assert.equal(clock.waiting, 0);
  });
}
