/** Messages in hand: those that an agent has claimed for a handler that runs. They keep their leases, and are never lost. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { agent, crash, type AgentOptions } from "hermod";
import { Floor, Mail } from "./busy.kit.ts";
import { caught, lettersOf, only, type On } from "./stage.ts";

const byConversation = { by: "conversation" } as const;
const quick = { retries: 2, base: "1s", jitter: "none" } as const;

/** The rules that take messages in hand. */
const rules = ["interrupt", "steer"] as const;

/** Names in an order of their own. */
function numbers(count: number): string[] {
  return Array.from({ length: count }, (_, at) => `${at}`);
}

export function inHandSuite(name: string, on: On): void {
  for (const busy of rules) {
    // Nothing of these tests is about how a handler ends, so none heeds its signal; and none may become stuck.
    const begin = async (options: AgentOptions<unknown> = {}) => {
      const floor = new Floor({ heeds: busy === "interrupt" });
      const stage = await on({ agents: [floor.agent({ busy, ...options })] });
      return { floor, stage, mail: new Mail(stage.system) };
    };

    test(`${name}: ${busy}: a drain gives back what is in hand, without an attempt`, async () => {
      const floor = new Floor({ heeds: false });
      await using stage = await on({ agents: [floor.agent({ busy })] });
      const { system, clock, spy } = stage;
      const mail = new Mail(system);
      await mail.cast("1");
      await clock.settle();
      for (const text of ["2", "3"]) await mail.cast(text);
      await clock.settle();
      const draining = system.drain({ timeout: "3s" });
      await clock.advance("1s");
      floor.end("1");
      await clock.settle();
      await draining;
      assert.deepEqual(floor.started, ["1"]);
      const { waiting, running } = await system.mailbox("floor").stats();
      assert.deepEqual([waiting, running], [2, 0]);
      const released = spy
        .of("delivery.settled")
        .filter(({ settlement }) => settlement.type === "release")
        .map(({ envelope, attempt }) => [envelope.payload, attempt]);
      assert.deepEqual(released, [
        ["2", 1],
        ["3", 1],
      ]);
    });

    test(`${name}: ${busy}: what is in hand when its agent is stopped becomes dead letters, and callers hear of it`, async () => {
      const floor = new Floor({ heeds: false });
      await using stage = await on();
      const { system, clock } = stage;
      const running = await system.spawn(floor.agent({ busy }));
      const mail = new Mail(system);
      await mail.cast("1");
      await clock.settle();
      for (const text of ["2", "3"]) await mail.cast(text);
      const call = caught(mail.call("4"));
      await clock.settle();
      const stopping = running.stop({ timeout: "3s" });
      await clock.advance("1s");
      floor.end("1");
      await clock.settle();
      await stopping;
      await clock.settle();
      const letters = (await lettersOf(system)).map(({ envelope, reason, attempts }) => [
        envelope.payload,
        reason,
        attempts.length,
      ]);
      assert.deepEqual(letters, [
        ["2", "stopped", 0],
        ["3", "stopped", 0],
        ["4", "stopped", 0],
      ]);
      const { calls, mailboxes } = await system.stats();
      assert.deepEqual([calls.waiting, mailboxes, floor.started], [0, [], ["1"]]);
      assert.match((await call).code, /^HERMOD_(NO_AGENT|CLOSED|FAILED|REJECTED)$/);
    });

    test(`${name}: ${busy}: a system that closes while a handler never ends leaves no timer`, async () => {
      const { floor, stage, mail } = await begin();
      for (const text of ["1", "2", "3"]) await mail.cast(text);
      await stage.clock.settle();
      await stage[Symbol.asyncDispose]();
      await stage.clock.advance("10m");
      assert.deepEqual([floor.started[0], stage.clock.waiting], ["1", 0]);
    });

    test(`${name}: ${busy}: what is in hand when the agent crashes is handled by the new instance, as its first attempt`, async () => {
      const floor = new Floor({ heeds: false });
      await using stage = await on({ agents: [floor.agent({ busy, retry: quick })] });
      const { system, clock, spy } = stage;
      const mail = new Mail(system);
      await mail.cast("1");
      await clock.settle();
      await mail.cast("2");
      await clock.settle();
      floor.fail("1", crash(new Error("broken")));
      await clock.advance("100ms");
      assert.deepEqual([floor.started, spy.of("agent.restarted").length], [["1", "2"], 1]);
      floor.end("2");
      await clock.advance("1s");
      if (busy === "steer") floor.end("1");
      await clock.advance("2m");
      const begun = spy.of("delivery.started").map(({ envelope, attempt }) => [envelope.payload, attempt]);
      assert.deepEqual(
        begun,
        busy === "steer"
          ? [
              ["1", 1],
              ["2", 1],
              ["1", 2],
            ]
          : [
              ["1", 1],
              ["2", 1],
            ],
      );
      assert.deepEqual([spy.of("lease.expired"), spy.of("delivery.outlived")], [[], []]);
      assert.equal((await system.stats()).delivery.pending, 0);
    });

    test(`${name}: ${busy}: at most a hundred are in hand, the others wait in the mailbox`, async () => {
      const floor = new Floor({ heeds: false });
      await using stage = await on({ agents: [floor.agent({ busy })] });
      const { system, clock } = stage;
      await Promise.all(numbers(150).map((text) => new Mail(system).cast(text)));
      await clock.settle();
      const { waiting, running } = await system.mailbox("floor").stats();
      assert.deepEqual([waiting, running], [49, 101]);
      await system.cast("floor", "work", "now", { priority: "urgent" });
      floor.end("0");
      await clock.settle();
      assert.deepEqual(floor.started, ["0", "1"]);
      assert.equal((await system.mailbox("floor").stats()).waiting <= 49, true);
    });

    test(`${name}: ${busy}: one conversation with its hands full keeps no other waiting [50]`, async () => {
      const floor = new Floor({ heeds: false });
      await using stage = await on({ agents: [floor.agent({ busy, concurrency: byConversation })] });
      const { system, clock } = stage;
      const mail = new Mail(system);
      await Promise.all(numbers(150).map((text) => mail.cast(text, "a")));
      await clock.settle();
      await mail.cast("b", "b");
      await clock.settle();
      assert.deepEqual([...floor.running], ["0", "b"]);
      floor.end("b");
      await clock.settle();
      await mail.cast("c", "c");
      await clock.settle();
      assert.deepEqual([...floor.running], ["0", "c"]);
    });

    test(`${name}: ${busy}: a message whose deadline passes in hand is not handled any more [C16]`, async () => {
      const floor = new Floor({ heeds: false });
      await using stage = await on({ agents: [floor.agent({ busy })] });
      const { system, clock } = stage;
      const mail = new Mail(system);
      await mail.cast("1");
      await clock.settle();
      const call = caught(system.call("floor", "work", "2", { timeout: "1s" }));
      await clock.settle();
      await clock.advance(1001);
      assert.equal((await call).code, "HERMOD_TIMEOUT");
      await clock.advance("1s");
      assert.deepEqual(floor.looks("1"), []);
      floor.end("1");
      await clock.advance("1m");
      assert.deepEqual(floor.started, ["1"]);
      assert.equal((await system.stats()).delivery.pending, 0);
    });
  }

  test(`${name}: leases of messages in hand are kept alive for as long as the handler takes [C6]`, async () => {
    const floor = new Floor();
    await using stage = await on({ agents: [floor.agent({ busy: "steer", lease: "5s" })] });
    const { system, clock, spy } = stage;
    const mail = new Mail(system);
    for (const text of ["1", "2", "3"]) await mail.cast(text);
    await clock.advance("10m");
    assert.deepEqual([spy.of("lease.expired"), floor.started], [[], ["1"]]);
    assert.deepEqual(floor.looks("1"), ["2", "3"]);
    floor.end("1");
    await clock.advance("1m");
    const { delivery } = await system.stats();
    assert.deepEqual([delivery.acknowledged, delivery.pending, floor.started], [3, 0, ["1"]]);
  });

  test(`${name}: a message that waits in hand for a place keeps its lease too`, async () => {
    const floor = new Floor();
    const concurrency = { by: "conversation", max: 1 } as const;
    await using stage = await on({ agents: [floor.agent({ busy: "steer", concurrency, lease: "5s" })] });
    const { system, clock, spy } = stage;
    const mail = new Mail(system);
    for (const text of ["a", "b", "c"]) await mail.cast(text, text);
    await clock.advance("10m");
    assert.deepEqual([spy.of("lease.expired"), floor.started], [[], ["a"]]);
    for (const text of ["a", "b", "c"]) {
      floor.end(text);
      await clock.settle();
    }
    assert.equal((await system.stats()).delivery.acknowledged, 3);
  });

  test(`${name}: an agent whose breaker opens gives back what it has in hand [61]`, async () => {
    const floor = new Floor();
    const options = { busy: "steer", retry: { retries: 0 }, breaker: { least: 1, openFor: "30s" } } as const;
    await using stage = await on({ agents: [floor.agent(options)] });
    const { system, clock, spy } = stage;
    const mail = new Mail(system);
    for (const text of ["1", "2", "3"]) await mail.cast(text);
    const call = caught(mail.call("4"));
    await clock.settle();
    floor.fail("1");
    await clock.advance("2s");
    assert.deepEqual(floor.started, ["1"]);
    assert.equal((await call).code, "HERMOD_CIRCUIT_OPEN");
    assert.equal(only(system.breakers.list()).state, "open");
    await clock.advance("28s");
    assert.deepEqual(floor.started, ["1", "2"]);
    assert.deepEqual(floor.looks("2"), []);
    floor.end("2");
    await clock.settle();
    floor.end("3");
    await clock.settle();
    assert.deepEqual(
      spy.of("delivery.started").map(({ envelope, attempt }) => [envelope.payload, attempt]),
      [
        ["1", 1],
        ["2", 1],
        ["3", 1],
      ],
    );
    assert.equal((await system.stats()).delivery.pending, 0);
  });

  test(`${name}: a keyed agent interrupts and steers by key, whatever the conversation`, async () => {
    for (const busy of rules) {
      const floor = new Floor();
      await using stage = await on({
        agents: [agent("desk", { keyed: true, busy, on: { notification: floor.handle } })],
      });
      const { system, clock } = stage;
      const cast = async (key: string, text: string) => {
        await system.cast(`desk#${key}`, "work", text, { conversation: text });
        await clock.settle();
      };
      for (const text of ["a1", "b1", "a2"]) await cast(text.charAt(0), text);
      assert.deepEqual([...floor.running], busy === "steer" ? ["a1", "b1"] : ["b1", "a2"]);
      if (busy === "steer") assert.deepEqual(floor.looks("a1"), ["a2"]);
      for (const text of floor.running) floor.end(text);
      await clock.settle();
      assert.equal((await system.stats()).delivery.pending, 0);
    }
  });

  test(`${name}: a handler that ended is settled once, also when its agent breaks at that moment`, async () => {
    const floor = new Floor();
    await using stage = await on({ agents: [floor.agent({ concurrency: byConversation, retry: quick })] });
    const { system, clock, spy } = stage;
    const mail = new Mail(system);
    for (const text of ["a", "b"]) await mail.cast(text, text);
    await clock.settle();
    floor.end("a");
    floor.fail("b", crash(new Error("broken")));
    await clock.advance("1s");
    floor.end("b");
    await clock.advance("1m");
    const { delivery } = await system.stats();
    assert.deepEqual([delivery.acknowledged, delivery.pending, floor.started], [2, 0, ["a", "b", "b"]]);
    assert.deepEqual(spy.of("delivery.outlived"), []);
  });
}
