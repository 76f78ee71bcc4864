/** Delivery modes: at most once, at least once, and what each promises of attempts. Exactly once has a suite of its own. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { agent, type MessageRecord } from "hermod";
import type { TestSystem } from "hermod/testing";
import { Gate, caught, lettersOf, only, saidIn, type On } from "./stage.ts";

/** An agent that fails at its first `failures` attempts, and the times of them all. */
function flaky(stage: () => TestSystem, failures: number) {
  const runs: number[] = [];
  const run = (): string => {
    runs.push(stage().clock.now());
    if (runs.length <= failures) throw new Error(`failure ${runs.length}`);
    return "done";
  };
  return {
    runs,
    agent: agent("flaky", { retry: { base: "1s", jitter: "none" }, on: { notification: run, request: run } }),
  };
}

async function stateOf(stage: TestSystem, id: string): Promise<[MessageRecord["state"], string[]]> {
  const { state, attempts } = only(await saidIn(stage.system, `id:${id}`));
  return [state, attempts.map(({ outcome }) => outcome)];
}

export function deliverySuite(name: string, on: On): void {
  test(`${name}: an at-most-once message is gone before its handler runs, and never retried [44]`, async () => {
    const { runs, agent: definition } = flaky(() => stage, 1);
    await using stage: TestSystem = await on({ agents: [definition] });
    const { system, clock } = stage;
    const { id } = await system.cast("flaky", "", {}, { delivery: "at-most-once", retry: { retries: 5 } });
    await caught(system.call("flaky", "", {}, { retry: { retries: 5 } })).catch(() => "done");
    await clock.advance("1d");
    assert.equal(runs.length, 2);
    assert.deepEqual(await stateOf(stage, id), ["dead", ["dead"]]);
    assert.equal(only(await lettersOf(system)).reason, "exhausted");
  });

  test(`${name}: an at-least-once message is retried until it is acknowledged [45]`, async () => {
    const { runs, agent: definition } = flaky(() => stage, 3);
    await using stage: TestSystem = await on({ agents: [definition] });
    const { system, clock } = stage;
    const { id } = await system.cast("flaky", "", {});
    await clock.advance("1d");
    assert.equal(runs.length, 4);
    assert.deepEqual(await stateOf(stage, id), ["done", ["retried", "retried", "retried", "acked"]]);
    assert.equal((await lettersOf(system)).length, 0);
  });

  test(`${name}: an at-least-once message whose retries are used up becomes a dead letter with each attempt, and is reported [52] [(41)]`, async () => {
    const { runs, agent: definition } = flaky(() => stage, 9);
    await using stage: TestSystem = await on({ agents: [definition] });
    const { system, clock, spy } = stage;
    const sent = await system.cast("flaky", "note", { text: "sea" });
    await clock.advance("1d");
    assert.equal(runs.length, 4);
    const letter = only(await lettersOf(system));
    assert.deepEqual(
      [letter.reason, letter.mailbox, letter.error?.message],
      ["exhausted", "flaky", "failure 4"],
    );
    assert.deepEqual(letter.envelope, sent);
    assert.deepEqual(
      letter.attempts.map(({ number, startedAt, error }) => [
        number,
        startedAt - sent.sentAt,
        error?.message,
      ]),
      [
        [1, 0, "failure 1"],
        [2, 1000, "failure 2"],
        [3, 3000, "failure 3"],
        [4, 7000, "failure 4"],
      ],
    );
    assert.deepEqual(
      spy.of("message.buried").map(({ reason, envelope }) => [reason, envelope.id]),
      [["exhausted", sent.id]],
    );
  });

  test(`${name}: the mode of a message decides, not that of its neighbours [(5)]`, async () => {
    const runs: string[] = [];
    const fails = agent("fails", {
      retry: { retries: 1, base: 0 },
      on: {
        notification: (_, { envelope }) => (
          runs.push(envelope.delivery),
          Promise.reject(new Error("no ink"))
        ),
      },
    });
    await using stage = await on({ agents: [fails] });
    const { system, clock } = stage;
    for (const delivery of ["at-most-once", "at-least-once", "exactly-once"] as const) {
      await system.cast("fails", "", {}, { delivery });
    }
    await clock.advance("1s");
    assert.deepEqual(runs.toSorted(), [
      "at-least-once",
      "at-least-once",
      "at-most-once",
      "exactly-once",
      "exactly-once",
    ]);
  });

  test(`${name}: a message is tracked by its id from the send until it is settled [47]`, async () => {
    const gate = new Gate();
    let attempts = 0;
    const slow = agent("slow", {
      retry: { base: "1s", jitter: "none" },
      on: {
        notification: async () => {
          attempts++;
          await gate.passed;
          if (attempts === 1) throw new Error("no ink");
        },
      },
    });
    await using stage = await on();
    const { system, clock } = stage;
    const { id } = await system.cast("slow", "", {}, { hold: true });
    assert.deepEqual(await stateOf(stage, id), ["waiting", []]);
    await system.spawn(slow);
    await clock.settle();
    assert.deepEqual(await stateOf(stage, id), ["running", []]);
    assert.equal((await system.stats()).delivery.running, 1);
    gate.open();
    await clock.settle();
    assert.deepEqual(await stateOf(stage, id), ["waiting", ["retried"]]);
    assert.equal((await system.stats()).delivery.pending, 1);
    await clock.advance("1s");
    assert.deepEqual(await stateOf(stage, id), ["done", ["retried", "acked"]]);
    const { delivery } = await system.stats();
    assert.deepEqual([delivery.pending, delivery.running], [0, 0]);
  });

  test(`${name}: bookkeeping of deliveries never enters the payload [(2)]`, async () => {
    const seen: unknown[] = [];
    const fails = agent("fails", {
      retry: { retries: 2, base: 0 },
      on: { notification: (payload) => (seen.push(payload), Promise.reject(new Error("no ink"))) },
    });
    await using stage = await on({ agents: [fails] });
    const { system, clock } = stage;
    await system.cast("fails", "", { text: "sea" });
    await clock.advance("1s");
    assert.deepEqual(seen, [{ text: "sea" }, { text: "sea" }, { text: "sea" }]);
    assert.deepEqual(only(await lettersOf(system)).envelope.payload, { text: "sea" });
  });

  test(`${name}: a failed attempt makes that message due again, and no other`, async () => {
    const heard: unknown[] = [];
    const picky = agent("picky", {
      concurrency: 3,
      retry: { base: "1s", jitter: "none" },
      on: {
        notification: (payload) => {
          heard.push(payload);
          if (payload === "b" && heard.filter((one) => one === "b").length === 1) throw new Error("no ink");
        },
      },
    });
    await using stage = await on({ agents: [picky] });
    const { system, clock } = stage;
    for (const payload of ["a", "b", "c"]) await system.cast("picky", "", payload);
    await clock.settle();
    assert.equal((await system.stats()).delivery.pending, 1);
    await clock.advance("1s");
    assert.deepEqual(heard, ["a", "b", "c", "b"]);
    const { delivery } = await system.stats();
    assert.deepEqual([delivery.acknowledged, delivery.retried, delivery.averageAttempts], [3, 1, 4 / 3]);
  });

  test(`${name}: 3 acknowledged and 2 failed are rates of 0.6 and 0.4`, async () => {
    const picky = agent("picky", {
      retry: { retries: 0 },
      on: { notification: (ok) => (ok ? undefined : Promise.reject(new Error("no ink"))) },
    });
    await using stage = await on({ agents: [picky] });
    const { system, clock } = stage;
    for (const ok of [true, false, true, false, true]) await system.cast("picky", "", ok);
    await clock.settle();
    const { delivery } = await system.stats();
    assert.deepEqual([delivery.successRate, delivery.failureRate, delivery.averageAttempts], [0.6, 0.4, 1]);
  });

  test(`${name}: a handler that takes longer than its lease keeps it, and runs once`, async () => {
    const gate = new Gate();
    let runs = 0;
    const slow = agent("slow", {
      lease: "3s",
      concurrency: 2,
      on: { notification: () => (runs++, gate.passed) },
    });
    await using stage = await on({ agents: [slow] });
    const { system, clock, spy } = stage;
    const { id } = await system.cast("slow", "", {});
    await clock.advance("1h");
    gate.open();
    await clock.settle();
    assert.equal(runs, 1);
    assert.deepEqual(spy.of("lease.expired"), []);
    assert.deepEqual(await stateOf(stage, id), ["done", ["acked"]]);
  });

  test(`${name}: handlers that run side by side keep their leases, whichever ends first`, async () => {
    const gates = [new Gate(), new Gate(), new Gate(), new Gate()];
    const runs: unknown[] = [];
    const handle = (at: unknown): Promise<void> | undefined => (runs.push(at), gates[at as number]?.passed);
    const crew = agent("crew", { lease: "3s", concurrency: 4, on: { notification: handle } });
    await using stage = await on({ agents: [crew] });
    const { system, clock, spy } = stage;
    for (const at of gates.keys()) await system.cast("crew", "", at);
    for (const at of [0, 2, 1, 3]) {
      await clock.advance("1m");
      gates[at]?.open();
    }
    await clock.settle();
    assert.deepEqual(runs, [0, 1, 2, 3]);
    assert.deepEqual([spy.of("lease.expired"), spy.of("delivery.outlived")], [[], []]);
    assert.equal((await system.stats()).delivery.acknowledged, 4);
  });
}
