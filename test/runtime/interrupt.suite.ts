/** The busy rule "interrupt": a newer message stops the handler that runs for its like, and runs next. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { agent, type HermodError } from "hermod";
import { Floor, Mail, pass } from "./busy.kit.ts";
import { Gate, caught, lettersOf, only, type On } from "./stage.ts";

const busy = "interrupt";
const INTERRUPTED = "HERMOD_INTERRUPTED";
const byConversation = { by: "conversation" } as const;

export function interruptSuite(name: string, on: On): void {
  test(`${name}: the caller of an interrupted handler hears so, and the newer message runs next`, async () => {
    const floor = new Floor();
    await using stage = await on({ agents: [floor.agent({ busy })] });
    const { system, clock, spy } = stage;
    const mail = new Mail(system);
    const first = caught(mail.call("first"));
    await clock.settle();
    const second = mail.call("second");
    const error = await first;
    const sent = spy.of("message.sent").find(({ envelope }) => envelope.payload === "second");
    assert.deepEqual([error.code, error.details], [INTERRUPTED, { agent: "floor", by: sent?.envelope.id }]);
    assert.equal((floor.ctx("first").signal.reason as HermodError).code, INTERRUPTED);
    await clock.settle();
    floor.end("second");
    assert.equal(await second, "second done");
    assert.deepEqual(
      spy.of("message.interrupted").map(({ envelope, by }) => [envelope.payload, by]),
      [["first", sent?.envelope.id]],
    );
    const { calls, delivery } = await system.stats();
    assert.deepEqual([calls.waiting, delivery.acknowledged, delivery.failed], [0, 1, 1]);
    assert.deepEqual(await lettersOf(system), []);
  });

  test(`${name}: an interrupted cast becomes a dead letter "stopped" at once, whatever its handler throws, and is not retried [C8]`, async () => {
    const floor = new Floor({ heeds: false });
    await using stage = await on({ agents: [floor.agent({ busy })] });
    const { system, clock } = stage;
    const mail = new Mail(system);
    await mail.cast("first");
    await clock.settle();
    await mail.cast("second");
    await clock.settle();
    assert.deepEqual([floor.started, floor.ctx("first").signal.aborted], [["first"], true]);
    floor.fail("first", new Error("something else"));
    await clock.advance("10s");
    floor.end("second");
    await clock.advance("10m");
    const letter = only(await lettersOf(system));
    assert.deepEqual(
      [letter.envelope.payload, letter.reason, letter.error?.code],
      ["first", "stopped", INTERRUPTED],
    );
    assert.deepEqual(floor.started, ["first", "second"]);
  });

  test(`${name}: an interrupted handler that ends normally has succeeded`, async () => {
    const floor = new Floor({ heeds: false });
    await using stage = await on({ agents: [floor.agent({ busy })] });
    const { system, clock } = stage;
    const mail = new Mail(system);
    const first = mail.call("first");
    await clock.settle();
    await mail.cast("second");
    await clock.settle();
    floor.end("first");
    assert.equal(await first, "first done");
    await clock.settle();
    floor.end("second");
    await clock.settle();
    const { delivery } = await system.stats();
    assert.deepEqual([delivery.acknowledged, delivery.failed, delivery.dead], [2, 0, 0]);
  });

  test(`${name}: a handler that ignores the interruption for 5 s is stuck; the newer message runs on the restarted agent`, async () => {
    const floor = new Floor({ heeds: false });
    await using stage = await on({ agents: [floor.agent({ busy })] });
    const { system, clock, spy } = stage;
    const mail = new Mail(system);
    const first = caught(mail.call("first"));
    await clock.settle();
    const second = mail.call("second");
    await clock.advance("4s");
    assert.deepEqual([spy.of("handler.stuck").length, floor.started], [0, ["first"]]);
    await clock.advance("2s");
    assert.equal((await first).code, INTERRUPTED);
    assert.deepEqual([spy.of("handler.stuck").length, spy.of("agent.restarted").length], [1, 1]);
    assert.deepEqual(floor.started, ["first", "second"]);
    assert.deepEqual(spy.of("handler.overran"), []);
    floor.end("first");
    floor.end("second");
    assert.equal(await second, "second done");
    assert.deepEqual(
      spy.of("handler.overran").map(({ envelope, ms }) => [envelope.payload, ms]),
      [["first", 6000]],
    );
    const settled = spy
      .of("delivery.settled")
      .map(({ envelope, attempt, settlement }) => [envelope.payload, attempt, settlement.type]);
    assert.deepEqual(
      settled.filter(([, , type]) => type !== "release" && type !== "ack"),
      [["first", 1, "fail"]],
    );
    assert.deepEqual(spy.of("delivery.outlived"), []);
  });

  test(`${name}: of several in a row each interrupts the one before it, and all end in order`, async () => {
    const floor = new Floor();
    await using stage = await on({ agents: [floor.agent({ busy })] });
    const { system, clock, spy } = stage;
    const mail = new Mail(system);
    const texts = Array.from({ length: 20 }, (_, at) => `${at}`);
    const ends = texts.map((text) => mail.call(text).catch(({ code }: HermodError) => code));
    await clock.settle();
    floor.end("19");
    const answers = await Promise.all(ends);
    assert.deepEqual(answers, [...texts.slice(1).map(() => INTERRUPTED), "19 done"]);
    assert.deepEqual([floor.started, floor.ended], [texts, texts]);
    assert.equal(floor.most, 1);
    assert.equal(spy.of("message.interrupted").length, 19);
  });

  test(`${name}: a thousand in a row end in order, one at a time`, async () => {
    const floor = new Floor();
    await using stage = await on({ agents: [floor.agent({ busy })] });
    const { system, clock } = stage;
    const mail = new Mail(system);
    const texts = Array.from({ length: 1000 }, (_, at) => `${at}`);
    await Promise.all(texts.map((text) => mail.cast(text)));
    await clock.settle();
    floor.end("999");
    await clock.settle();
    assert.deepEqual([floor.started, floor.most], [texts, 1]);
    const { delivery } = await system.stats();
    assert.deepEqual([delivery.acknowledged, delivery.dead, delivery.pending], [1, 999, 0]);
  });

  test(`${name}: only the handler of its own conversation is interrupted`, async () => {
    const floor = new Floor();
    await using stage = await on({ agents: [floor.agent({ busy, concurrency: byConversation })] });
    const { system, clock } = stage;
    const mail = new Mail(system);
    const [a1, b1] = [caught(mail.call("a1", "a")), mail.call("b1", "b")];
    await clock.settle();
    await mail.cast("a2", "a");
    assert.equal((await a1).code, INTERRUPTED);
    await clock.settle();
    assert.deepEqual([...floor.running], ["b1", "a2"]);
    assert.equal(floor.ctx("b1").signal.aborted, false);
    floor.end("b1");
    assert.equal(await b1, "b1 done");
  });

  test(`${name}: what an interrupted handler has sent to others goes on`, async () => {
    const gate = new Gate();
    const seen: unknown[] = [];
    const sub = agent("sub", {
      on: {
        request: async (payload) => {
          await gate.passed;
          seen.push(payload);
        },
        notification: (payload) => void seen.push(payload),
      },
    });
    const lead = agent("lead", {
      busy,
      on: {
        request: async (_, ctx) => {
          await ctx.cast("sub", "x", "cast");
          const asked = ctx.call("sub", "x", "call");
          const stopped = new Promise((_resolve, reject) =>
            ctx.signal.addEventListener("abort", () => reject(ctx.signal.reason as Error)),
          );
          await Promise.race([asked, stopped]);
        },
        notification: () => undefined,
      },
    });
    await using stage = await on({ agents: [sub, lead] });
    const { system, clock } = stage;
    const first = caught(system.call("lead", "x", 1));
    await clock.settle();
    await system.cast("lead", "x", 2);
    assert.equal((await first).code, INTERRUPTED);
    gate.open();
    await clock.settle();
    assert.deepEqual(seen, ["cast", "call"]);
    assert.equal((await system.stats()).delivery.failed, 1);
  });

  test(`${name}: the state of an interrupted handler is put back, and what it would have sent with its commit is not sent [46]`, async () => {
    const seen: unknown[] = [];
    const sink = agent("sink", { on: { notification: (payload) => void seen.push(payload) } });
    const work = agent("work", {
      busy,
      state: () => ({ done: [] as unknown[] }),
      on: {
        notification: async (payload, ctx) => {
          ctx.state.done.push(payload);
          await ctx.cast("sink", "x", payload);
          if (payload === "slow")
            await new Promise((_, reject) =>
              ctx.signal.addEventListener("abort", () => reject(ctx.signal.reason as Error)),
            );
          seen.push([...ctx.state.done]);
        },
      },
    });
    await using stage = await on({ agents: [sink, work] });
    const { system, clock } = stage;
    for (const text of ["one", "slow", "two"]) {
      await system.cast("work", "x", text, { delivery: "exactly-once" });
      await clock.settle();
    }
    assert.deepEqual(seen, [["one"], "one", ["one", "two"], "two"]);
    assert.equal(only(await lettersOf(system)).reason, "stopped");
  });

  test(`${name}: a notice interrupts nobody, and a published message does [C15]`, async () => {
    const floor = new Floor();
    await using stage = await on({ agents: [floor.agent({ busy, topics: ["tide.*"] })] });
    const { system, clock } = stage;
    await new Mail(system).cast("first");
    await clock.settle();
    await system.info("floor", "look");
    await clock.settle();
    assert.deepEqual([floor.notices, [...floor.running]], [["look"], ["first"]]);
    await system.publish("tide.high", "second");
    await clock.settle();
    assert.deepEqual([...floor.running], ["second"]);
  });

  test(`${name}: an interruption says nothing about the agent's health [61]`, async () => {
    const floor = new Floor();
    const breaker = { least: 1, rate: 0.1 };
    await using stage = await on({ agents: [floor.agent({ busy, breaker })] });
    const { system, clock } = stage;
    const mail = new Mail(system);
    for (const text of ["1", "2", "3"]) {
      await mail.cast(text);
      await clock.settle();
    }
    assert.equal(only(system.breakers.list()).state, "closed");
    floor.end("3");
  });

  test(`${name}: while all places are taken, messages of other conversations wait in order`, async () => {
    const floor = new Floor();
    await using stage = await on({
      agents: [floor.agent({ busy, concurrency: { by: "conversation", max: 2 } })],
    });
    const { system, clock } = stage;
    const mail = new Mail(system);
    for (const text of ["a1", "b1", "c1", "d1", "e1"]) {
      await mail.cast(text, text.charAt(0));
      await clock.settle();
    }
    for (const [ended, next] of [
      ["a1", "c1"],
      ["c1", "d1"],
      ["b1", "e1"],
    ] as const) {
      floor.end(ended);
      await clock.settle();
      assert.equal(floor.running.has(next), true, `${next} after ${ended}`);
    }
    assert.equal(floor.most, 2);
  });

  test(`${name}: random bursts over simulated time leave nothing behind`, async () => {
    const floor = { begun: 0, ended: 0 };
    const quick = agent("quick", {
      busy,
      concurrency: { by: "conversation", max: 3 },
      on: {
        notification: async (payload, ctx) => {
          floor.begun++;
          await pass(clock, Number(payload));
          ctx.signal.throwIfAborted();
          floor.ended++;
        },
      },
    });
    await using stage = await on({ agents: [quick] });
    const { system, clock } = stage;
    for (let at = 0; at < 300; at++) {
      await system.cast("quick", "x", (at * 7) % 50, { conversation: `c${at % 5}` });
      if (at % 3 === 0) await clock.advance(10);
    }
    await clock.advance("1m");
    const { delivery } = await system.stats();
    assert.deepEqual([floor.begun, delivery.pending], [300, 0]);
    assert.deepEqual([delivery.acknowledged, delivery.dead], [floor.ended, 300 - floor.ended]);
    assert.equal(clock.waiting, 0);
  });
}
