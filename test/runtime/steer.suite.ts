/** The busy rule "steer": what comes while its like is handled is handed to that handler. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { agent, contract, memory, type Context, type OpenStore, type Store } from "hermod";
import * as z from "zod";
import { Floor, Mail } from "./busy.kit.ts";
import { Gate, caught, lettersOf, only, type On } from "./stage.ts";

const busy = "steer";
const quick = { retries: 2, base: "1s", jitter: "none" } as const;
const byConversation = { by: "conversation" } as const;
const Desk = contract("desk", {
  calls: {
    plan: { in: z.string(), out: z.string() },
    check: { in: z.string(), out: z.string() },
  },
  casts: { note: z.string() },
});

export function steerSuite(name: string, on: On): void {
  test(`${name}: messages that come meanwhile are handed to the handler, each once and in order`, async () => {
    const floor = new Floor();
    await using stage = await on({ agents: [floor.agent({ busy })] });
    const { system, clock, spy } = stage;
    const mail = new Mail(system);
    const first = await mail.cast("first");
    await clock.settle();
    assert.deepEqual(floor.looks("first"), []);
    for (const text of ["2", "3"]) await mail.cast(text);
    await clock.settle();
    assert.deepEqual([floor.looks("first"), floor.looks("first")], [["2", "3"], []]);
    await mail.cast("4");
    await clock.settle();
    assert.deepEqual(floor.looks("first"), ["4"]);
    floor.end("first");
    await clock.advance("10m");
    const { delivery } = await system.stats();
    assert.deepEqual([floor.started, delivery.acknowledged, delivery.pending], [["first"], 4, 0]);
    assert.deepEqual(
      spy.of("message.steered").map(({ envelope, into }) => [envelope.payload, into]),
      ["2", "3", "4"].map((text) => [text, first.id]),
    );
    assert.deepEqual(await lettersOf(system), []);
  });

  test(`${name}: calls of the same operation get the same answer, those of another run after it`, async () => {
    const floor = new Floor();
    const handle = floor.handle as (input: string, ctx: Context<undefined>) => Promise<never>;
    const desk = agent(Desk, { busy, on: { plan: handle, check: handle, note: handle } });
    await using stage = await on({ agents: [desk] });
    const { system, clock } = stage;
    const plan = (text: string) => system.call(Desk, "plan", text, { timeout: "10m" });
    const calls = [plan("first"), plan("second")];
    await clock.settle();
    const check = system.call(Desk, "check", "check", { timeout: "10m" });
    await clock.settle();
    assert.deepEqual(floor.looks("first"), ["second"]);
    floor.end("first", "the plan");
    assert.deepEqual(await Promise.all(calls), ["the plan", "the plan"]);
    await clock.settle();
    assert.deepEqual([...floor.running], ["check"]);
    floor.end("check");
    assert.equal(await check, "check done");
    assert.equal((await system.stats()).calls.waiting, 0);
  });

  test(`${name}: what the handler has not looked at runs after it, in order`, async () => {
    const floor = new Floor();
    await using stage = await on({ agents: [floor.agent({ busy })] });
    const { system, clock } = stage;
    const mail = new Mail(system);
    for (const text of ["1", "2"]) await mail.cast(text);
    await clock.settle();
    assert.deepEqual(floor.looks("1"), ["2"]);
    for (const text of ["3", "4", "5"]) await mail.cast(text);
    await clock.settle();
    floor.end("1");
    await clock.settle();
    assert.deepEqual(floor.started, ["1", "3"]);
    assert.deepEqual(floor.looks("3"), ["4", "5"]);
    floor.end("3");
    await clock.settle();
    const { delivery } = await system.stats();
    assert.deepEqual([delivery.acknowledged, delivery.pending, floor.most], [5, 0, 1]);
  });

  test(`${name}: nothing overtakes a message that already waits for the handler's end`, async () => {
    const floor = new Floor();
    const handle = floor.handle as (input: string, ctx: Context<undefined>) => Promise<never>;
    const desk = agent(Desk, { busy, on: { plan: handle, check: handle, note: handle } });
    await using stage = await on({ agents: [desk] });
    const { system, clock } = stage;
    await system.cast(Desk, "note", "1");
    await clock.settle();
    const plan = system.call(Desk, "plan", "2", { timeout: "10m" });
    await system.cast(Desk, "note", "3");
    await clock.settle();
    assert.deepEqual(floor.looks("1"), []);
    floor.end("1");
    await clock.settle();
    assert.deepEqual([...floor.running], ["2"]);
    assert.deepEqual(floor.looks("2"), ["3"]);
    floor.end("2");
    assert.equal(await plan, "2 done");
  });

  test(`${name}: where the handler fails, what it was handed is handled by itself`, async () => {
    const floor = new Floor();
    await using stage = await on({ agents: [floor.agent({ busy, retry: quick })] });
    const { system, clock, spy } = stage;
    const mail = new Mail(system);
    await mail.cast("1");
    await clock.settle();
    const second = mail.call("2");
    await mail.cast("3");
    await clock.settle();
    floor.looks("1");
    floor.fail("1");
    await clock.settle();
    assert.deepEqual(floor.started, ["1", "2"]);
    floor.end("2");
    assert.equal(await second, "2 done");
    await clock.settle();
    assert.deepEqual(floor.started, ["1", "2", "3"]);
    floor.end("3");
    await clock.advance("1s");
    floor.end("1");
    await clock.settle();
    assert.deepEqual(floor.started, ["1", "2", "3", "1"]);
    const attempts = spy
      .of("delivery.settled")
      .filter(({ mailbox }) => mailbox === "floor")
      .map(({ envelope, attempt, settlement }) => [envelope.payload, attempt, settlement.type]);
    assert.deepEqual(attempts, [
      ["1", 1, "retry"],
      ["2", 1, "ack"],
      ["3", 1, "ack"],
      ["1", 2, "ack"],
    ]);
  });

  test(`${name}: what comes while a failed handler is settled is not lost`, async () => {
    const floor = new Floor();
    await using stage = await on({ agents: [floor.agent({ busy, retry: quick })] });
    const { system, clock, spy } = stage;
    const mail = new Mail(system);
    await mail.cast("1");
    await clock.settle();
    const second = mail.call("2");
    for (let turn = 0; turn < 3; turn++) await pause(clock);
    floor.fail("1");
    await clock.advance("100ms");
    if (floor.looks("1").length > 0) assert.fail("an ended handler is handed nothing");
    floor.end("2");
    assert.equal(await second, "2 done");
    await clock.advance("1s");
    floor.end("1");
    await clock.advance("2m");
    assert.equal((await system.stats()).delivery.pending, 0);
    assert.deepEqual([floor.started, spy.of("lease.expired")], [["1", "2", "1"], []]);
  });

  test(`${name}: at whatever turn messages come around a handler's failure, each is handled once`, async () => {
    for (let turns = 0; turns < 12; turns++) {
      const floor = new Floor();
      await using stage = await on({ agents: [floor.agent({ busy, retry: { retries: 0 } })] });
      const { system, clock, spy } = stage;
      const mail = new Mail(system);
      await mail.cast("1");
      await clock.settle();
      const sent = mail.cast("2");
      for (let turn = 0; turn < turns; turn++) await pause(clock);
      floor.fail("1");
      await sent;
      await clock.advance("100ms");
      floor.end("2");
      await clock.advance("1m");
      assert.deepEqual([floor.started, spy.of("lease.expired")], [["1", "2"], []], `${turns} turns`);
      assert.equal((await system.stats()).delivery.pending, 0);
    }
  });

  test(`${name}: exactly-once messages are never handed to another handler [46]`, async () => {
    const floor = new Floor();
    await using stage = await on({ agents: [floor.agent({ busy })] });
    const { system, clock, spy } = stage;
    await new Mail(system).cast("1");
    await clock.settle();
    await system.cast("floor", "work", "2", { delivery: "exactly-once" });
    await clock.settle();
    assert.deepEqual([floor.looks("1"), spy.of("message.steered")], [[], []]);
    floor.end("1");
    await clock.settle();
    floor.end("2");
    await clock.settle();
    assert.equal((await system.stats()).delivery.acknowledged, 2);
  });

  test(`${name}: a message is handed to the handler of its own conversation only`, async () => {
    const floor = new Floor();
    await using stage = await on({ agents: [floor.agent({ busy, concurrency: byConversation })] });
    const { system, clock } = stage;
    const mail = new Mail(system);
    for (const text of ["a1", "b1", "a2", "b2", "a3", "c1"]) await mail.cast(text, text.charAt(0));
    await clock.settle();
    assert.deepEqual(floor.started, ["a1", "b1", "c1"]);
    assert.deepEqual([floor.looks("a1"), floor.looks("b1"), floor.looks("c1")], [["a2", "a3"], ["b2"], []]);
    for (const text of ["a1", "b1", "c1"]) floor.end(text);
    await clock.settle();
    assert.equal((await system.stats()).delivery.acknowledged, 6);
  });

  test(`${name}: calls that were handed over get the answer that the handler gave early`, async () => {
    const gate = new Gate();
    let looked: readonly unknown[] = [];
    const early = agent("early", {
      busy,
      on: {
        request: async (_, ctx) => {
          await gate.passed;
          looked = ctx.steered();
          await ctx.reply("early");
        },
      },
    });
    await using stage = await on({ agents: [early] });
    const { system, clock } = stage;
    const calls = [system.call("early", "x", 1)];
    await clock.settle();
    calls.push(system.call("early", "x", 2));
    await clock.settle();
    gate.open();
    assert.deepEqual(await Promise.all(calls), ["early", "early"]);
    assert.equal(looked.length, 1);
  });

  test(`${name}: an interceptor that refuses the answer of a handed-over call fails that call alone`, async () => {
    const floor = new Floor();
    const refused = new Set<string>();
    const strict = {
      name: "strict",
      outgoing: (envelope: { verb: string; inReplyTo?: string | undefined }) => {
        if (envelope.verb === "reply" && refused.delete(envelope.inReplyTo ?? "")) throw new Error("no");
      },
    };
    await using stage = await on({
      agents: [floor.agent({ busy })],
      interceptors: [strict as never],
    });
    const { system, clock, spy } = stage;
    const mail = new Mail(system);
    const first = mail.call("1");
    await clock.settle();
    const second = caught(mail.call("2"));
    await clock.settle();
    refused.add(only(spy.of("message.steered")).envelope.id);
    floor.looks("1");
    floor.end("1");
    assert.equal(await first, "1 done");
    assert.equal((await second).code, "HERMOD_FAILED");
    await clock.settle();
    assert.equal((await system.stats()).delivery.pending, 0);
  });

  test(`${name}: where the handler's success is not kept by the store, what it was handed is handled again [C5]`, async () => {
    const floor = new Floor();
    await using stage = await on({ agents: [floor.agent({ busy })], store: forgetful("1") });
    const { system, clock, spy } = stage;
    const mail = new Mail(system);
    for (const text of ["1", "2"]) await mail.cast(text);
    await clock.settle();
    assert.deepEqual(floor.looks("1"), ["2"]);
    floor.end("1");
    await clock.settle();
    assert.equal(spy.of("store.failed").length, 1);
    assert.deepEqual(floor.started, ["1", "2"]);
    floor.end("2");
    await clock.advance("31s");
    assert.deepEqual(floor.started, ["1", "2", "1"]);
    floor.end("1");
    await clock.settle();
    assert.equal((await system.stats()).delivery.acknowledged, 2);
  });

  test(`${name}: a thousand messages are handed over, in order`, async () => {
    const floor = new Floor();
    await using stage = await on({ agents: [floor.agent({ busy })] });
    const { system, clock } = stage;
    const mail = new Mail(system);
    const texts = Array.from({ length: 1000 }, (_, at) => `${at}`);
    await Promise.all(texts.map((text) => mail.cast(text)));
    const seen: unknown[] = [];
    for (let turn = 0; turn < 30; turn++) {
      await clock.settle();
      const at = floor.started.at(-1) as string;
      seen.push(at, ...floor.looks(at));
      floor.end(at);
    }
    await clock.settle();
    const { delivery } = await system.stats();
    assert.deepEqual([seen.slice(0, 1000), delivery.acknowledged, delivery.pending], [texts, 1000, 0]);
  });

  test(`${name}: an ended handler is handed nothing more`, async () => {
    const floor = new Floor();
    await using stage = await on({ agents: [floor.agent({ busy })] });
    const { clock } = stage;
    const mail = new Mail(stage.system);
    await mail.cast("1");
    await clock.settle();
    floor.end("1");
    await clock.settle();
    await mail.cast("2");
    await clock.settle();
    assert.deepEqual([floor.looks("1"), floor.started], [[], ["1", "2"]]);
    floor.end("2");
  });
}

/** One turn of everything that is ready. */
function pause(clock: { pause(run: () => void): void }): Promise<void> {
  return new Promise((resolve) => clock.pause(resolve));
}

/** A store that fails the first time it is to keep the end of a message with this payload. */
function forgetful(payload: unknown): OpenStore {
  let fails = true;
  return async (env) => {
    const store = await memory()(env);
    const plain = store.settle.bind(store);
    const settle: Store["settle"] = (...terms) => {
      if (!fails || terms[0].envelope.payload !== payload) return plain(...terms);
      fails = false;
      throw new Error("disk full");
    };
    return Object.assign(store, { settle });
  };
}
