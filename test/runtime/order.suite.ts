/** Order: priorities with ageing, plain arrival, strict order by key, and how many handlers run at once. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { agent, type AgentOptions, type PriorityName, type SendOptions } from "hermod";
import type { TestSystem } from "hermod/testing";
import { Gate, lettersOf, saidIn, type On } from "./stage.ts";

const names: readonly PriorityName[] = ["low", "normal", "high", "urgent"];

/** An agent that is held up by its first message, and then writes down the others in the order it gets them. */
class Queue {
  readonly order: string[] = [];
  readonly gate = new Gate();
  stage!: TestSystem;

  async open(on: On, options: AgentOptions<undefined> = {}): Promise<TestSystem> {
    const handle = (payload: unknown): unknown =>
      payload === "first" ? this.gate.passed : void this.order.push(String(payload));
    this.stage = await on({ agents: [agent("queue", { ...options, on: { notification: handle } })] });
    await this.stage.system.cast("queue", "", "first");
    await this.stage.clock.settle();
    return this.stage;
  }

  cast(payload: string, options: SendOptions = {}): Promise<unknown> {
    return this.stage.system.cast("queue", "", payload, options);
  }

  async run(): Promise<string[]> {
    this.gate.open();
    await this.stage.clock.settle();
    return this.order;
  }
}

/** An agent that runs its messages until the test ends each by name; and who ran together. */
class Crew {
  readonly running = new Set<string>();
  readonly started: string[] = [];
  most = 0;
  readonly #gates = new Map<string, Gate>();

  readonly handle = async (payload: unknown): Promise<void> => {
    const name = String(payload);
    const gate = new Gate();
    this.#gates.set(name, gate);
    this.running.add(name);
    this.started.push(name);
    this.most = Math.max(this.most, this.running.size);
    await gate.passed;
    this.running.delete(name);
  };

  end(name: string): void {
    this.#gates.get(name)?.open();
  }
}

