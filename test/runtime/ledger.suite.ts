/** What spans several parts, shown whole: identity, interval statistics, waiting retries, bounds of dead letters, the three failures. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { agent, fromMap, memory, retryDelay, start, toMap, toRetryPolicy } from "hermod";
import { Spy, testClock } from "hermod/testing";
import type { On } from "./stage.ts";

const quick = { retries: 2, base: "1s", jitter: "none" } as const;
const failing = agent("failing", {
  on: { notification: () => Promise.reject(new Error("no")) },
  retry: quick,
});

export function ledgerSuite(name: string, on: On): void {
  test(`${name}: a system has a generated address of its own, comparable and printable [15]`, async () => {
    await using one = await on({ seed: 1 });
    await using two = await on({ seed: 2 });
    assert.match(one.system.address, /^~[0-9a-f]{8}-[0-9a-f-]{27}$/);
    assert.notEqual(one.system.address, two.system.address);
  });

  test(`${name}: the numbers are reported every 60 s unless told otherwise [40]`, async () => {
    const [clock, spy] = [testClock(), new Spy()];
    await using system = await start({ agents: [failing], clock, reports: spy.listen });
    await clock.advance("59s");
    assert.equal(spy.of("statistics.taken").length, 0);
    await clock.advance("61s");
    assert.equal(spy.of("statistics.taken").length, 2);
    const [first] = spy.of("statistics.taken");
    assert.equal(system.agents().length, 1);
    assert.deepEqual(first?.statistics.router.routes, 1);
  });

  test(`${name}: the interval of the numbers is an option, and false switches them off`, async () => {
    await using often = await on({ statistics: "10s" });
    await using never = await on({ statistics: false });
    for (const { clock } of [often, never]) await clock.advance("30s");
    assert.equal(often.spy.of("statistics.taken").length, 3);
    assert.equal(never.spy.of("statistics.taken").length, 0);
  });

  test(`${name}: one can ask which messages wait for a retry, until when, and how long each wait is [51]`, async () => {
    await using stage = await on({ agents: [failing] });
    const { system, clock } = stage;
    const sent = await system.cast("failing", "x", 1);
    await clock.settle();
    const [waiting, ...more] = await system.mailbox("failing").delayed();
    assert.deepEqual(
      [waiting?.envelope.id, waiting?.dueAt, waiting?.attempts.length, more],
      [sent.id, clock.now() + 1000, 1, []],
    );
    assert.equal((await system.mailbox("failing").delayed({ where: "attempts:>1" })).length, 0);
    const policy = toRetryPolicy(quick);
    assert.deepEqual(
      [1, 2, 3].map((attempt) => retryDelay(policy, attempt, Math.random)),
      [1000, 2000, 4000],
    );
    await clock.advance("1s");
    assert.equal((await system.mailbox("failing").delayed())[0]?.dueAt, clock.now() + 2000);
  });

  test(`${name}: loss, duplication and reordering each have an answer [53]`, async () => {
    const seen: unknown[] = [];
    let failures = 2;
    const taker = agent("taker", {
      order: "strict",
      retry: { ...quick, retries: 5 },
      on: {
        notification: (payload) => {
          if (payload === 1 && failures-- > 0) throw new Error("lost it");
          seen.push(payload);
        },
      },
    });
    await using stage = await on({ agents: [taker] });
    for (const n of [1, 2, 2, 3]) await stage.system.cast("taker", "n", n, { key: `n${n}`, orderKey: "k" });
    await stage.clock.advance("10s");
    assert.deepEqual(seen, [1, 2, 3]);
  });

  test(`${name}: a thousand agents lose none of ten thousand messages of which one in seven fails at first [85]`, async () => {
    const handled = new Map<string, number>();
    const flaky = (name: string) =>
      agent(name, {
        retry: quick,
        on: {
          notification: (payload, ctx) => {
            const key = `${name} ${String(payload)}`;
            const before = handled.get(key) ?? 0;
            handled.set(key, before + 1);
            if (before === 0 && ctx.envelope.sequence % 7 === 0) throw new Error("at first");
          },
        },
      });
    const names = Array.from({ length: 1000 }, (_, at) => `agent-${at}`);
    await using stage = await on({ agents: names.map(flaky) });
    for (let n = 0; n < 10; n++) for (const each of names) await stage.system.cast(each, "n", n);
    await stage.clock.advance("10s");
    const { delivery } = await stage.system.stats();
    assert.deepEqual(
      [delivery.acknowledged, delivery.failed, delivery.pending, handled.size],
      [10_000, 0, 0, 10_000],
    );
  });

  test(`${name}: a dead letter keeps message, mailbox, reason, error and the time of each attempt, and is bounded by count and age [C8]`, async () => {
    await using stage = await on({
      agents: [failing],
      store: memory({ deadLetters: { count: 2, age: "1h" } }),
    });
    const { system, clock, spy } = stage;
    const ids = [];
    for (const n of [1, 2, 3]) {
      ids.push((await system.cast("failing", "x", n)).id);
      await clock.advance("10s");
    }
    const { items } = await system.deadLetters.list();
    assert.deepEqual(
      items.map(({ envelope, mailbox, reason, error }) => [envelope.id, mailbox, reason, error?.message]),
      [
        [ids[1], "failing", "exhausted", "no"],
        [ids[2], "failing", "exhausted", "no"],
      ],
    );
    const times = items[0]?.attempts.map(({ startedAt }) => startedAt - (items[0]?.envelope.sentAt ?? 0));
    assert.deepEqual(times, [0, 1000, 3000]);
    assert.deepEqual(
      spy.of("dead-letters.discarded").map(({ id, bound }) => [id, bound]),
      [[`${ids[0]}@failing`, "count"]],
    );
    assert.equal((await system.deadLetters.redrive({ limit: 1, dryRun: true })).redriven, 1);
    assert.equal(await system.deadLetters.discard({ id: ids[1] as string }), 1);
    await clock.advance("2h");
    assert.equal((await system.deadLetters.list()).items.length, 0);
    assert.deepEqual(spy.of("dead-letters.discarded").at(-1)?.bound, "age");
  });

  test(`${name}: times are UTC milliseconds, reading checks version and type, the history has bounds and two indexes [C17]`, async () => {
    await using stage = await on({ agents: [failing], store: memory({ history: { count: 3 } }) });
    const { system, clock } = stage;
    const sent = await system.cast("failing", "x", 1, { conversation: "c" });
    assert.equal(toMap(sent)["sentAt"], new Date(clock.now()).toISOString());
    for (const wrong of [{ v: 2 }, { type: "gossip" }, { sentAt: "yesterday" }]) {
      assert.throws(() => fromMap({ ...toMap(sent), ...wrong }), { code: "HERMOD_BAD_ENVELOPE" });
    }
    for (const n of [2, 3, 4]) await system.cast("failing", "x", n, { conversation: "d" });
    assert.equal((await system.conversation("c")).length, 0);
    assert.equal((await system.history({ agent: "failing" })).items.length, 3);
  });

  test(`${name}: what an operator does with dead letters is reported, and a dry run is not`, async () => {
    await using stage = await on({ agents: [failing] });
    const { system, clock, spy } = stage;
    const ids = [];
    for (const n of [1, 2]) ids.push(`${(await system.cast("failing", "x", n)).id}@failing`);
    await clock.advance("10s");
    await system.deadLetters.redrive({ dryRun: true });
    assert.equal(spy.of("dead-letters.redriven").length, 0);
    await system.deadLetters.redrive({ id: ids[0] as string });
    await system.deadLetters.discard({ id: ids[1] as string });
    assert.deepEqual(
      spy.of("dead-letters.redriven").map(({ id }) => id),
      [ids[0]],
    );
    assert.deepEqual(
      spy.of("dead-letters.discarded").map(({ id, bound }) => [id, bound]),
      [[ids[1], "operator"]],
    );
  });

  test(`${name}: a message that an outgoing interceptor refuses is counted and reported`, async () => {
    const strict = {
      name: "strict",
      outgoing: () => {
        throw new Error("not today");
      },
    };
    await using stage = await on({ agents: [failing], interceptors: [strict] });
    await assert.rejects(stage.system.cast("failing", "x", 1), { code: "HERMOD_INTERCEPTOR" });
    assert.equal((await stage.system.stats()).router.failed, 1);
    assert.deepEqual(
      stage.spy.of("message.refused").map(({ code }) => code),
      ["HERMOD_INTERCEPTOR"],
    );
    assert.equal(stage.spy.of("listener.failed")[0]?.listener, "strict");
  });

  test(`${name}: a notice sees the state and cannot change it`, async () => {
    const seen: unknown[] = [];
    const counter = agent("counter", {
      state: () => ({ count: 0 }),
      on: {
        notification: (_, ctx) => void ctx.state.count++,
        info: (_, ctx) => {
          seen.push(ctx.state.count);
          ctx.state.count = 100;
        },
        request: (_, ctx) => ctx.state.count,
      },
    });
    await using stage = await on({ agents: [counter] });
    const { system, clock } = stage;
    await system.cast("counter", "up", null);
    await clock.settle();
    await system.info("counter", "look");
    await clock.settle();
    assert.deepEqual([seen, await system.call("counter", "count", null)], [[1], 1]);
  });

  test(`${name}: an ending system waits for the messages that are in somebody's hand`, async () => {
    await using stage = await on({ pull: ["jobs"] });
    const { system, clock } = stage;
    await system.cast("jobs", "x", 1);
    const job = await system.mailbox("jobs").receive();
    let drained = false;
    const draining = system.drain({ timeout: "10s" }).then(() => (drained = true));
    await clock.advance("5s");
    assert.equal(drained, false);
    await job?.ack();
    await clock.settle();
    await draining;
    assert.equal((await system.stats()).delivery.acknowledged, 1);
  });

  test(`${name}: what is still in somebody's hand at the deadline is given back, and its holder finds the lease lost`, async () => {
    await using stage = await on({ pull: ["jobs"] });
    const { system, clock, spy } = stage;
    await system.cast("jobs", "x", 1);
    const job = await system.mailbox("jobs").receive();
    const draining = system.drain({ timeout: "10s" });
    await clock.advance("10s");
    await draining;
    assert.equal(spy.of("system.drained")[0]?.unfinished, 1);
    await assert.rejects(async () => job?.ack(), { code: "HERMOD_STALE_LEASE" });
    assert.equal((await system.mailbox("jobs").stats()).waiting, 1);
  });
}
