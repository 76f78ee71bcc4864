/** Pools: several instances of an agent behind one address, how messages are spread over them, and what resizing keeps. */
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  agent,
  contract,
  crash,
  pool,
  supervisor,
  type Balance,
  type Context,
  type Envelope,
  type Report,
  type TaskDone,
} from "hermod";
import * as z from "zod";
import { Gate, caught, lettersOf, only, runsOver, saidIn, sorted, testOn, type On } from "./stage.ts";
import { Chief, chief } from "./tasks.kit.ts";

/** Messages at work: each waits until it is let go. */
class Bench {
  readonly heard: string[] = [];
  readonly #gates: Gate[] = [];

  readonly work = (payload: unknown): Promise<void> => {
    const gate = new Gate();
    this.heard.push(String(payload));
    this.#gates.push(gate);
    return gate.passed;
  };

  get running(): number {
    return this.#gates.length;
  }

  /** Lets the message that has worked longest end. */
  next(): void {
    this.#gates.shift()?.open();
  }

  all(): void {
    for (const gate of this.#gates.splice(0)) gate.open();
  }
}

/** Which member took which message, by the reports of the deliveries that began. */
function takers(reports: readonly Report[]): unknown[] {
  return reports.flatMap((report) =>
    report.type === "delivery.started" ? [[report.envelope.payload, report.agent]] : [],
  );
}

const range = (count: number): number[] => Array.from({ length: count }, (_, at) => at);

export function poolSuite(name: string, on: On): void {
  const test = testOn(name, on);
  test(`${name}: by default the members of a pool take turns [62]`, async () => {
    const bench = new Bench();
    const critics = pool(agent("critic", { on: { notification: bench.work } }), { size: 3 });
    await using stage = await on({ agents: [critics] });
    const { system, clock, spy } = stage;
    for (const at of range(7)) await system.cast("critic", "", at);
    await clock.settle();
    assert.equal(bench.running, 3);
    while (bench.running > 0) {
      bench.all();
      await clock.settle();
    }
    assert.deepEqual(
      takers(spy.all),
      range(7).map((at) => [at, `critic/${(at % 3) + 1}`]),
    );
  });

  test(`${name}: the least busy member is chosen, those equally busy in turn [62]`, async () => {
    const gates = new Map(range(8).map((at) => [at, new Gate()]));
    const work = (payload: unknown): Promise<void> | undefined => gates.get(payload as number)?.passed;
    const critic = agent("critic", { concurrency: 2, on: { notification: work } });
    await using stage = await on({ agents: [pool(critic, { size: 3, balance: "least-busy" })] });
    const { system, clock, spy } = stage;
    const cast = async (payload: number): Promise<void> => {
      await system.cast("critic", "", payload);
      await clock.settle();
    };
    for (const at of [0, 1, 2, 3]) await cast(at);
    gates.get(1)?.open();
    await clock.settle();
    await cast(4);
    await cast(5);
    await cast(6);
    assert.deepEqual(takers(spy.all), [
      [0, "critic/1"],
      [1, "critic/2"],
      [2, "critic/3"],
      [3, "critic/1"],
      [4, "critic/2"],
      [5, "critic/3"],
      [6, "critic/2"],
    ]);
    await cast(7);
    assert.equal(takers(spy.all).length, 7);
    for (const gate of gates.values()) gate.open();
    await clock.settle();
    assert.equal(takers(spy.all).length, 8);
  });

  test(`${name}: balanced at random every member is reached, and the same seed chooses the same [62]`, async () => {
    const run = async (seed: number): Promise<unknown[]> => {
      const critic = agent("critic", { on: { notification: () => undefined } });
      await using stage = await on({ agents: [pool(critic, { size: 4, balance: "random" })], seed });
      const { system, clock, spy } = stage;
      for (const at of range(60)) await system.cast("critic", "", at).then(() => clock.settle());
      return takers(spy.all);
    };
    const first = await run(7);
    assert.deepEqual(first, await run(7));
    assert.notDeepEqual(first, await run(8));
    const reached = new Set(first.map((taken) => (taken as string[])[1]));
    assert.deepEqual(sorted([...reached]), ["critic/1", "critic/2", "critic/3", "critic/4"]);
  });

  test(`${name}: balanced by key all messages of a key go to one member, in order and one at a time, and keys spread [62] [C10]`, async () => {
    const running = new Set<string>();
    const heard = new Map<string, number[]>();
    const work = async (payload: unknown, { envelope }: Context): Promise<void> => {
      const key = envelope.orderKey as string;
      assert.ok(!running.has(key), `${key} runs twice`);
      running.add(key);
      await Promise.resolve();
      running.delete(key);
      heard.set(key, [...(heard.get(key) ?? []), payload as number]);
    };
    const critic = agent("critic", { on: { notification: work } });
    await using stage = await on({ agents: [pool(critic, { size: 5, balance: "key" })] });
    const { system, clock, spy } = stage;
    for (const at of range(400)) await system.cast("critic", "", at, { orderKey: `key-${at % 40}` });
    await clock.settle();
    for (const [at, key] of range(40).map((each) => [each, `key-${each}`] as const))
      assert.deepEqual(
        heard.get(key),
        range(10).map((round) => round * 40 + at),
      );
    const members = new Map<string, Set<unknown>>();
    for (const { envelope, agent: by } of spy.of("delivery.started"))
      members.set(
        envelope.orderKey as string,
        (members.get(envelope.orderKey as string) ?? new Set()).add(by),
      );
    assert.ok([...members.values()].every((set) => set.size === 1));
    assert.equal(new Set([...members.values()].flatMap((set) => [...set])).size, 5);
  });

  test(`${name}: without an order key the conversation is the key [62]`, async () => {
    const critic = agent("critic", { on: { notification: () => undefined } });
    await using stage = await on({ agents: [pool(critic, { size: 4, balance: "key" })] });
    const { system, clock, spy } = stage;
    for (const at of range(60)) await system.cast("critic", "", at, { conversation: `talk-${at % 6}` });
    await clock.settle();
    const by = new Map<string, Set<unknown>>();
    for (const { envelope, agent: member } of spy.of("delivery.started"))
      by.set(envelope.conversationId, (by.get(envelope.conversationId) ?? new Set()).add(member));
    assert.equal(by.size, 6);
    assert.ok([...by.values()].every((set) => set.size === 1));
  });

  test(`${name}: in a broadcast pool each member handles a copy of its own, with a fate of its own [62]`, async () => {
    const died: unknown[] = [];
    const critic = agent("critic", {
      retry: { retries: 1, base: 0 },
      state: () => ({ seen: 0 }),
      on: {
        notification: (_, ctx) => {
          if (++ctx.state.seen > 0 && ctx.envelope.to === "critic/2") throw new Error("no ink");
        },
      },
    });
    await using stage = await on({ agents: [pool(critic, { size: 3, balance: "broadcast" })] });
    const { system, clock, spy } = stage;
    const sent = await system.cast("critic", "note", "tide");
    await clock.advance("1s");
    const settled = spy.of("delivery.settled").map(({ mailbox, settlement }) => [mailbox, settlement.type]);
    assert.deepEqual(sorted(settled), [
      ["critic", "ack"],
      ["critic/1", "ack"],
      ["critic/2", "dead"],
      ["critic/2", "retry"],
      ["critic/3", "ack"],
    ]);
    const letter = only(await lettersOf(system));
    assert.deepEqual([letter.mailbox, letter.reason, died], ["critic/2", "exhausted", []]);
    const records = await saidIn(system);
    assert.deepEqual(sorted(records.map(({ envelope }) => envelope.to)), [
      "critic",
      "critic/1",
      "critic/2",
      "critic/3",
    ]);
    assert.equal(new Set(records.map(({ envelope }) => envelope.id)).size, 4);
    assert.ok(records.every(({ envelope }) => envelope.conversationId === sent.conversationId));
  });

  test(`${name}: a full member of a broadcast pool loses only its own copy [62] [C11]`, async () => {
    const gate = new Gate();
    const heard: unknown[] = [];
    const critic = agent("critic", {
      capacity: 1,
      on: {
        notification: (payload, { envelope }) => {
          heard.push([payload, envelope.to]);
          return envelope.to === "critic/1" ? gate.passed : undefined;
        },
      },
    });
    await using stage = await on({ agents: [pool(critic, { size: 2, balance: "broadcast" })] });
    const { system, clock } = stage;
    for (const at of range(3)) {
      await system.cast("critic", "", at);
      await clock.settle();
    }
    const letter = only(await lettersOf(system));
    assert.deepEqual(
      [letter.envelope.to, letter.envelope.payload, letter.reason],
      ["critic/1", 2, "overflow"],
    );
    assert.equal((await system.stats()).delivery.dead, 1);
    gate.open();
    await clock.settle();
    assert.deepEqual(sorted(heard), [
      [0, "critic/1"],
      [0, "critic/2"],
      [1, "critic/1"],
      [1, "critic/2"],
      [2, "critic/2"],
    ]);
  });

  test(`${name}: a call to a broadcast pool gets the first answer, and the others are late [62] [C2]`, async () => {
    const gates = [new Gate(), new Gate(), new Gate()];
    const critic = agent("critic", {
      on: {
        request: async (_, { envelope }) => {
          const at = Number(envelope.to?.slice(-1)) - 1;
          await gates[at]?.passed;
          return at;
        },
      },
    });
    await using stage = await on({ agents: [pool(critic, { size: 3, balance: "broadcast" })] });
    const { system, clock } = stage;
    const answer = system.call("critic", "who", 1);
    await clock.settle();
    gates[1]?.open();
    assert.equal(await answer, 1);
    gates[0]?.open();
    gates[2]?.open();
    await clock.settle();
    const { delivery, calls } = await system.stats();
    assert.deepEqual([delivery.lateReplies, calls.waiting], [2, 0]);
    assert.equal((await saidIn(system, "verb:reply")).length, 3);
  });

  test(`${name}: a task is not for a broadcast pool: it fails at once, nobody works on it, and its end is told once [62] [75]`, async () => {
    const heard: unknown[] = [];
    const told: TaskDone[] = [];
    const critic = agent("critic", { on: { task: (payload) => void heard.push(payload) } });
    await using stage = await on({ agents: [pool(critic, { size: 3, balance: "broadcast" }), chief(told)] });
    const { system, clock } = stage;
    const task = await system.task("critic", "read", 1, { onDone: [Chief, "stepDone"] });
    await clock.settle();
    const error = await caught(task.result({ timeout: 0 }));
    assert.match(error.message, /takes no tasks/u);
    const ends = told.map(({ state }) => state);
    assert.deepEqual([(await task.status()).state, heard, ends], ["failed", [], ["failed"]]);
    assert.equal(only(await lettersOf(system)).reason, "terminal");
  });

  test(`${name}: a message with a key reaches every member of a broadcast pool once, however often it is sent [10] [62]`, async () => {
    const heard: unknown[] = [];
    const critic = agent("critic", {
      on: { notification: (_, { envelope }) => void heard.push(envelope.to) },
    });
    await using stage = await on({ agents: [pool(critic, { size: 3, balance: "broadcast" })] });
    const { system, clock } = stage;
    for (const delivery of ["at-least-once", "exactly-once"] as const) {
      for (let twice = 0; twice < 2; twice++) {
        await system.cast("critic", delivery, 1, { key: delivery, delivery });
        await clock.settle();
      }
      assert.deepEqual(sorted(heard.splice(0)), ["critic/1", "critic/2", "critic/3"]);
    }
    assert.deepEqual(await lettersOf(system), []);
  });

  test(`${name}: calls to a broadcast pool that is full everywhere are told so instead of timing out [62] [C3]`, async () => {
    const gate = new Gate();
    const critic = agent("critic", {
      capacity: 1,
      on: { notification: () => gate.passed, request: () => 1 },
    });
    await using stage = await on({ agents: [pool(critic, { size: 2, balance: "broadcast" })] });
    const { system, clock } = stage;
    for (let twice = 0; twice < 2; twice++) await system.cast("critic", "", 1).then(() => clock.settle());
    const answer = caught(system.call("critic", "who", 1, { timeout: "10s" }));
    await clock.settle();
    gate.open();
    await clock.advance("10s");
    assert.equal((await answer).code, "HERMOD_OVERLOADED");
  });

  test(`${name}: what is published reaches one member of a pool that listens, and each member of a broadcast pool [19] [62]`, async () => {
    const heard: string[] = [];
    const listener = (who: string) =>
      agent(who, {
        topics: ["tide.*"],
        on: { notification: (event, ctx) => void heard.push(`${ctx.self} ${String(event)}`) },
      });
    const agents = [
      pool(listener("one"), { size: 3 }),
      pool(listener("each"), { size: 3, balance: "broadcast" }),
    ];
    await using stage = await on({ agents });
    const { system, clock } = stage;
    await system.publish("tide.turned", "t");
    await clock.settle();
    assert.deepEqual(sorted(heard.splice(0)), ["each t", "each t", "each t", "one t"]);
    await system.pool("each").resize(1);
    await system.publish("tide.turned", "u");
    await clock.settle();
    assert.deepEqual(sorted(heard.splice(0)), ["each u", "one u"]);
    await system.pool("each").resize(2);
    await system.publish("tide.turned", "v");
    await clock.settle();
    assert.deepEqual(sorted(heard), ["each v", "each v", "one v"]);
  });

  test(`${name}: a pool is called and cast to through its contract, and answers under its own address [62] [14]`, async () => {
    const Critic = contract("critic", {
      calls: { review: { in: z.object({ text: z.string() }), out: z.object({ ok: z.boolean() }) } },
      casts: { note: z.string() },
    });
    const noted: string[] = [];
    const critic = agent(Critic, {
      on: {
        review: ({ text }, ctx) => (assert.equal(ctx.self, "critic"), { ok: text.length > 3 }),
        note: (text) => void noted.push(text),
      },
    });
    await using stage = await on({ agents: [pool(critic, { size: 2 })] });
    const { system, clock } = stage;
    assert.deepEqual(await system.call(Critic, "review", { text: "tides" }), { ok: true });
    assert.equal(
      (await caught(system.call(Critic, "review", { text: 5 } as never))).code,
      "HERMOD_BAD_PAYLOAD",
    );
    await system.cast(Critic, "note", "ink");
    await clock.settle();
    assert.deepEqual(noted, ["ink"]);
    const reply = only(await saidIn(system, "verb:reply")).envelope;
    assert.deepEqual([reply.from, reply.payload], ["critic", { ok: true }]);
  });

  test(`${name}: each member has a state of its own, kept over its restarts [62]`, async () => {
    const critic = agent("critic", {
      state: () => ({ count: 0 }),
      retry: { retries: 0 },
      on: {
        notification: (_, ctx) => {
          ctx.state.count++;
          if (ctx.envelope.operation === "crash") throw crash(new Error("no ink"));
        },
        request: (_, ctx) => ctx.state.count,
      },
    });
    await using stage = await on({ agents: [pool(critic, { size: 2 })] });
    const { system, clock } = stage;
    const all = async (payload: string): Promise<void> => {
      await system.cast("critic", payload, payload);
      await clock.settle();
    };
    for (let at = 0; at < 3; at++) await all("count");
    const counts = [await system.call("critic", "", 0), await system.call("critic", "", 0)];
    assert.deepEqual(counts, [1, 2]);
    await all("crash");
    const after = [await system.call("critic", "", 0), await system.call("critic", "", 0)];
    assert.deepEqual(sorted(after), [1, 2]);
  });

  test(`${name}: priorities hold across the pool [36] [62]`, async () => {
    const bench = new Bench();
    const critics = pool(agent("critic", { on: { notification: bench.work } }), { size: 2 });
    await using stage = await on({ agents: [critics] });
    const { system, clock } = stage;
    for (const at of range(2)) await system.cast("critic", "", `first-${at}`);
    await clock.settle();
    for (const priority of ["low", "normal", "high", "urgent"] as const)
      for (const at of range(2)) await system.cast("critic", "", `${priority}-${at}`, { priority });
    while (bench.running > 0) {
      bench.next();
      await clock.settle();
    }
    assert.deepEqual(bench.heard, [
      ...["first-0", "first-1", "urgent-0", "urgent-1", "high-0", "high-1"],
      ...["normal-0", "normal-1", "low-0", "low-1"],
    ]);
  });

  for (const balance of ["round-robin", "least-busy", "random", "key"] as const satisfies Balance[])
    test(`${name}: resized while 1,000 messages wait and run, a ${balance} pool loses none, repeats none and keeps each key in order [62] [C10]`, async () => {
      const heard = new Map<string, number[]>();
      const running = new Set<string>();
      let turns = 0;
      const work = async (payload: unknown, { envelope }: Context): Promise<void> => {
        const key = envelope.orderKey as string;
        assert.ok(!running.has(key), `${key} runs twice`);
        running.add(key);
        for (let turn = turns++ % 7; turn > 0; turn--) await Promise.resolve();
        running.delete(key);
        heard.set(key, [...(heard.get(key) ?? []), payload as number]);
      };
      const critics = pool(agent("critic", { on: { notification: work } }), { size: 3, balance });
      await using stage = await on({ agents: [critics] });
      const { system, clock, spy } = stage;
      const running3 = system.pool("critic");
      const resizes: Promise<void>[] = [];
      for (const at of range(1000)) {
        await system.cast("critic", "", at, { orderKey: `key-${at % 17}` });
        if (at % 90 === 45) resizes.push(running3.resize([1, 7, 2, 5, 1, 4][resizes.length % 6] as number));
      }
      await clock.advance("1m");
      await Promise.all(resizes);
      assert.equal([...heard.values()].flat().length, 1000);
      for (const [at, key] of range(17).map((each) => [each, `key-${each}`] as const))
        assert.deepEqual(
          heard.get(key),
          range(1000).filter((each) => each % 17 === at),
          key,
        );
      assert.deepEqual(await lettersOf(system), []);
      assert.equal(running3.size, [1, 7, 2, 5, 1, 4][(resizes.length - 1) % 6]);
      assert.ok(spy.of("pool.resized").length > 5);
    });

  test(`${name}: a member that is taken away finishes what it runs, and what waits is for those who stay [62]`, async () => {
    const bench = new Bench();
    const critics = pool(agent("critic", { on: { notification: bench.work } }), { size: 3 });
    await using stage = await on({ agents: [critics] });
    const { system, clock, spy } = stage;
    for (const at of range(5)) await system.cast("critic", "", at);
    await clock.settle();
    let over = false;
    const resized = system
      .pool("critic")
      .resize(1)
      .then(() => (over = true));
    await clock.settle();
    assert.deepEqual([over, system.pool("critic").size, bench.heard], [false, 1, ["0", "1", "2"]]);
    for (let at = 0; at < 6; at++) {
      bench.next();
      await clock.settle();
    }
    await resized;
    assert.deepEqual(takers(spy.all), [
      [0, "critic/1"],
      [1, "critic/2"],
      [2, "critic/3"],
      [3, "critic/1"],
      [4, "critic/1"],
    ]);
    assert.deepEqual(
      spy.of("agent.stopped").map(({ agent: who }) => who),
      ["critic/3", "critic/2"],
    );
    assert.deepEqual(only(spy.of("pool.resized")), { type: "pool.resized", pool: "critic", size: 1 });
  });

  test(`${name}: a member whose handler never ends is given up after 25 s, and its message goes to those who stay [62]`, async () => {
    const heard: unknown[] = [];
    let stuck = true;
    const work = (payload: unknown, { envelope }: Context): Promise<void> | undefined => {
      heard.push(payload);
      return stuck && envelope.payload === 1 ? new Promise(() => undefined) : undefined;
    };
    await using stage = await on({
      agents: [pool(agent("critic", { lease: "1h", on: { notification: work } }), { size: 2 })],
    });
    const { system, clock } = stage;
    for (const at of range(2)) await system.cast("critic", "", at);
    await clock.settle();
    stuck = false;
    const resized = system.pool("critic").resize(1);
    await clock.advance("1m");
    await resized;
    assert.deepEqual(heard, [0, 1, 1]);
    assert.deepEqual(await lettersOf(system), []);
  });

  test(`${name}: sizes that are none are refused, and leave the pool as it is [62]`, async () => {
    await using stage = await on({ agents: [pool(agent("critic", { on: {} }), { size: 2 })] });
    const running = stage.system.pool("critic");
    for (const size of [0, -1, 1.5, NaN, Infinity, 10_001, "3", null, undefined, {}]) {
      const error = await caught(running.resize(size as never));
      assert.equal(error.code, "HERMOD_BAD_OPTION");
      assert.match(error.message, /^pool critic size/);
    }
    assert.equal(running.size, 2);
    assert.equal(running.status().children?.length, 2);
  });

  test(`${name}: resizes that are asked for at once happen one after the other [62]`, async () => {
    const critics = pool(agent("critic", { on: { request: () => 1 } }), { size: 2 });
    await using stage = await on({ agents: [critics] });
    const { system, spy } = stage;
    const running = system.pool("critic");
    await Promise.all([5, 1, 1, 8, 3].map((size) => running.resize(size)));
    assert.equal(running.size, 3);
    assert.deepEqual(
      running.status().children?.map(({ name: who }) => who),
      ["critic/1", "critic/2", "critic/3"],
    );
    assert.deepEqual(
      spy.of("pool.resized").map(({ size }) => size),
      [5, 1, 8, 3],
    );
    assert.equal(await system.call("critic", "", 0), 1);
  });

  test(`${name}: a pool that cannot grow keeps the size it had [62]`, async () => {
    let started = 0;
    const critic = agent("critic", {
      init: () => {
        if (++started > 3) throw new Error("no ink");
      },
      on: { request: () => 1 },
    });
    await using stage = await on({ agents: [pool(critic, { size: 2 })] });
    const { system } = stage;
    const running = system.pool("critic");
    const error = await caught(running.resize(4));
    assert.equal(error.code, "HERMOD_FAILED");
    assert.deepEqual([running.size, running.status().children?.length], [2, 2]);
    assert.deepEqual(
      running.status().children?.map(({ state }) => state),
      ["running", "running"],
    );
    assert.equal(await system.call("critic", "", 0), 1);
    started = 0;
  });

  test(`${name}: what waits in a pool that is stopped becomes dead letters of the pool [62]`, async () => {
    const bench = new Bench();
    await using stage = await on();
    const { system, clock } = stage;
    const running = await system.spawn(
      pool(agent("critic", { on: { notification: bench.work } }), { size: 2 }),
    );
    for (const at of range(5)) await system.cast("critic", "", at);
    await clock.settle();
    const stopped = running.stop();
    await clock.settle();
    bench.all();
    await clock.settle();
    await stopped;
    assert.deepEqual(bench.heard, ["0", "1"]);
    assert.deepEqual(
      (await lettersOf(system)).map(({ envelope, reason, mailbox }) => [envelope.payload, reason, mailbox]),
      [
        [2, "stopped", "critic"],
        [3, "stopped", "critic"],
        [4, "stopped", "critic"],
      ],
    );
    assert.deepEqual(system.agents(), []);
    assert.equal((await caught(system.cast("critic", "", 1))).code, "HERMOD_NO_AGENT");
    assert.throws(() => system.pool("critic"), { code: "HERMOD_NO_AGENT" });
  });

  for (const balance of ["round-robin", "key", "broadcast"] as const)
    test(`${name}: a ${balance} pool that is stopped with nothing to do leaves nothing behind, and starts again from nothing [62]`, async () => {
      const critic = agent("critic", {
        state: () => ({ count: 0 }),
        on: { request: (_, ctx) => ++ctx.state.count },
      });
      await using stage = await on();
      const { system, clock } = stage;
      for (let twice = 0; twice < 2; twice++) {
        const running = await system.spawn(pool(critic, { size: 3, balance }));
        assert.equal(await system.call("critic", "", 0), 1);
        await clock.settle();
        await running.stop();
        assert.deepEqual([system.agents(), system.tree()], [[], []]);
      }
      await clock.advance("1m");
      assert.equal(clock.waiting, 0);
      assert.deepEqual(await lettersOf(system), []);
    });

  test(`${name}: a system that closes lets a pool finish what runs, and leaves the rest waiting [62]`, async () => {
    const bench = new Bench();
    const critics = pool(agent("critic", { on: { notification: bench.work } }), { size: 2 });
    const stage = await on({ agents: [critics] });
    const { system, clock, spy } = stage;
    for (const at of range(4)) await system.cast("critic", "", at);
    await clock.settle();
    const closed = system.close();
    await clock.settle();
    bench.all();
    await clock.settle();
    await closed;
    assert.deepEqual(bench.heard, ["0", "1"]);
    assert.deepEqual(
      spy.of("delivery.settled").map(({ settlement, agent: by }) => [settlement.type, by]),
      [
        ["ack", "critic/1"],
        ["ack", "critic/2"],
      ],
    );
    assert.deepEqual(only(spy.of("system.drained")).unfinished, 0);
    assert.equal(clock.waiting, 0);
  });

  test(`${name}: a pool is a child like any other: its supervisor takes it along and starts it again [62] [83]`, async () => {
    const heard: string[] = [];
    const critic = agent("critic", {
      on: { notification: () => void heard.push("critic"), request: () => "ok" },
    });
    const writer = agent("writer", {
      retry: { retries: 0 },
      on: {
        notification: () => {
          throw crash(new Error("no ink"));
        },
      },
    });
    const newsroom = supervisor("newsroom", {
      strategy: "one-for-all",
      children: [writer, pool(critic, { size: 2 })],
    });
    await using stage = await on({ agents: [newsroom] });
    const { system, clock, spy } = stage;
    await system.cast("writer", "", 1);
    await clock.settle();
    assert.equal(await system.call("critic", "", 0), "ok");
    assert.deepEqual(
      spy.of("agent.restarted").map(({ agent: who }) => who),
      ["writer", "critic"],
    );
    assert.deepEqual(sorted(system.agents()), ["critic", "writer"]);
    await system.pool("critic").resize(3);
    assert.deepEqual(
      system
        .tree()
        .map(({ name: who, children }) => [
          who,
          children?.map((child) => [child.name, child.children?.length]),
        ]),
      [
        [
          "newsroom",
          [
            ["writer", undefined],
            ["critic", 3],
          ],
        ],
      ],
    );
    await system.pool("critic").stop();
    assert.deepEqual(system.agents(), ["writer"]);
    await system.spawn(pool(critic, { size: 2 }));
    assert.equal(await system.call("critic", "", 0), "ok");
  });

  test(`${name}: a pool is found by its address and listed as one agent, and has one mailbox with one set of numbers [41] [62]`, async () => {
    const bench = new Bench();
    const critics = pool(agent("critic", { on: { notification: bench.work } }), { size: 2 });
    await using stage = await on({ agents: [critics, agent("alone", { on: {} })] });
    const { system, clock } = stage;
    assert.deepEqual(sorted(system.agents()), ["alone", "critic"]);
    assert.equal(system.pool("critic").size, 2);
    assert.throws(() => system.pool("alone"), { code: "HERMOD_NO_AGENT" });
    assert.throws(() => system.pool("crtic"), /Did you mean "critic"/);
    assert.throws(() => system.pool(5 as never), { code: "HERMOD_BAD_ADDRESS" });
    const seen: unknown[] = [];
    system.mailbox("critic").observe(({ payload }) => void seen.push(payload));
    for (const at of range(5)) await system.cast("critic", "", at);
    await clock.settle();
    const mailbox = system.mailbox("critic");
    assert.deepEqual(
      (await mailbox.peek()).map(({ payload }) => payload),
      [2, 3, 4],
    );
    assert.equal((await caught(mailbox.tryReceive())).code, "HERMOD_NOT_PULLED");
    bench.next();
    await clock.settle();
    const { received, running, waiting, processed } = (await mailbox.stats()) as unknown as Record<
      string,
      number
    >;
    assert.deepEqual([received, running, waiting, processed], [5, 2, 2, 1]);
    assert.deepEqual(seen, range(5));
    const { mailboxes, router } = await system.stats();
    assert.deepEqual([mailboxes.map(({ mailbox: who }) => who).length, router.routes], [2, 2]);
  });

  test(`${name}: a member has no address of its own: nobody is there who could be written to [62] [C9]`, async () => {
    await using stage = await on({ agents: [pool(agent("critic", { on: {} }), { size: 2 })] });
    const { system } = stage;
    assert.equal((await caught(system.cast("critic/1", "", 1))).code, "HERMOD_NO_AGENT");
    const error = await caught(system.spawn(agent("critic", { on: {} })));
    assert.equal(error.code, "HERMOD_DUPLICATE_AGENT");
  });

  test(`${name}: a member takes no name that another agent has [62]`, async () => {
    const heard: string[] = [];
    const other = agent("critic/3", { on: { notification: () => void heard.push("other") } });
    const critic = agent("critic", { on: { request: () => "ok" } });
    await using stage = await on({ agents: [other, pool(critic, { size: 2 })] });
    const { system, clock } = stage;
    const grown = await caught(system.pool("critic").resize(4));
    assert.equal(grown.code, "HERMOD_DUPLICATE_AGENT");
    assert.match(grown.message, /"critic\/3" runs already/);
    assert.equal(system.pool("critic").size, 2);
    await system.pool("critic").stop();
    assert.equal((await caught(system.spawn(pool(critic, { size: 3 })))).code, "HERMOD_DUPLICATE_AGENT");
    assert.deepEqual(system.agents(), ["critic/3"]);
    await system.cast("critic/3", "", 1);
    await clock.settle();
    assert.deepEqual(heard, ["other"]);
  });

  test(`${name}: a notice to a pool is handled by one member beside what runs, by all in a broadcast pool [25] [62]`, async () => {
    const gate = new Gate();
    const heard: unknown[] = [];
    const critic = (who: string) =>
      agent(who, {
        on: {
          notification: () => gate.passed,
          info: (notice, ctx) => void heard.push([ctx.envelope.to, notice]),
        },
      });
    const agents = [
      pool(critic("one"), { size: 2 }),
      pool(critic("each"), { size: 2, balance: "broadcast" }),
    ];
    await using stage = await on({ agents });
    const { system, clock } = stage;
    for (const who of ["one", "one", "each"]) await system.cast(who, "", 1);
    await clock.settle();
    await system.info("one", "well?");
    await system.info("each", "well?");
    await clock.settle();
    assert.deepEqual(sorted(heard), [
      ["each/1", "well?"],
      ["each/2", "well?"],
      ["one", "well?"],
    ]);
    gate.open();
  });

  test(`${name}: a member that crashes is started again in its place, and the others go on [62] [C14]`, async () => {
    const gate = new Gate();
    const critic = agent("critic", {
      retry: { retries: 1, base: "1s", jitter: "none" },
      on: {
        notification: (payload, { envelope }) => {
          if (payload === "crash" && envelope.metadata["once"] === undefined)
            throw crash(new Error("no ink"));
          return gate.passed;
        },
      },
    });
    await using stage = await on({ agents: [pool(critic, { size: 2 })] });
    const { system, clock, spy } = stage;
    await system.cast("critic", "", "stays");
    await system.cast("critic", "", "crash");
    await clock.settle();
    assert.deepEqual(
      spy.of("agent.crashed").map(({ agent: who }) => who),
      ["critic/2"],
    );
    assert.deepEqual(
      spy.of("agent.restarted").map(({ agent: who, restarts }) => [who, restarts]),
      [["critic/2", 1]],
    );
    await system.cast("critic", "", "next");
    await clock.settle();
    assert.deepEqual(takers(spy.all).at(-1), ["next", "critic/2"]);
    const { children } = system.pool("critic").status();
    assert.deepEqual(
      children?.map(({ name: who, state, restarts }) => [who, state, restarts]),
      [
        ["critic/1", "running", 0],
        ["critic/2", "running", 1],
      ],
    );
    gate.open();
    await clock.advance("1m");
    const letter = only(await lettersOf(system));
    assert.deepEqual([letter.mailbox, letter.reason, letter.attempts.length], ["critic", "exhausted", 2]);
  });

  test(`${name}: members that crash too often take the pool down, and its mailbox is kept [62] [83]`, async () => {
    const critic = agent("critic", {
      retry: { retries: 0 },
      on: {
        notification: () => {
          throw crash(new Error("no ink"));
        },
      },
    });
    const critics = pool(critic, { size: 2, intensity: { restarts: 2, period: "1h" } });
    await using stage = await on({ agents: [critics] });
    const { system, clock, spy } = stage;
    for (const n of [1, 2, 3]) await system.cast("critic", "", n);
    await clock.advance("1m");
    const failed = await system.failed;
    assert.equal(failed?.supervisor, "critic");
    assert.deepEqual(system.agents(), []);
    assert.equal(spy.of("agent.restarted").length, 2);
    assert.deepEqual(
      spy.of("supervisor.escalated").map(({ supervisor: who }) => who),
      ["critic"],
    );
    const sent: Envelope = await system.cast("critic", "", 2);
    assert.equal(sent.to, "critic");
  });

  test(`${name}: what failed for good can be started again under the same names [83]`, async () => {
    let isIll = true;
    const critic = agent("critic", {
      retry: { retries: 0 },
      on: {
        notification: () => {
          if (isIll) throw crash(new Error("no ink"));
        },
        request: () => "ok",
      },
    });
    const newsroom = supervisor("newsroom", {
      intensity: { restarts: 0, period: "1s" },
      children: [pool(critic, { size: 2, intensity: { restarts: 0, period: "1s" } })],
    });
    await using stage = await on({ agents: [newsroom] });
    const { system, clock } = stage;
    await system.cast("critic", "", 1);
    await clock.advance("1m");
    assert.equal((await system.failed)?.supervisor, "newsroom");
    isIll = false;
    await system.spawn(newsroom);
    assert.equal(await system.call("critic", "", 0), "ok");
  });

  test(`${name}: by key, what waits for a member that crashed is not overtaken by what comes later [62] [C10]`, async () => {
    const heard = new Map<string, number[]>();
    let crashes = 0;
    const critic = agent("critic", {
      retry: { retries: 5, base: 0 },
      on: {
        notification: async (payload, { envelope }) => {
          const key = envelope.orderKey as string;
          if ((payload as number) % 10 === 0 && envelope.operation === "crash" && crashes++ < 2)
            throw crash(new Error("no ink"));
          heard.set(key, [...(heard.get(key) ?? []), payload as number]);
          await Promise.resolve();
        },
      },
    });
    const critics = pool(critic, { size: 3, balance: "key", intensity: { restarts: 100, period: "1s" } });
    await using stage = await on({ agents: [critics] });
    const { system, clock, spy } = stage;
    await system.cast("critic", "crash", -10, { orderKey: "crash" });
    await clock.settle();
    const keys = range(9).map((at) => `key-${at}`);
    const sends: Promise<unknown>[] = [];
    for (const at of range(200)) {
      if (at === 20) sends.push(system.cast("critic", "crash", -20, { orderKey: "key-0" }));
      for (const orderKey of keys) sends.push(system.cast("critic", "", at, { orderKey }));
    }
    await Promise.all(sends);
    await clock.advance("1m");
    assert.equal(spy.of("agent.crashed").length, 2);
    for (const key of keys)
      assert.deepEqual(
        heard.get(key)?.filter((at) => at >= 0),
        range(200),
        key,
      );
  });

  test(`${name}: whatever comes between, every message of a pool is handled once or is a dead letter, and each key in order [62] [C10]`, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({ balance: anyBalance, size: anySize, steps: anySteps, ends: fc.boolean() }),
        (drawn) => checkConservation(on, drawn),
      ),
      { numRuns: runsOver(name) },
    );
  });
}

