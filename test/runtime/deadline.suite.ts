/** Deadline: absolute, shrunk by every nested call, and told to the handler when it passes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ExpiredError, TimeoutError, agent, contract, type Context } from "hermod";
import * as z from "zod";
import { Gate, caught, lettersOf, only, saidIn, sorted, type On } from "./stage.ts";

const Patient = contract("patient", {
  calls: {
    hours: { in: z.string(), out: z.string(), timeout: "2h" },
    plain: { in: z.string(), out: z.string() },
  },
  casts: { fresh: { in: z.string(), timeout: "10s" }, lasting: z.string() },
});

/** An agent that keeps the context of each message it is handling, and never answers. */
function witness(name: string, seen: Context[]) {
  const keep = (_: unknown, ctx: Context): Promise<never> => {
    seen.push(ctx);
    return new Promise(() => undefined);
  };
  return agent(name, { concurrency: 10, on: { request: keep, notification: keep } });
}

export function deadlineSuite(name: string, on: On): void {
  test(`${name}: the timeout of a call is its message's deadline, and the handler sees it`, async () => {
    const seen: Context[] = [];
    await using stage = await on({ agents: [witness("last", seen)] });
    const { system, clock } = stage;
    const call = caught(system.call("last", "", {}, { timeout: "5s" }));
    await clock.settle();
    assert.equal(seen[0]?.deadline, clock.now() + 5000);
    assert.equal(seen[0]?.envelope.deadline, clock.now() + 5000);
    await clock.advance("5s");
    await call;
  });

  test(`${name}: a nested call gets the lesser of its own timeout and what is left of its parent's [C16]`, async () => {
    const seen: Context[] = [];
    const middle = agent("middle", {
      on: {
        request: async (_, ctx) => {
          await waited(ctx, "2s");
          const own = ctx.call("last", "own", {}, { timeout: "1s" });
          const inherited = ctx.call("last", "inherited", {}, { timeout: "1m" });
          const unsaid = ctx.call("last", "unsaid", {});
          await Promise.allSettled([own, inherited, unsaid]);
        },
      },
    });
    const waited = (_: Context, time: string): Promise<void> =>
      new Promise((go) => void stage.clock.after(Number.parseInt(time) * 1000, go));
    await using stage = await on({ agents: [middle, witness("last", seen)] });
    const { system, clock } = stage;
    const began = clock.now();
    const call = caught(system.call("middle", "", {}, { timeout: "5s" }));
    await clock.advance("2s");
    assert.deepEqual(
      seen.map(({ envelope }) => [envelope.operation, (envelope.deadline as number) - began]),
      [
        ["own", 3000],
        ["inherited", 5000],
        ["unsaid", 5000],
      ],
    );
    const signals = seen.map(({ signal }) => signal);
    await clock.advance("1s");
    assert.deepEqual(
      signals.map(({ aborted }) => aborted),
      [true, false, false],
    );
    await clock.advance("2s");
    assert.deepEqual(
      signals.map(({ aborted }) => aborted),
      [true, true, true],
    );
    assert.ok((await call) instanceof TimeoutError);
  });

  test(`${name}: a handler's signal fires when its message's deadline passes, so a caller's timeout stops the work [(40)]`, async () => {
    const seen: Context[] = [];
    await using stage = await on({ agents: [witness("last", seen)] });
    const { system, clock } = stage;
    const call = caught(system.call("last", "", {}, { timeout: "5s" }));
    await clock.settle();
    const { signal } = only(seen);
    await clock.advance(4999);
    assert.equal(signal.aborted, false);
    await clock.advance(1);
    assert.equal(signal.aborted, true);
    assert.ok(signal.reason instanceof ExpiredError);
    await call;
  });

  test(`${name}: a signal first looked at after the deadline has fired already`, async () => {
    const seen: Context[] = [];
    await using stage = await on({ agents: [witness("last", seen)] });
    const { system, clock } = stage;
    const call = caught(system.call("last", "", {}, { timeout: "5s" }));
    await clock.advance("6s");
    const { signal } = only(seen);
    await clock.advance(0);
    assert.equal(signal.aborted, true);
    await call;
  });

  test(`${name}: a signal fires at its own deadline though another agent's lies earlier, and never after the handler's end`, async () => {
    const seen: Context[] = [];
    const quick = agent("quick", { on: { request: (_, ctx) => (seen.push(ctx), ctx.signal.aborted) } });
    await using stage = await on({ agents: [quick, witness("slow", seen)] });
    const { system, clock } = stage;
    assert.equal(await system.call("quick", "", {}, { timeout: "1s" }), false);
    const call = caught(system.call("slow", "", {}, { timeout: "3s" }));
    await clock.settle();
    const signals = seen.map(({ signal }) => signal);
    await clock.advance("2s");
    assert.deepEqual(
      signals.map(({ aborted }) => aborted),
      [false, false],
    );
    await clock.advance("1s");
    assert.deepEqual(
      signals.map(({ aborted }) => aborted),
      [false, true],
    );
    await call;
  });

  test(`${name}: a nested call is Expired once its handler's own deadline has passed`, async () => {
    const gate = new Gate();
    let error: unknown;
    const middle = agent("middle", {
      on: {
        request: async (_, ctx) => (await gate.passed, (error = await caught(ctx.call("last", "", {})))),
      },
    });
    await using stage = await on({
      agents: [middle, agent("last", { on: { request: () => "never asked" } })],
    });
    const { system, clock } = stage;
    const call = caught(system.call("middle", "", {}, { timeout: "5s" }));
    await clock.advance(5001);
    gate.open();
    await clock.settle();
    assert.ok(error instanceof ExpiredError);
    assert.deepEqual([error.category, error.retryable], ["timeout", false]);
    assert.equal((await saidIn(system, "to:last")).length, 0);
    assert.ok((await call) instanceof TimeoutError);
  });

  test(`${name}: a cast from a handler lives on its own, whatever the handler's deadline`, async () => {
    const seen: Context[] = [];
    const middle = agent("middle", {
      on: { request: (_, ctx) => ctx.cast("last", "", {}).then(() => "cast") },
    });
    await using stage = await on({ agents: [middle, witness("last", seen)] });
    assert.equal(await stage.system.call("middle", "", {}, { timeout: "1s" }), "cast");
    await stage.clock.settle();
    assert.equal(only(seen).deadline, undefined);
  });

  test(`${name}: the contract says how long callers wait by default, and a single call may say otherwise`, async () => {
    await using stage = await on({
      agents: [agent(Patient, { on: { hours: never, plain: never, fresh: never, lasting: never } })],
    });
    const { system, clock } = stage;
    const began = clock.now();
    const calls = [
      system.call(Patient, "hours", ""),
      system.call(Patient, "plain", ""),
      system.call(Patient, "hours", "", { timeout: "5s" }),
    ].map(async (call) => (await caught(call), clock.now() - began));
    await clock.advance("3h");
    assert.deepEqual(await Promise.all(calls), [7_200_000, 30_000, 5000]);
  });

  test(`${name}: the contract says how long a cast stays fresh, and a single cast may say otherwise`, async () => {
    await using stage = await on();
    const { system, clock } = stage;
    const hold = true;
    const sent = await Promise.all([
      system.cast(Patient, "fresh", "by contract", { hold }),
      system.cast(Patient, "lasting", "for ever", { hold }),
      system.cast(Patient, "lasting", "by option", { hold, timeout: "1m" }),
    ]);
    assert.deepEqual(
      sent.map(({ deadline }) => deadline && deadline - clock.now()),
      [10_000, undefined, 60_000],
    );
    await clock.advance("2m");
    const heard: string[] = [];
    const hear = (text: string): void => void heard.push(text);
    await system.spawn(agent(Patient, { on: { hours: never, plain: never, fresh: hear, lasting: hear } }));
    await clock.settle();
    assert.deepEqual(heard, ["for ever"]);
    assert.deepEqual(
      sorted((await lettersOf(system)).map(({ envelope, reason }) => [envelope.payload, reason])),
      [
        ["by contract", "expired"],
        ["by option", "expired"],
      ],
    );
  });

  for (const [age, heard] of [
    [29_000, 1],
    [30_000, 1],
    [30_001, 0],
  ] as const) {
    test(`${name}: a message that lives 30 s is ${heard ? "delivered" : "expired, and never delivered,"} after ${age} ms`, async () => {
      await using stage = await on();
      const { system, clock } = stage;
      let count = 0;
      await system.cast("later", "", {}, { hold: true, timeout: "30s" });
      await clock.advance(age);
      await system.spawn(agent("later", { on: { notification: () => void count++ } }));
      await clock.advance("1h");
      assert.equal(count, heard);
      assert.deepEqual(
        (await lettersOf(system)).map(({ reason }) => reason),
        heard ? [] : ["expired"],
      );
    });
  }

  test(`${name}: a call that waited in the mailbox past its deadline never runs`, async () => {
    const gate = new Gate();
    let runs = 0;
    await using stage = await on({
      agents: [agent("busy", { on: { request: () => (runs++, gate.passed) } })],
    });
    const { system, clock } = stage;
    const first = system.call("busy", "", {}, { timeout: "1h" });
    const second = caught(system.call("busy", "", {}, { timeout: "1s" }));
    await clock.advance("2s");
    assert.ok((await second) instanceof TimeoutError);
    gate.open();
    await first;
    await clock.settle();
    assert.equal(runs, 1);
    assert.equal(only(await lettersOf(system)).reason, "expired");
    assert.equal((await system.stats()).delivery.lateReplies, 0);
  });

  test(`${name}: a retry that would come after the deadline is not waited for`, async () => {
    const fails = agent("fails", {
      retry: { base: "10s", jitter: "none" },
      on: { notification: () => Promise.reject(new Error("no ink")) },
    });
    await using stage = await on({ agents: [fails] });
    const { system, clock } = stage;
    await system.cast("fails", "", {}, { timeout: "5s" });
    await clock.settle();
    const letter = only(await lettersOf(system));
    assert.deepEqual(
      [letter.reason, letter.attempts.length, letter.error?.message],
      ["expired", 1, "no ink"],
    );
  });
}

function never(): Promise<never> {
  return new Promise(() => undefined);
}
