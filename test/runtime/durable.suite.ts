/** Durable subscriptions: what is published is kept under a name while nobody listens, with retries and dead letters of its own. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { agent, crash, on, terminal } from "hermod";
import { Gate, caught, lettersOf, only, type On } from "./stage.ts";
import { Tide } from "./topics.kit.ts";

const once = { retries: 1, base: "1s", jitter: "none" } as const;

export function durableSuite(name: string, start: On): void {
  test(`${name}: a durable subscription keeps what is published while nobody listens, and goes on where it stopped [18]`, async () => {
    const heard: unknown[] = [];
    const keep = (by: string) => (event: unknown) => void heard.push(`${by} ${String(event)}`);
    await using stage = await start();
    const { system, clock } = stage;
    const first = await system.subscribe("news", keep("first"), { durable: "log" });
    await system.publish("news", 1);
    await clock.settle();
    await first.close();
    await system.publish("news", 2);
    await system.publish("news", 3);
    await clock.advance("1h");
    assert.deepEqual([heard, system.agents()], [["first 1"], []]);
    await system.subscribe("news", keep("second"), { durable: "log" });
    await system.publish("news", 4);
    await clock.settle();
    assert.deepEqual(heard, ["first 1", "second 2", "second 3", "second 4"]);
    assert.deepEqual(await lettersOf(system), []);
  });

  test(`${name}: closing lets the running callback end, and takes no further event`, async () => {
    const gate = new Gate();
    const heard: unknown[] = [];
    await using stage = await start();
    const { system, clock } = stage;
    const keep = (event: unknown) => (heard.push(event), gate.passed);
    const log = await system.subscribe("news", keep, { durable: "log" });
    await system.publish("news", 1);
    await system.publish("news", 2);
    await clock.settle();
    const closing = log.close();
    gate.open();
    await closing;
    await clock.settle();
    assert.deepEqual(heard, [1]);
    await system.subscribe("news", keep, { durable: "log" });
    await clock.settle();
    assert.deepEqual(heard, [1, 2]);
    assert.equal((await system.stats()).delivery.acknowledged, 2);
  });

  test(`${name}: unsubscribe makes dead letters "stopped" of what waits, and what comes after reaches nobody [C8]`, async () => {
    const gate = new Gate();
    await using stage = await start();
    const { system, clock } = stage;
    const log = await system.subscribe("news", () => gate.passed, { durable: "log" });
    for (let at = 0; at < 3; at++) await system.publish("news", at);
    await clock.settle();
    const ending = log.unsubscribe();
    gate.open();
    await ending;
    const letters = await lettersOf(system);
    assert.deepEqual(
      letters.map(({ mailbox, reason, envelope }) => [mailbox, reason, envelope.payload]),
      [
        ["log", "stopped", 1],
        ["log", "stopped", 2],
      ],
    );
    await system.publish("news", 3);
    assert.equal((await lettersOf(system)).at(-1)?.reason, "no-subscriber");
    assert.equal((await caught(system.cast("log", "", 1))).code, "HERMOD_NO_AGENT");
  });

  test(`${name}: unsubscribe after close still ends it for good, and twice does nothing`, async () => {
    await using stage = await start();
    const { system } = stage;
    const log = await system.subscribe("news", () => undefined, { durable: "log" });
    await log.close();
    await system.publish("news", 1);
    await log.close();
    assert.deepEqual(await lettersOf(system), []);
    await log.unsubscribe();
    assert.equal(only(await lettersOf(system)).reason, "stopped");
    await log.unsubscribe();
    await system.publish("news", 2);
    assert.equal((await lettersOf(system)).at(-1)?.reason, "no-subscriber");
  });

  test(`${name}: the end of an old subscription does not touch who has subscribed by its name since`, async () => {
    const heard: unknown[] = [];
    await using stage = await start();
    const { system, clock } = stage;
    const old = await system.subscribe("news", () => assert.fail("closed"), { durable: "log" });
    await old.close();
    await system.subscribe("news", (event) => void heard.push(event), { durable: "log" });
    await old.close();
    await old.unsubscribe();
    await old[Symbol.asyncDispose]();
    await system.publish("news", 1);
    await clock.settle();
    assert.deepEqual([heard, system.agents()], [[1], ["log"]]);
  });

  test(`${name}: one name listens once: a second subscriber, or an agent of the name, is refused`, async () => {
    const heard: unknown[] = [];
    await using stage = await start({ agents: [agent("taken", { on: {} })] });
    const { system, clock } = stage;
    await system.subscribe("news", (event) => void heard.push(event), { durable: "log" });
    for (const durable of ["log", "taken"]) {
      const error = await caught(system.subscribe("other", () => undefined, { durable }));
      assert.equal(error.code, "HERMOD_DUPLICATE_AGENT");
      assert.match(error.message, new RegExp(durable, "u"));
    }
    await system.publish("news", 1);
    await clock.settle();
    assert.deepEqual(heard, [1]);
    assert.equal((await system.publish("other", 1)).topic, "other");
    assert.equal(only(await lettersOf(system)).reason, "no-subscriber");
  });

  test(`${name}: it retries by its own policy, and a terminal error is a dead letter at once [(2)] [C7]`, async () => {
    const heard: [unknown, number][] = [];
    await using stage = await start();
    const { system, clock } = stage;
    await system.subscribe(
      "news",
      (event) => {
        heard.push([event, clock.now()]);
        throw event === "bad" ? terminal(new Error("no ink")) : new Error("not yet");
      },
      { durable: "log", retry: once },
    );
    const began = clock.now();
    await system.publish("news", "again");
    await system.publish("news", "bad");
    await clock.advance("10s");
    assert.deepEqual(heard, [
      ["again", began],
      ["bad", began],
      ["again", began + 1000],
    ]);
    assert.deepEqual(
      (await lettersOf(system)).map(({ mailbox, reason, attempts }) => [mailbox, reason, attempts.length]),
      [
        ["log", "terminal", 1],
        ["log", "exhausted", 2],
      ],
    );
  });

  test(`${name}: a retry that waits survives close and subscribing again, with its attempts`, async () => {
    const attempts: unknown[] = [];
    await using stage = await start();
    const { system, clock } = stage;
    const failing = () => Promise.reject(new Error("no ink"));
    const log = await system.subscribe("news", failing, { durable: "log", retry: once });
    await system.publish("news", 1);
    await clock.settle();
    await log.close();
    await clock.advance("1m");
    await system.subscribe("news", failing, { durable: "log", retry: once });
    await clock.advance("1m");
    attempts.push(...only(await lettersOf(system)).attempts.map(({ number }) => number));
    assert.deepEqual(attempts, [1, 2]);
  });

  test(`${name}: its dead letter is redriven to it alone [C8]`, async () => {
    const heard: string[] = [];
    let broken = true;
    await using stage = await start({
      agents: [agent("north", { on: {}, topics: [on("news", () => void heard.push("north"))] })],
    });
    const { system, clock } = stage;
    const fixed = (): void => {
      if (broken) throw terminal(new Error("no ink"));
      heard.push("log");
    };
    await system.subscribe("news", fixed, { durable: "log" });
    await system.publish("news", 1);
    await clock.settle();
    broken = false;
    assert.equal((await system.deadLetters.redrive()).redriven, 1);
    await clock.settle();
    assert.deepEqual(heard, ["north", "log"]);
    assert.deepEqual(await lettersOf(system), []);
  });

  test(`${name}: events run side by side where it says so, and otherwise one at a time`, async () => {
    const gate = new Gate();
    const running = { one: 0, two: 0 };
    await using stage = await start();
    const { system, clock } = stage;
    const run = (of: "one" | "two") => () => (running[of]++, gate.passed);
    await system.subscribe("news", run("one"), { durable: "one" });
    await system.subscribe("news", run("two"), { durable: "two", concurrency: 2 });
    for (let at = 0; at < 3; at++) await system.publish("news", at);
    await clock.settle();
    assert.deepEqual(running, { one: 1, two: 2 });
    gate.open();
    await clock.settle();
    assert.deepEqual(running, { one: 3, two: 3 });
  });

  test(`${name}: a full one turns only its own copy into a dead letter [C11]`, async () => {
    const gate = new Gate();
    const heard: unknown[] = [];
    await using stage = await start();
    const { system, clock } = stage;
    await system.subscribe("news", () => gate.passed, { durable: "full", capacity: 1 });
    await system.subscribe("news", (event) => void heard.push(event), { durable: "roomy" });
    for (let at = 0; at < 4; at++) {
      await system.publish("news", at);
      await clock.settle();
    }
    assert.deepEqual(heard, [0, 1, 2, 3]);
    assert.deepEqual(
      (await lettersOf(system)).map(({ mailbox, reason, envelope }) => [mailbox, reason, envelope.payload]),
      [
        ["full", "overflow", 2],
        ["full", "overflow", 3],
      ],
    );
    gate.open();
  });

  test(`${name}: one that crashes starts again, goes on, and can still be ended`, async () => {
    const heard: unknown[] = [];
    await using stage = await start();
    const { system, clock, spy } = stage;
    const log = await system.subscribe(
      "news",
      (event) => {
        heard.push(event);
        if (heard.length === 1) throw crash(new Error("broken"));
      },
      { durable: "log", retry: once },
    );
    await system.publish("news", 1);
    await clock.advance("1m");
    await system.publish("news", 2);
    await clock.settle();
    assert.deepEqual(heard, [1, 1, 2]);
    assert.deepEqual([spy.of("agent.restarted").length, system.agents()], [1, ["log"]]);
    await log.unsubscribe();
    await clock.advance("1m");
    assert.deepEqual([system.agents(), clock.waiting], [[], 0]);
  });

  test(`${name}: what is published to nobody is a dead letter "no-subscriber", no trouble of the publisher's, and redriven to who subscribes later [52] [C9]`, async () => {
    const heard: [string, unknown][] = [];
    await using stage = await start();
    const { system, clock, spy } = stage;
    const sent = await system.publish(Tide.name("sea"), { height: 3 });
    assert.equal(sent.topic, "tide.sea.turned");
    const letter = only(await lettersOf(system));
    assert.deepEqual(
      [letter.reason, letter.mailbox, letter.envelope.id],
      ["no-subscriber", undefined, sent.id],
    );
    assert.equal(only(spy.of("message.buried")).reason, "no-subscriber");
    assert.deepEqual(spy.of("message.refused"), []);
    assert.equal((await system.stats()).router.routed, 0);
    assert.equal((await system.deadLetters.redrive()).redriven, 0);
    await system.subscribe(Tide, ({ height }) => void heard.push(["durable", height]), { durable: "log" });
    await system.subscribe("tide.>", (event) => void heard.push(["live", event]));
    assert.equal((await system.deadLetters.redrive()).redriven, 1);
    await clock.settle();
    assert.deepEqual(
      new Map(heard.map((each) => [each[0], each[1]])),
      new Map<string, unknown>([
        ["durable", 3],
        ["live", { height: 3 }],
      ]),
    );
    assert.equal(heard.length, 2);
    assert.deepEqual(await lettersOf(system), []);
  });

  test(`${name}: drain waits for the callback of a durable subscription, and close leaves nothing [43]`, async () => {
    const gate = new Gate();
    const steps: string[] = [];
    const stage = await start();
    const { system, clock } = stage;
    const log = await system.subscribe("news", () => gate.passed.then(() => void steps.push("done")), {
      durable: "log",
    });
    await system.publish("news", 1);
    await clock.settle();
    const drained = system.drain().then(() => steps.push("drained"));
    await clock.settle();
    assert.deepEqual(steps, []);
    gate.open();
    await drained;
    assert.deepEqual(steps, ["done", "drained"]);
    await log.close();
    await log.unsubscribe();
    await stage[Symbol.asyncDispose]();
    await log.unsubscribe();
    assert.equal(clock.waiting, 0);
  });
}
