/** Keyed agents: many instances of one agent, each with a key, a state and a life of its own. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  NoAgentError,
  agent,
  contract,
  crash,
  exit,
  memory,
  pool,
  type Context,
  type OpenStore,
  type Store,
} from "hermod";
import * as z from "zod";
import { Gate, caught, lettersOf, only, saidIn, sorted, type On } from "./stage.ts";

const User = contract("user", {
  calls: {
    add: { in: z.number(), out: z.number() },
    who: { in: z.null(), out: z.string() },
    ask: { in: z.string(), out: z.string() },
  },
  casts: { note: z.string() },
});

/** A counter for each user; `ask` asks the user named. */
const counters = {
  add: (by: number, ctx: Context<{ sum: number }>) => (ctx.state.sum += by),
  who: (_: null, ctx: Context<{ sum: number }>) => ctx.self,
  ask: (other: string, ctx: Context<{ sum: number }>) => ctx.call(User.at(other), "who", null),
  note: () => undefined,
};

const user = agent(User, { keyed: { idle: "10m" }, state: () => ({ sum: 0 }), on: counters });

const range = (count: number): number[] => Array.from({ length: count }, (_, at) => at);

export function keyedSuite(name: string, on: On): void {
  test(`${name}: each key has a state of its own, and its handler knows who it is [14]`, async () => {
    await using stage = await on({ agents: [user] });
    const { system } = stage;
    assert.equal(await system.call(User.at("ann"), "add", 1), 1);
    assert.equal(await system.call(User.at("bob"), "add", 5), 5);
    assert.equal(await system.call(User.at("ann"), "add", 1), 2);
    assert.equal(await system.call(User.at("ann"), "who", null), "user#ann");
    assert.equal(await system.call("user#bob", "add", 1), 6);
    assert.deepEqual(system.agents(), ["user"]);
  });

  test(`${name}: an instance is activated by its first message, and put away when it was idle; its state stays`, async () => {
    await using stage = await on({ agents: [user] });
    const { system, clock, spy } = stage;
    await system.call(User.at("ann"), "add", 1);
    await clock.advance("9m");
    await system.call(User.at("bob"), "add", 1);
    await clock.advance("9m");
    assert.deepEqual(
      spy.of("instance.activated").map(({ agent: who, key }) => [who, key]),
      [
        ["user", "user#ann"],
        ["user", "user#bob"],
      ],
    );
    assert.deepEqual(
      spy.of("instance.passivated").map(({ agent: who, key }) => [who, key]),
      [["user", "user#ann"]],
    );
    await clock.advance("1m");
    assert.deepEqual(
      spy.of("instance.passivated").map(({ key }) => key),
      ["user#ann", "user#bob"],
    );
    assert.equal(clock.waiting, 0);
    assert.equal(await system.call(User.at("ann"), "add", 1), 2);
    assert.equal(spy.of("instance.activated").length, 3);
  });

  test(`${name}: use puts the end of an instance off, and one that works is never put away`, async () => {
    const gate = new Gate();
    const busy = agent("busy", {
      keyed: { idle: "1m" },
      lease: "1h",
      on: { notification: (wait) => (wait ? gate.passed : undefined) },
    });
    await using stage = await on({ agents: [busy] });
    const { system, clock, spy } = stage;
    await system.cast("busy#works", "", true);
    for (const _ of range(4)) {
      await system.cast("busy#used", "", false);
      await clock.advance("50s");
    }
    assert.deepEqual(spy.of("instance.passivated"), []);
    await clock.advance("1h");
    assert.deepEqual(
      spy.of("instance.passivated").map(({ key }) => key),
      ["busy#used"],
    );
    gate.open();
    await clock.advance("1m");
    assert.deepEqual(
      spy.of("instance.passivated").map(({ key }) => key),
      ["busy#used", "busy#works"],
    );
  });

  test(`${name}: one message at a time for each key, while other keys run beside it, 100 at the most [C10]`, async () => {
    const gates = new Map<string, Gate[]>();
    const heard: string[] = [];
    const busy = agent("busy", {
      keyed: true,
      on: {
        notification: (payload, ctx) => {
          const gate = new Gate();
          gates.set(ctx.self, [...(gates.get(ctx.self) ?? []), gate]);
          heard.push(`${ctx.self} ${String(payload)}`);
          return gate.passed;
        },
      },
    });
    await using stage = await on({ agents: [busy] });
    const { system, clock } = stage;
    for (const key of range(120)) for (const at of range(3)) await system.cast(`busy#${key}`, "", at);
    await clock.settle();
    assert.deepEqual(
      heard,
      range(100).map((key) => `busy#${key} 0`),
    );
    gates.get("busy#0")?.[0]?.open();
    await clock.settle();
    assert.deepEqual(heard.slice(100), ["busy#0 1"]);
    while (heard.length < 360) {
      for (const list of gates.values()) for (const gate of list) gate.open();
      await clock.settle();
    }
    for (const key of range(120))
      assert.deepEqual(
        heard.filter((text) => text.startsWith(`busy#${key} `)),
        range(3).map((at) => `busy#${key} ${at}`),
      );
  });

  test(`${name}: 1,000 keys with a few messages each: nothing lost, each key in order, whatever order keys the messages have [C10]`, async () => {
    const heard = new Map<string, number[]>();
    const running = new Set<string>();
    const busy = agent("busy", {
      keyed: { idle: "1s" },
      concurrency: 7,
      on: {
        notification: async (payload, { self }) => {
          assert.ok(!running.has(self), `${self} runs twice`);
          running.add(self);
          assert.ok(running.size <= 7);
          for (let turns = (payload as number) % 5; turns > 0; turns--) await Promise.resolve();
          running.delete(self);
          heard.set(self, [...(heard.get(self) ?? []), payload as number]);
        },
      },
    });
    await using stage = await on({ agents: [busy] });
    const { system, clock } = stage;
    for (const at of range(4))
      await Promise.all(
        range(1000).map((key) => system.cast(`busy#${key}`, "", at, { orderKey: `order-${at}` })),
      );
    await clock.settle();
    assert.equal(heard.size, 1000);
    for (const list of heard.values()) assert.deepEqual(list, range(4));
  });

  test(`${name}: init runs once an activation, knows who starts, and ends before the first message`, async () => {
    const log: string[] = [];
    const busy = agent("busy", {
      keyed: { idle: "1m" },
      init: async ({ self }) => {
        await Promise.resolve();
        log.push(`init ${self}`);
      },
      on: { notification: (payload, { self }) => void log.push(`${self} ${String(payload)}`) },
    });
    await using stage = await on({ agents: [busy] });
    const { system, clock } = stage;
    assert.equal(log.length, 0);
    for (const at of range(2)) await system.cast("busy#a", "", at);
    await system.cast("busy#b", "", 0);
    await clock.settle();
    assert.deepEqual(sorted(log), ["busy#a 0", "busy#a 1", "busy#b 0", "init busy#a", "init busy#b"]);
    assert.ok(log.indexOf("init busy#a") < log.indexOf("busy#a 0"));
    await clock.advance("2m");
    await system.cast("busy#a", "", 2);
    await clock.settle();
    assert.deepEqual(log.slice(-2), ["init busy#a", "busy#a 2"]);
  });

  test(`${name}: where init fails the message is tried again with a new start, and other keys do not notice [C14]`, async () => {
    let inits = 0;
    const heard: string[] = [];
    const busy = agent("busy", {
      keyed: true,
      retry: { retries: 3, base: "1s", jitter: "none" },
      state: () => ({ count: 0 }),
      init: ({ self }) => {
        if (self === "busy#ill" && ++inits < 3) throw new Error("no ink");
      },
      on: { notification: (_, ctx) => void heard.push(`${ctx.self} ${++ctx.state.count}`) },
    });
    await using stage = await on({ agents: [busy] });
    const { system, clock, spy } = stage;
    await system.cast("busy#ill", "", 1);
    await system.cast("busy#well", "", 1);
    await clock.settle();
    assert.deepEqual(heard, ["busy#well 1"]);
    await clock.advance("1m");
    assert.deepEqual(heard, ["busy#well 1", "busy#ill 1"]);
    assert.equal(inits, 3);
    assert.deepEqual(
      spy.of("delivery.settled").map(({ envelope, settlement }) => [envelope.to, settlement.type]),
      [
        ["busy#ill", "retry"],
        ["busy#well", "ack"],
        ["busy#ill", "retry"],
        ["busy#ill", "ack"],
      ],
    );
    assert.deepEqual([spy.of("agent.crashed"), system.agents()], [[], ["busy"]]);
  });

  test(`${name}: a call to an instance whose init always fails is told so, and one that never ends is given up after 30 s [C14]`, async () => {
    const busy = agent("busy", {
      keyed: true,
      lease: "1h",
      init: ({ self }) =>
        self === "busy#never" ? new Promise(() => undefined) : Promise.reject(new Error("no ink")),
      on: { request: () => "ok" },
    });
    await using stage = await on({ agents: [busy] });
    const { system, clock } = stage;
    const failed = await caught(system.call("busy#ill", "", 1));
    assert.equal(failed.code, "HERMOD_FAILED");
    assert.match(String((failed.cause as Error).message), /no ink/);
    const never = caught(system.call("busy#never", "", 1, { timeout: "1h" }));
    await clock.advance("30s");
    const late = await never;
    assert.match(`${late.message} ${String(late.cause)}`, /init of busy#never has not ended in 30000 ms/);
  });

  test(`${name}: a crash puts one instance away and no other, and its message is tried again with the committed state [C14]`, async () => {
    let crashes = 0;
    const busy = agent("busy", {
      keyed: true,
      retry: { retries: 3, base: "1s", jitter: "none" },
      state: () => ({ count: 0 }),
      on: {
        notification: (payload, ctx) => {
          ctx.state.count++;
          if (payload === "crash" && crashes++ === 0) throw crash(new Error("no ink"));
        },
        request: (_, ctx) => ctx.state.count,
      },
    });
    await using stage = await on({ agents: [busy] });
    const { system, clock, spy } = stage;
    for (const key of ["a", "b"]) await system.cast(`busy#${key}`, "", "count");
    await system.cast("busy#a", "", "crash");
    await clock.settle();
    assert.deepEqual(
      spy.of("agent.crashed").map(({ agent: who }) => who),
      ["busy#a"],
    );
    assert.deepEqual([await system.call("busy#a", "", 0), await system.call("busy#b", "", 0)], [1, 1]);
    await clock.advance("1m");
    assert.deepEqual([await system.call("busy#a", "", 0), await system.call("busy#b", "", 0)], [2, 1]);
    assert.deepEqual(
      spy.of("instance.activated").map(({ key }) => key),
      ["busy#a", "busy#b", "busy#a"],
    );
    assert.deepEqual([spy.of("agent.restarted"), system.agents()], [[], ["busy"]]);
  });

  test(`${name}: an exit ends one instance: its message is done, and the next one begins anew with its state`, async () => {
    let inits = 0;
    const busy = agent("busy", {
      keyed: true,
      state: () => ({ count: 0 }),
      init: () => void inits++,
      on: {
        request: (payload, ctx) => {
          ctx.state.count++;
          if (payload === "leave") throw exit("gone");
          return ctx.state.count;
        },
      },
    });
    await using stage = await on({ agents: [busy] });
    const { system } = stage;
    assert.equal(await system.call("busy#a", "", "stay"), 1);
    assert.equal(await system.call("busy#a", "", "leave"), "gone");
    assert.equal(await system.call("busy#a", "", "stay"), 3);
    assert.equal(await system.call("busy#b", "", "stay"), 1);
    assert.equal(inits, 3);
  });

  test(`${name}: a handler that outlives its abort costs its own instance alone [40] [C14]`, async () => {
    const busy = agent("busy", {
      keyed: true,
      state: () => ({ count: 0 }),
      on: {
        request: (payload, ctx) => {
          ctx.state.count++;
          if (payload !== "stuck") return ctx.state.count;
          void ctx.signal;
          return new Promise(() => undefined);
        },
      },
    });
    await using stage = await on({ agents: [busy] });
    const { system, clock, spy } = stage;
    assert.equal(await system.call("busy#a", "", 0), 1);
    const stuck = caught(system.call("busy#a", "", "stuck", { timeout: "10s" }));
    await clock.advance("1m");
    assert.equal((await stuck).code, "HERMOD_TIMEOUT");
    assert.deepEqual(
      spy.of("handler.stuck").map(({ envelope }) => envelope.to),
      ["busy#a"],
    );
    assert.deepEqual(
      spy.of("agent.crashed").map(({ agent: who }) => who),
      ["busy#a"],
    );
    assert.deepEqual([await system.call("busy#a", "", 0), await system.call("busy#b", "", 0)], [2, 1]);
    assert.deepEqual(system.agents(), ["busy"]);
  });

  test(`${name}: keys that are none are refused, and those that are reach their instance unchanged`, async () => {
    await using stage = await on({ agents: [user] });
    const { system } = stage;
    for (const key of [
      "",
      " ",
      "a b",
      "a#b",
      "a\n",
      "~",
      "x".repeat(200),
      5,
      null,
      undefined,
      {},
      Symbol("k"),
    ])
      assert.throws(() => User.at(key as never), { code: "HERMOD_BAD_ADDRESS" });
    for (const to of ["user#", "user# ", "user#a#b", "#a", "user#a b"])
      assert.equal((await caught(system.cast(to, "note", "x"))).code, "HERMOD_BAD_ADDRESS");
    for (const key of ["a", "__proto__", "constructor", "user-42", "a@b.c", "7", "Ü", "a/b:c+d"])
      assert.equal(await system.call(User.at(key), "who", null), `user#${key}`);
  });

  test(`${name}: a message to a keyed agent itself, or to an instance of one without, is refused or set aside [C9]`, async () => {
    const plain = agent("plain", { on: { request: () => 1, notification: () => undefined } });
    await using stage = await on({ agents: [user, plain] });
    const { system, clock } = stage;
    const unkeyed = await caught(system.call(User, "who", null));
    assert.ok(unkeyed instanceof NoAgentError, unkeyed.message);
    assert.match(unkeyed.message, /user is keyed: a message goes to one of its instances/);
    const keyed = await caught(system.call("plain#a", "", 1));
    assert.match(keyed.message, /plain has no instances, so none named "a"/);
    await system.cast(User, "note", "x");
    await system.cast("plain#a", "", 1);
    await clock.settle();
    assert.deepEqual(
      sorted(
        (await lettersOf(system)).map(({ envelope, reason, error }) => [envelope.to, reason, error?.code]),
      ),
      [
        ["plain#a", "unreadable", "HERMOD_NO_AGENT"],
        ["user", "unreadable", "HERMOD_NO_AGENT"],
      ],
    );
  });

  test(`${name}: instances call each other, also where all hands would be full but for them [60]`, async () => {
    await using stage = await on({ agents: [user] });
    const { system } = stage;
    assert.equal(await system.call(User.at("ann"), "ask", "bob"), "user#bob");
    const all = await Promise.all(range(50).map((at) => system.call(User.at(`a-${at}`), "ask", `b-${at}`)));
    assert.deepEqual(
      all,
      range(50).map((at) => `user#b-${at}`),
    );
  });

  test(`${name}: calls, replies and conversations name the instance, and history is found by it and by its agent [86]`, async () => {
    await using stage = await on({ agents: [user] });
    const { system } = stage;
    await system.call(User.at("ann"), "ask", "bob", { conversation: "talk" });
    await system.call(User.at("eve"), "who", null);
    const talk = await system.conversation("talk");
    assert.deepEqual(
      talk.map(({ envelope: { verb, from, to } }) => [
        verb,
        from.replace(system.address, "~"),
        to?.replace(system.address, "~"),
      ]),
      [
        ["call", "~", "user#ann"],
        ["call", "user#ann", "user#bob"],
        ["reply", "user#bob", "~/user#ann"],
        ["reply", "user#ann", "~"],
      ],
    );
    const idsOf = async (who: string): Promise<number> => (await system.history({ agent: who })).items.length;
    assert.deepEqual(
      [await idsOf("user#ann"), await idsOf("user#bob"), await idsOf("user#eve"), await idsOf("user")],
      [4, 2, 2, 6],
    );
  });

  test(`${name}: dead letters of instances are told apart, and go back to their own [52] [C8]`, async () => {
    let isIll = true;
    const heard: string[] = [];
    const busy = agent("busy", {
      keyed: true,
      retry: { retries: 0 },
      on: {
        notification: (_, { self }) => {
          if (isIll) throw new Error("no ink");
          heard.push(self);
        },
      },
    });
    await using stage = await on({ agents: [busy] });
    const { system, clock } = stage;
    for (const key of ["a", "b"]) await system.cast(`busy#${key}`, "", 1);
    await clock.settle();
    const letters = await lettersOf(system);
    assert.deepEqual(
      letters.map(({ mailbox, envelope }) => [mailbox, envelope.to]),
      [
        ["busy", "busy#a"],
        ["busy", "busy#b"],
      ],
    );
    isIll = false;
    const id = (letters[1] as { id: string }).id;
    await system.deadLetters.redrive({ where: `id:${JSON.stringify(letters[1]?.envelope.id)}` });
    await clock.advance("1m");
    assert.deepEqual(heard, ["busy#b"], id);
    assert.equal(only(await lettersOf(system)).envelope.to, "busy#a");
  });

  test(`${name}: 10,000 keys are put away after their time, and the first state is not kept for them`, async () => {
    let made = 0;
    const many = agent("many", {
      keyed: { idle: "1m" },
      state: () => (made++, { count: 0 }),
      on: { notification: (_, ctx) => void ctx.state.count++, request: (_, ctx) => ctx.state.count },
    });
    await using stage = await on({ agents: [many] });
    const { system, clock, spy } = stage;
    await Promise.all(range(10_000).map((key) => system.cast(`many#${key}`, "", 1)));
    await clock.settle();
    assert.equal(spy.of("instance.activated").length, 10_000);
    assert.equal(made, 10_000);
    await clock.advance("61s");
    assert.equal(spy.of("instance.passivated").length, 10_000);
    assert.equal(clock.waiting, 0);
    assert.equal(await system.call("many#9999", "", 0), 1);
    assert.equal(made, 10_000);
  });

  test(`${name}: an agent that is stopped forgets its instances and their states, and one that comes back begins anew`, async () => {
    await using stage = await on();
    const { system, clock } = stage;
    for (let twice = 0; twice < 2; twice++) {
      const running = await system.spawn(user);
      assert.equal(await system.call(User.at("ann"), "add", 1), 1);
      await running.stop();
      await clock.advance("1h");
      assert.equal(clock.waiting, 0);
    }
    assert.equal((await caught(system.call(User.at("ann"), "add", 1))).code, "HERMOD_NO_AGENT");
  });

  test(`${name}: a system that drains finishes what instances run, and starts none [C15]`, async () => {
    const gate = new Gate();
    const heard: string[] = [];
    const busy = agent("busy", {
      keyed: true,
      on: { notification: (payload, { self }) => (heard.push(`${self} ${String(payload)}`), gate.passed) },
    });
    const stage = await on({ agents: [busy] });
    const { system, clock, spy } = stage;
    for (const at of range(2)) for (const key of ["a", "b"]) await system.cast(`busy#${key}`, "", at);
    await clock.settle();
    const closed = system.close();
    await clock.settle();
    gate.open();
    await closed;
    assert.deepEqual(sorted(heard), ["busy#a 0", "busy#b 0"]);
    assert.equal(only(spy.of("system.drained")).unfinished, 0);
    assert.equal(clock.waiting, 0);
  });

  test(`${name}: an instance goes on with its state in a later system on the same store [18]`, async () => {
    let kept: Store | undefined;
    const store: OpenStore = async (env) => {
      kept ??= await memory()(env);
      return new Proxy(kept, {
        get: (target, key) => {
          const value: unknown = key === "close" ? () => undefined : Reflect.get(target, key);
          return typeof value === "function" ? (value.bind(target) as unknown) : value;
        },
      });
    };
    const first = await on({ agents: [user], store });
    assert.equal(await first.system.call(User.at("ann"), "add", 3), 3);
    await first[Symbol.asyncDispose]();
    await using second = await on({ agents: [user], store, seed: 2 });
    assert.equal(await second.system.call(User.at("ann"), "add", 1), 4);
    assert.equal(await second.system.call(User.at("bob"), "add", 1), 1);
  });

  test(`${name}: a notice reaches the instance it names beside what runs there [25]`, async () => {
    const gate = new Gate();
    const heard: string[] = [];
    const busy = agent("busy", {
      keyed: true,
      on: {
        notification: () => gate.passed,
        info: (notice, { self }) => void heard.push(`${self} ${String(notice)}`),
      },
    });
    await using stage = await on({ agents: [busy] });
    const { system, clock } = stage;
    await system.cast("busy#a", "", 1);
    await clock.settle();
    await system.info("busy#a", "well?");
    await clock.settle();
    assert.deepEqual(heard, ["busy#a well?"]);
    gate.open();
  });

  test(`${name}: routes and routers name instances`, async () => {
    const heard: string[] = [];
    const busy = agent("busy", { keyed: true, on: { notification: (_, { self }) => void heard.push(self) } });
    await using stage = await on({
      agents: [busy],
      router: { route: ({ payload }) => [`busy#${String(payload)}`] },
    });
    const { system, clock } = stage;
    await system.send({ payload: "a" });
    await clock.settle();
    assert.deepEqual(heard, ["busy#a"]);
  });

  test(`${name}: a mailbox with a capacity counts all keys together, and its numbers too [C11] [41]`, async () => {
    const gate = new Gate();
    const busy = agent("busy", { keyed: true, capacity: 2, on: { notification: () => gate.passed } });
    await using stage = await on({ agents: [busy] });
    const { system, clock } = stage;
    for (const at of range(3)) await system.cast("busy#a", "", at).then(() => clock.settle());
    const error = await caught(system.cast("busy#b", "", 1));
    assert.equal(error.code, "HERMOD_OVERLOADED");
    const { waiting, running } = await system.mailbox("busy").stats();
    assert.deepEqual([waiting, running], [2, 1]);
    assert.deepEqual((await saidIn(system)).length, 3);
    gate.open();
  });

  test(`${name}: who pulls answers a call to an instance under the name that was called [27]`, async () => {
    await using stage = await on({ pull: ["jobs"] });
    const { system, clock } = stage;
    const answer = system.call("jobs#a", "", "well?");
    await clock.settle();
    const delivery = await system.mailbox("jobs").tryReceive();
    assert.equal(delivery?.envelope.to, "jobs#a");
    await delivery?.reply("well");
    assert.equal(await answer, "well");
  });

  test(`${name}: a keyed agent has no pool and no topics`, async () => {
    assert.throws(() => pool(user, { size: 2 }), { code: "HERMOD_BAD_OPTION" });
    assert.throws(() => agent("busy", { keyed: true, topics: ["tide"], on: {} }), {
      code: "HERMOD_BAD_OPTION",
    });
  });
}