export function orderSuite(name: string, on: On): void {
  test(`${name}: higher priorities go first, and inside one priority first in is first out [5]`, async () => {
    const queue = new Queue();
    await using _ = await queue.open(on);
    for (const round of [1, 2])
      for (const priority of names) await queue.cast(`${priority} ${round}`, { priority });
    await queue.cast("4 3", { priority: 4 });
    await queue.cast("plain 3");
    await queue.cast("1 3", { priority: 1 });
    assert.deepEqual(await queue.run(), [
      ...["urgent 1", "urgent 2", "4 3"],
      ...["high 1", "high 2"],
      ...["normal 1", "normal 2", "plain 3"],
      ...["low 1", "low 2", "1 3"],
    ]);
  });

  test(`${name}: the order holds under concurrent senders [36]`, async () => {
    const queue = new Queue();
    const senders = ["a", "b", "c", "d", "e"];
    await using stage = await queue.open(on);
    const teller = async (self: string): Promise<void> => {
      for (let at = 0; at < 6; at++) {
        await stage.system.send({
          from: self,
          to: "queue",
          payload: `${at % 2 ? 4 : 2} ${self} ${at}`,
          priority: at % 2 ? 4 : 2,
        });
      }
    };
    await Promise.all(senders.map(teller));
    const order = await queue.run();
    assert.equal(order.length, 30);
    const digits = order.map((text) => text.charAt(0));
    assert.deepEqual(digits, digits.toSorted().reverse());
    for (const self of senders) {
      const own = order.filter((text) => text.includes(self));
      assert.deepEqual(
        own.map((text) => text.at(-1)),
        ["1", "3", "5", "0", "2", "4"],
      );
    }
  });

  test(`${name}: ageing: at the latest every 32nd message is the oldest, so that the low ones advance`, async () => {
    const queue = new Queue();
    await using _ = await queue.open(on);
    await queue.cast("low 1", { priority: "low" });
    await queue.cast("low 2", { priority: "low" });
    for (let at = 0; at < 100; at++) await queue.cast(`urgent ${at}`, { priority: "urgent" });
    const order = await queue.run();
    const first = order.indexOf("low 1");
    assert.ok(first < 32, `came ${first}th`);
    assert.ok(order.indexOf("low 2") - first <= 32);
    const urgent = order.filter((text) => text.startsWith("urgent"));
    assert.deepEqual(
      urgent,
      Array.from({ length: 100 }, (_, at) => `urgent ${at}`),
    );
  });

  test(`${name}: low priority does not starve under urgent messages without end, and nothing of history or observing is lost [(25)]`, async () => {
    const order: unknown[] = [];
    const busy = agent("busy", {
      on: {
        notification: async (payload, ctx) => {
          order.push(payload);
          if (payload === "urgent" && order.length < 200)
            await ctx.cast("busy", "", "urgent", { priority: "urgent" });
        },
      },
    });
    await using stage = await on({ agents: [busy], loops: { hops: 1000, pingPong: 1000 } });
    const { system, clock } = stage;
    const observed: unknown[] = [];
    system.mailbox("busy").observe(({ payload }) => observed.push(payload));
    await system.cast("busy", "", "urgent", { priority: "urgent" });
    await system.cast("busy", "", "urgent", { priority: "urgent" });
    await system.cast("busy", "", "low", { priority: "low" });
    await clock.settle();
    assert.ok(order.indexOf("low") <= 32);
    assert.equal(order.length, 201);
    assert.deepEqual([observed.length, (await saidIn(system, "to:busy")).length], [201, 100]);
  });

  test(`${name}: whether priority or plain arrival decides is an option, and priority is the default [37]`, async () => {
    for (const order of ["fifo", "priority", undefined] as const) {
      const queue = new Queue();
      await using _ = await queue.open(on, order && { order });
      for (const priority of names) await queue.cast(priority, { priority });
      assert.deepEqual(await queue.run(), order === "fifo" ? names : names.toReversed(), order);
    }
  });

  test(`${name}: what was held keeps its order by the rule of the agent that comes for it`, async () => {
    const order: unknown[] = [];
    await using stage = await on();
    const { system, clock } = stage;
    for (const priority of names) {
      await system.cast("later", "", priority, { hold: true, priority });
      await clock.advance(1);
    }
    await system.spawn(
      agent("later", { order: "fifo", on: { notification: (payload) => void order.push(payload) } }),
    );
    await clock.settle();
    assert.deepEqual(order, names);
  });

  test(`${name}: a waiting retry is overtaken, its order key or not`, async () => {
    for (const order of ["priority", "fifo"] as const) {
      const runs: string[] = [];
      await using stage = await on({ agents: [failsOnce(runs, { order })] });
      await castKeyed(stage, ["k a", "k b", "l c"]);
      await stage.clock.advance("1s");
      assert.deepEqual(runs, ["k a", "k b", "l c", "k a"], order);
    }
  });

  test(`${name}: in strict order a waiting retry blocks its key, and no other`, async () => {
    const runs: string[] = [];
    await using stage = await on({ agents: [failsOnce(runs, { order: "strict", concurrency: 3 })] });
    await castKeyed(stage, ["k a", "k b", "l c", "k d"]);
    assert.deepEqual(runs, ["k a", "l c"]);
    await stage.clock.advance("1s");
    assert.deepEqual(runs, ["k a", "l c", "k a", "k b", "k d"]);
  });

  test(`${name}: in strict order a dead letter frees its key`, async () => {
    const runs: string[] = [];
    await using stage = await on({ agents: [failsOnce(runs, { order: "strict", retry: { retries: 0 } })] });
    await castKeyed(stage, ["k a", "k b"]);
    assert.deepEqual(runs, ["k a", "k b"]);
    assert.equal((await lettersOf(stage.system)).length, 1);
  });

  test(`${name}: in strict order messages without a key are ordered by their sender, whatever their priority`, async () => {
    const runs: string[] = [];
    await using stage = await on({ agents: [failsOnce(runs, { order: "strict", concurrency: 3 })] });
    const { system, clock } = stage;
    await system.send({ from: "x", to: "flaky", payload: "k a" });
    await system.send({ from: "x", to: "flaky", payload: "x b", priority: 4 });
    await system.send({ from: "y", to: "flaky", payload: "y c" });
    await clock.settle();
    assert.deepEqual(runs, ["k a", "y c"]);
    await clock.advance("1s");
    assert.deepEqual(runs, ["k a", "y c", "k a", "x b"]);
  });

  test(`${name}: one handler runs at a time by default, and as many as concurrency says`, async () => {
    for (const concurrency of [undefined, 1, 2, 7]) {
      const crew = new Crew();
      const options = { ...(concurrency && { concurrency }), on: { notification: crew.handle } };
      await using stage = await on({ agents: [agent("crew", options)] });
      const { system, clock } = stage;
      for (let at = 0; at < 20; at++) await system.cast("crew", "", at);
      await clock.settle();
      assert.equal(crew.running.size, concurrency ?? 1);
      for (let at = 0; at < 20; at++) {
        crew.end(String(at));
        await clock.settle();
      }
      assert.deepEqual([crew.started.length, crew.most], [20, concurrency ?? 1]);
      assert.equal((await system.stats()).delivery.acknowledged, 20);
    }
  });

  test(`${name}: a large concurrency is used in full`, async () => {
    const crew = new Crew();
    await using stage = await on({
      agents: [agent("crew", { concurrency: 500, on: { notification: crew.handle } })],
    });
    await Promise.all(Array.from({ length: 600 }, (_, at) => stage.system.cast("crew", "", at)));
    await stage.clock.settle();
    assert.equal(crew.running.size, 500);
  });

  test(`${name}: messages of one order key run one at a time and in order, those of others beside them`, async () => {
    const crew = new Crew();
    await using stage = await on({
      agents: [agent("flaky", { concurrency: 4, on: { notification: crew.handle } })],
    });
    await castKeyed(stage, ["a 1", "a 2", "b 1", "a 3", "c 1", "b 2"]);
    assert.deepEqual([...crew.running], ["a 1", "b 1", "c 1"]);
    crew.end("b 1");
    await stage.clock.settle();
    assert.deepEqual([...crew.running], ["a 1", "c 1", "b 2"]);
    for (const done of ["a 1", "a 2", "a 3", "c 1", "b 2"]) {
      crew.end(done);
      await stage.clock.settle();
    }
    assert.deepEqual(
      crew.started.filter((text) => text.startsWith("a")),
      ["a 1", "a 2", "a 3"],
    );
    assert.equal(crew.running.size, 0);
  });

  test(`${name}: a message with no order key runs beside any other`, async () => {
    const crew = new Crew();
    await using stage = await on({
      agents: [agent("flaky", { concurrency: 3, on: { notification: crew.handle } })],
    });
    const { system, clock } = stage;
    for (const payload of ["a", "b", "c"]) await system.cast("flaky", "", payload);
    await clock.settle();
    assert.deepEqual([...crew.running], ["a", "b", "c"]);
  });

  test(`${name}: order holds per sender and recipient and per conversation, priority chooses, and ageing keeps the low ones moving [C10]`, async () => {
    const queue = new Queue();
    await using stage = await queue.open(on, { concurrency: 1 });
    for (let at = 0; at < 60; at++) {
      const [from, conversationId] = [`s${at % 3}`, `c${at % 2}`];
      await stage.system.send({
        from,
        to: "queue",
        conversationId,
        payload: `${from} ${conversationId} ${at}`,
      });
    }
    await queue.cast("low", { priority: "low" });
    await queue.cast("high", { priority: "high" });
    const order = await queue.run();
    assert.equal(order[0], "high");
    const plain = order.filter((text) => text.startsWith("s"));
    for (const mark of ["s0", "s1", "s2", "c0", "c1"]) {
      const numbers = plain.filter((text) => text.includes(mark)).map((text) => Number(text.split(" ")[2]));
      assert.deepEqual(
        numbers,
        numbers.toSorted((a, b) => a - b),
        mark,
      );
    }
    assert.equal(order.length, 62);
  });
}

/** An agent whose message "k a" fails the first time. */
function failsOnce(runs: string[], options: AgentOptions<undefined>) {
  const handle = (payload: unknown): void => {
    runs.push(String(payload));
    if (payload === "k a" && runs.filter((run) => run === "k a").length === 1) throw new Error("no ink");
  };
  return agent("flaky", { retry: { base: "1s", jitter: "none" }, ...options, on: { notification: handle } });
}

/** Casts each text, its first word being its order key. */
async function castKeyed({ system, clock }: TestSystem, texts: readonly string[]): Promise<void> {
  for (const text of texts) await system.cast("flaky", "", text, { orderKey: text.split(" ")[0] as string });
  await clock.settle();
}
