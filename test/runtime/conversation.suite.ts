/** Concurrency by conversation: order inside one, many side by side, and a state for each. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { agent, crash, type Context } from "hermod";
import { Floor, Mail, pass } from "./busy.kit.ts";
import { Gate, caught, lettersOf, only, type On } from "./stage.ts";

const quick = { retries: 2, base: "1s", jitter: "none" } as const;
const byConversation = { by: "conversation" } as const;

interface Count {
  count: number;
}

/** Counts in the state of the message's conversation; "fail" counts too, and then throws. */
function counter(): ReturnType<typeof agent> {
  const count = (payload: unknown, { state }: Context<Count>): number => {
    state.count++;
    if (payload === "fail") throw new Error("no");
    return state.count;
  };
  return agent("counter", {
    concurrency: byConversation,
    state: (): Count => ({ count: 0 }),
    on: { request: count, notification: count },
  });
}

export function conversationSuite(name: string, on: On): void {
  test(`${name}: messages of one conversation run one after the other, others beside them, never more than max [50] [C10]`, async () => {
    const floor = new Floor();
    await using stage = await on({ agents: [floor.agent({ concurrency: { by: "conversation", max: 2 } })] });
    const { system, clock } = stage;
    const mail = new Mail(system);
    for (const [text, conversation] of [
      ...[["a1", "a"] as const, ["a2", "a"] as const, ["a3", "a"] as const],
      ...[["b1", "b"] as const, ["c1", "c"] as const],
    ])
      await mail.cast(text, conversation);
    await clock.settle();
    assert.deepEqual(floor.started, ["a1", "b1"]);
    floor.end("a1");
    await clock.settle();
    assert.deepEqual(floor.started, ["a1", "b1", "a2"]);
    floor.end("b1");
    await clock.settle();
    assert.deepEqual(floor.started, ["a1", "b1", "a2", "c1"]);
    floor.end("a2");
    await clock.settle();
    assert.deepEqual([...floor.running], ["c1", "a3"]);
    for (const text of ["c1", "a3"]) floor.end(text);
    await clock.settle();
    assert.deepEqual([floor.most, (await system.stats()).delivery.acknowledged], [2, 5]);
  });

  test(`${name}: a thousand conversations keep their order, a hundred at a time [50] [C10]`, async () => {
    const seen = new Map<string, unknown[]>();
    let [running, most] = [0, 0];
    const many = agent("many", {
      concurrency: byConversation,
      on: {
        notification: async (payload, ctx) => {
          most = Math.max(most, ++running);
          const inside = seen.get(ctx.conversation) ?? [];
          seen.set(ctx.conversation, inside);
          inside.push(`${String(payload)} begins`);
          await pass(clock, 1 + (Number(payload) % 3));
          inside.push(`${String(payload)} ends`);
          running--;
        },
      },
    });
    await using stage = await on({ agents: [many] });
    const { system, clock } = stage;
    const sends = Array.from({ length: 3000 }, (_, at) =>
      system.cast("many", "work", Math.floor(at / 1000), { conversation: `c${at % 1000}` }),
    );
    await Promise.all(sends);
    await clock.advance("2s");
    const inOrder = [0, 1, 2].flatMap((n) => [`${n} begins`, `${n} ends`]);
    assert.equal(seen.size, 1000);
    for (const inside of seen.values()) assert.deepEqual(inside, inOrder);
    const { delivery } = await system.stats();
    assert.deepEqual([most, running, delivery.acknowledged, delivery.pending], [100, 0, 3000, 0]);
  });

  test(`${name}: each conversation has a state of its own, committed by what succeeds and put back by what fails`, async () => {
    await using stage = await on({ agents: [counter()] });
    const { system, clock } = stage;
    const count = (conversation: string, payload: unknown = "") =>
      system.call("counter", "count", payload, { conversation });
    assert.deepEqual([await count("a"), await count("a"), await count("b")], [1, 2, 1]);
    assert.equal((await caught(count("a", "fail"))).code, "HERMOD_FAILED");
    await system.cast("counter", "count", "fail", { conversation: "b", retry: quick });
    await clock.advance("10s");
    assert.deepEqual([await count("a"), await count("b"), await count("c")], [3, 2, 1]);
    assert.equal(only(await lettersOf(system)).attempts.length, 3);
  });

  test(`${name}: a conversation's state is put away after ten idle minutes, and loaded again`, async () => {
    await using stage = await on({ agents: [counter()] });
    const { system, clock, spy } = stage;
    const count = (conversation: string) => system.call("counter", "count", "", { conversation });
    assert.deepEqual([await count("a"), await count("b")], [1, 1]);
    await clock.advance("5m");
    assert.equal(await count("b"), 2);
    await clock.advance(5 * 60_000 - 1);
    assert.deepEqual(spy.of("instance.passivated"), []);
    await clock.advance(1);
    assert.deepEqual(
      spy.of("instance.passivated").map(({ agent: of, key }) => [of, key]),
      [["counter", "counter a"]],
    );
    await clock.advance("5m");
    assert.equal(spy.of("instance.passivated").length, 2);
    assert.deepEqual([await count("a"), await count("b")], [2, 3]);
  });

  test(`${name}: a state in use is not put away, however long its handler takes`, async () => {
    const gate = new Gate();
    const slow = agent("slow", {
      concurrency: byConversation,
      state: () => ({ seen: [] as string[] }),
      on: {
        request: async (payload, { state }) => {
          state.seen.push(String(payload));
          if (payload === "long") await gate.passed;
          return state.seen;
        },
      },
    });
    await using stage = await on({ agents: [slow] });
    const { system, clock, spy } = stage;
    const ask = (payload: string) => system.call("slow", "x", payload, { conversation: "a", timeout: "60m" });
    await ask("first");
    const long = ask("long");
    await clock.advance("25m");
    assert.deepEqual(spy.of("instance.passivated"), []);
    gate.open();
    assert.deepEqual(await long, ["first", "long"]);
    await clock.advance("10m");
    assert.equal(spy.of("instance.passivated").length, 1);
    assert.deepEqual(await ask("last"), ["first", "long", "last"]);
  });

  test(`${name}: no timer of the states outlives the system`, async () => {
    const stage = await on({ agents: [counter()] });
    for (const conversation of ["a", "b", "c"])
      await stage.system.call("counter", "count", "", { conversation });
    await stage[Symbol.asyncDispose]();
    assert.equal(stage.clock.waiting, 0);
  });

  test(`${name}: a long handler keeps neither notices nor urgent messages nor other conversations waiting [C15] [(27)]`, async () => {
    const floor = new Floor();
    await using stage = await on({ agents: [floor.agent({ concurrency: { by: "conversation", max: 2 } })] });
    const { system, clock } = stage;
    const mail = new Mail(system);
    await mail.cast("long", "a");
    for (let n = 0; n < 5; n++) await mail.cast(`b${n}`, "b");
    await clock.settle();
    await system.cast("floor", "work", "now", { conversation: "c", priority: "urgent" });
    await system.info("floor", "look out");
    await clock.settle();
    assert.deepEqual([floor.started, floor.notices], [["long", "b0"], ["look out"]]);
    floor.end("b0");
    await clock.settle();
    assert.deepEqual(floor.started, ["long", "b0", "now"]);
  });

  test(`${name}: a stop waits for what runs, and what waits becomes dead letters [C15] [(27)]`, async () => {
    const floor = new Floor();
    await using stage = await on();
    const { system, clock } = stage;
    const running = await system.spawn(floor.agent({ concurrency: byConversation }));
    const mail = new Mail(system);
    const [a1, b1] = [mail.call("a1", "a"), mail.call("b1", "b")];
    await mail.cast("a2", "a");
    await clock.settle();
    let stopped = false;
    const stopping = running.stop({ timeout: "10s" }).then(() => (stopped = true));
    await clock.advance("3s");
    assert.equal(stopped, false);
    for (const text of ["a1", "b1"]) floor.end(text);
    assert.deepEqual(await Promise.all([a1, b1]), ["a1 done", "b1 done"]);
    await stopping;
    assert.deepEqual(
      (await lettersOf(system)).map(({ envelope, reason }) => [envelope.payload, reason]),
      [["a2", "stopped"]],
    );
    assert.deepEqual(floor.started, ["a1", "b1"]);
  });

  for (const [order, expected] of [
    ["priority", ["a1", "a2", "a1"]],
    ["strict", ["a1", "a1", "a2"]],
  ] as const) {
    test(`${name}: a waiting retry ${order === "strict" ? "keeps its conversation waiting" : "is overtaken"} in "${order}" order [C10]`, async () => {
      const floor = new Floor();
      const options = { concurrency: byConversation, order, retry: quick };
      await using stage = await on({ agents: [floor.agent(options)] });
      const { system, clock } = stage;
      const mail = new Mail(system);
      for (const text of ["a1", "a2"]) await mail.cast(text, "a");
      await clock.settle();
      floor.fail("a1");
      await mail.cast("b1", "b");
      await clock.settle();
      assert.equal(floor.running.has("b1"), true);
      if (order === "priority") floor.end("a2");
      await clock.advance("1s");
      floor.end("a1");
      await clock.settle();
      assert.deepEqual(
        floor.started.filter((text) => text !== "b1"),
        expected,
      );
    });
  }

  test(`${name}: a crash in one conversation loses nothing of the others, and every state is the committed one`, async () => {
    const gate = new Gate();
    let crashed = false;
    const fragile = agent("fragile", {
      concurrency: byConversation,
      retry: quick,
      state: () => ({ seen: [] as unknown[] }),
      on: {
        request: (_, { state }) => state.seen,
        notification: async (payload, { state }) => {
          state.seen.push(payload);
          if (payload === "wait" && !crashed) await gate.passed;
          if (payload !== "crash" || crashed) return;
          crashed = true;
          throw crash(new Error("broken"));
        },
      },
    });
    await using stage = await on({ agents: [fragile] });
    const { system, clock, spy } = stage;
    await system.cast("fragile", "x", "fine", { conversation: "a" });
    await system.cast("fragile", "x", "wait", { conversation: "b" });
    await clock.settle();
    await system.cast("fragile", "x", "crash", { conversation: "a" });
    await clock.advance("5s");
    const seen = (conversation: string) => system.call("fragile", "x", null, { conversation });
    assert.deepEqual([await seen("a"), await seen("b")], [["fine", "crash"], ["wait"]]);
    gate.open();
    await clock.settle();
    assert.deepEqual([await seen("b"), spy.of("agent.restarted").length], [["wait"], 1]);
  });

  test(`${name}: what was claimed together with a message that breaks the agent goes to the new instance`, async () => {
    const floor = new Floor();
    let crashes = 1;
    const fragile = agent("floor", {
      concurrency: byConversation,
      retry: quick,
      on: {
        notification: (payload, ctx) => {
          if (payload === "crash" && crashes-- > 0) throw crash(new Error("broken"));
          return floor.handle(payload, ctx);
        },
      },
    });
    await using stage = await on({ agents: [fragile] });
    const { system, clock, spy } = stage;
    const mail = new Mail(system);
    await Promise.all([mail.cast("crash", "a"), mail.cast("b1", "b")]);
    await clock.advance("2m");
    assert.deepEqual(floor.started.toSorted(), ["b1", "crash"]);
    for (const text of ["b1", "crash"]) floor.end(text);
    await clock.settle();
    const { delivery } = await system.stats();
    assert.deepEqual([delivery.acknowledged, delivery.pending], [2, 0]);
    assert.deepEqual([spy.of("lease.expired"), spy.of("delivery.outlived")], [[], []]);
  });

  test(`${name}: messages of one conversation never share their state at the same time, also with order keys of their own [C10]`, async () => {
    const floor = new Floor();
    const options = { concurrency: byConversation, state: () => ({}) };
    await using stage = await on({ agents: [floor.agent(options)] });
    const { system, clock } = stage;
    for (const [text, orderKey] of [["a1", "x"] as const, ["a2", "y"] as const])
      await system.cast("floor", "work", text, { conversation: "a", orderKey });
    await system.cast("floor", "work", "a3", { conversation: "a" });
    await clock.settle();
    assert.deepEqual(floor.started, ["a1"]);
  });
}