const anyBalance = fc.constantFrom<Balance>("round-robin", "least-busy", "random", "key");
const anySize = fc.integer({ min: 1, max: 6 });

/** What happens to a pool. */
type Step =
  | { readonly type: "cast"; readonly key: number; readonly crashes: boolean }
  | { readonly type: "resize"; readonly size: number }
  | { readonly type: "advance"; readonly by: number }
  | { readonly type: "settle" };

const anySteps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 10,
      arbitrary: fc.record({
        type: fc.constant("cast" as const),
        key: fc.nat({ max: 4 }),
        crashes: fc.nat({ max: 9 }).map((drawn) => drawn === 0),
      }),
    },
    { weight: 2, arbitrary: fc.record({ type: fc.constant("resize" as const), size: anySize }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant("advance" as const), by: fc.nat({ max: 200 }) }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant("settle" as const) }) },
  ),
  { maxLength: 80 },
);

interface Drawn {
  readonly balance: Balance;
  readonly size: number;
  readonly steps: readonly Step[];
  /** True when the pool is stopped in the end, whatever still waits. */
  readonly ends: boolean;
}

async function checkConservation(on: On, { balance, size, steps, ends }: Drawn): Promise<void> {
  const handled: { readonly key: string; readonly at: number; readonly crashes: boolean }[] = [];
  const running = new Set<string>();
  const crashed = new Set<number>();
  const work = async (payload: unknown, { envelope }: Context): Promise<void> => {
    const { at, crashes } = payload as { at: number; crashes: boolean };
    const key = envelope.orderKey as string;
    assert.ok(!running.has(key), `${key} runs twice`);
    running.add(key);
    for (let turns = at % 4; turns > 0; turns--) await Promise.resolve();
    running.delete(key);
    if (crashes && !crashed.has(at)) {
      crashed.add(at);
      throw crash(new Error("no ink"));
    }
    handled.push({ key, at, crashes });
  };
  const critic = agent("critic", { retry: { retries: 3, base: "1s" }, on: { notification: work } });
  const intensity = { restarts: 1000, period: "1s" } as const;
  await using stage = await on({ agents: [pool(critic, { size, balance, intensity })] });
  const { system, clock } = stage;
  const running1 = system.pool("critic");
  const asked: Promise<unknown>[] = [];
  for (const [at, step] of steps.entries()) {
    if (step.type === "settle") await clock.settle();
    else if (step.type === "advance") await clock.advance(step.by);
    else if (step.type === "resize") asked.push(running1.resize(step.size));
    else
      asked.push(system.cast("critic", "", { at, crashes: step.crashes }, { orderKey: `key-${step.key}` }));
  }
  if (ends) await Promise.all(asked).then(() => running1.stop());
  else await clock.advance("10m").then(() => Promise.all(asked));
  const dead = (await lettersOf(system)).map(({ envelope }) => (envelope.payload as { at: number }).at);
  const casts = [...steps.entries()].flatMap(([at, { type }]) => (type === "cast" ? [at] : []));
  const ended = [...handled.map(({ at }) => at), ...dead];
  assert.deepEqual(
    ended.toSorted((a, b) => a - b),
    casts,
  );
  if (!ends) assert.deepEqual(dead, []);
  for (const key of range(5).map((each) => `key-${each}`)) {
    const first = handled.filter((each) => each.key === key && !each.crashes).map(({ at }) => at);
    assert.deepEqual(
      first,
      first.toSorted((a, b) => a - b),
      key,
    );
  }
}
