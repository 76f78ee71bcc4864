/** Reply: who gets it, what becomes of one that nobody waits for, and how a repeated call finds the first one's. */
import assert from "node:assert/strict";
import { FailedError, TimeoutError, agent, contract, type HermodError } from "hermod";
import * as z from "zod";
import { Gate, caught, lettersOf, only, saidIn, testOn, type On } from "./stage.ts";

const Critic = contract("critic", {
  calls: { review: { in: z.object({ text: z.string() }), out: z.object({ ok: z.boolean() }) } },
  casts: { note: z.string() },
});

export function replySuite(name: string, on: On): void {
  const test = testOn(name, on);
  test(`${name}: a late reply is kept in history, counted, reported and delivered to nobody [C2]`, async () => {
    const gate = new Gate();
    await using stage = await on({
      agents: [agent("slow", { on: { request: () => gate.passed.then(() => "done") } })],
    });
    const { system, clock, spy } = stage;
    const late = caught(system.call("slow", "", {}, { timeout: "1s" }));
    const other = system.call("slow", "", {}, { timeout: "1m" });
    await clock.advance("1s");
    assert.ok((await late) instanceof TimeoutError);
    gate.open();
    assert.equal(await other, "done");
    const [missed] = spy.of("reply.missed");
    assert.equal(missed?.envelope.payload, "done");
    const { delivery, calls } = await system.stats();
    assert.deepEqual([delivery.lateReplies, calls.waiting], [1, 0]);
    const replies = await saidIn(system, "verb:reply");
    assert.deepEqual(
      replies.map(({ envelope, state }) => [envelope.payload, state]),
      [
        ["done", "done"],
        ["done", "done"],
      ],
    );
    assert.equal((await lettersOf(system)).length, 0);
  });

  test(`${name}: a reply to a cancelled call is late too`, async () => {
    const gate = new Gate();
    await using stage = await on({ agents: [agent("slow", { on: { request: () => gate.passed } })] });
    const { system, clock, spy } = stage;
    const abort = new AbortController();
    const call = caught(system.call("slow", "", {}, { signal: abort.signal }));
    await clock.settle();
    abort.abort();
    gate.open();
    await call;
    await clock.settle();
    assert.equal(spy.of("reply.missed").length, 1);
    assert.equal((await system.stats()).delivery.lateReplies, 1);
  });

  test(`${name}: a reply from another sender than the one asked, or with another correlation, reaches no caller [(9)]`, async () => {
    const gate = new Gate();
    const asked = agent("asked", { on: { request: () => gate.passed.then(() => "true") } });
    await using stage = await on({ agents: [asked] });
    const { system, clock, spy } = stage;
    const call = system.call("asked", "", {});
    await clock.settle();
    const correlationId = only(await saidIn(system)).envelope.id;
    const forged = { verb: "reply", type: "response", to: system.address, payload: "forged" } as const;
    await system.send({ ...forged, from: "mallory", correlationId });
    await system.send({ ...forged, from: "asked", correlationId: "another" });
    await system.send({ ...forged, from: "asked" });
    await clock.settle();
    assert.equal(spy.of("reply.missed").length, 3);
    gate.open();
    assert.equal(await call, "true");
    assert.equal((await system.stats()).delivery.lateReplies, 3);
  });

  test(`${name}: two calls in one agent get their replies whatever order those come in`, async () => {
    const gates = [new Gate(), new Gate()];
    const asked = agent("asked", {
      concurrency: 2,
      on: { request: (at) => gates[at as number]?.passed.then(() => at) },
    });
    const asker = agent("asker", {
      on: { request: (_, ctx) => Promise.all([ctx.call("asked", "", 0), ctx.call("asked", "", 1)]) },
    });
    await using stage = await on({ agents: [asked, asker] });
    const { system, clock } = stage;
    const call = system.call("asker", "", {});
    await clock.settle();
    gates[1]?.open();
    await clock.settle();
    gates[0]?.open();
    assert.deepEqual(await call, [0, 1]);
  });

  test(`${name}: an error written by hand ends the call, whatever it says`, async () => {
    const asked = agent("asked", { on: { request: () => new Promise(() => undefined) } });
    await using stage = await on({ agents: [asked] });
    const { system, clock } = stage;
    for (const payload of [
      null,
      "no ink",
      7,
      [],
      { message: "no ink" },
      { code: "HERMOD_NOVEL", message: "no ink" },
    ]) {
      const call = caught(system.call("asked", "", {}));
      await clock.settle();
      const correlationId = (await saidIn(system, "type:request")).at(-1)?.envelope.id as string;
      await system.send({
        verb: "reply",
        type: "error",
        from: "asked",
        to: system.address,
        correlationId,
        payload,
      });
      assert.ok((await call) instanceof FailedError);
    }
  });

  test(`${name}: a call may be at-least-once: it is retried after failures, and answered once`, async () => {
    const starts: number[] = [];
    const flaky = agent("flaky", {
      retry: { jitter: "none" },
      on: {
        request: () => {
          starts.push(stage.clock.now());
          if (starts.length < 3) throw new Error(`failure ${starts.length}`);
          return "at last";
        },
      },
    });
    await using stage = await on({ agents: [flaky] });
    const { system, clock } = stage;
    const began = clock.now();
    const call = system.call("flaky", "", {}, { delivery: "at-least-once" });
    await clock.advance("3s");
    assert.equal(await call, "at last");
    assert.deepEqual(
      starts.map((at) => at - began),
      [0, 1000, 3000],
    );
    assert.equal((await saidIn(system, "verb:reply")).length, 1);
    assert.equal((await system.stats()).delivery.lateReplies, 0);
  });

  test(`${name}: an at-least-once call that fails to the end is told to its caller once, and kept as a dead letter`, async () => {
    const fails = agent("fails", {
      retry: { retries: 1, base: 0 },
      on: { request: () => Promise.reject(new Error("no ink")) },
    });
    await using stage = await on({ agents: [fails] });
    const { system, clock } = stage;
    const call = caught(system.call("fails", "", {}, { delivery: "at-least-once" }));
    await clock.advance("1s");
    const error = await call;
    assert.ok(error instanceof FailedError);
    assert.equal(error.details["attempts"], 2);
    const letter = only(await lettersOf(system));
    assert.deepEqual([letter.reason, letter.attempts.length], ["exhausted", 2]);
    assert.equal((await saidIn(system, "verb:reply")).length, 1);
  });

  test(`${name}: a repeated call with the same key, while the first one runs, gets the first one's reply`, async () => {
    const gate = new Gate();
    let runs = 0;
    const slow = agent("slow", { on: { request: () => gate.passed.then(() => ++runs) } });
    await using stage = await on({ agents: [slow] });
    const { system, clock } = stage;
    const calls = [1, 2, 3].map(() => system.call("slow", "pay", { sum: 5 }, { key: "pay-1" }));
    await clock.settle();
    gate.open();
    assert.deepEqual(await Promise.all(calls), [1, 1, 1]);
    const { router, delivery, calls: left } = await system.stats();
    assert.deepEqual([router.duplicates, delivery.lateReplies, left.waiting], [2, 0, 0]);
  });

  test(`${name}: a repeated call with the same key, after the first one's end, gets the first one's reply [10]`, async () => {
    let runs = 0;
    await using stage = await on({ agents: [agent("cashier", { on: { request: () => ++runs } })] });
    const { system, clock } = stage;
    const pay = (key: string) => system.call("cashier", "pay", { sum: 5 }, { key });
    assert.equal(await pay("pay-1"), 1);
    await clock.advance("1m");
    assert.equal(await pay("pay-1"), 1);
    assert.equal(await pay("pay-2"), 2);
    assert.equal(runs, 2);
  });

  test(`${name}: a repeated call whose first one failed gets the same error, at once`, async () => {
    let runs = 0;
    const fails = agent("fails", { on: { request: () => Promise.reject(new Error(`no ink ${++runs}`)) } });
    await using stage = await on({ agents: [fails] });
    const { system, clock } = stage;
    const first = await caught(system.call("fails", "", {}, { key: "k" }));
    const repeated = caught(system.call("fails", "", {}, { key: "k" }));
    await clock.settle();
    assert.equal((await system.stats()).calls.waiting, 0);
    const second = await repeated;
    assert.deepEqual([second.code, second.message, runs], ["HERMOD_FAILED", first.message, 1]);
  });

  test(`${name}: a repeated call gets the reply of a later attempt rather than the error before it`, async () => {
    let runs = 0;
    const mended = agent("mended", {
      retry: { retries: 0 },
      on: { request: () => (++runs === 1 ? Promise.reject(new Error("no ink")) : "mended") },
    });
    await using stage = await on({ agents: [mended] });
    const { system, clock } = stage;
    const options = { key: "k", delivery: "at-least-once" } as const;
    await caught(system.call("mended", "", {}, options));
    await system.deadLetters.redrive();
    await clock.settle();
    assert.equal(await system.call("mended", "", {}, options), "mended");
  });

  test(`${name}: of several callers that wait for one reply, those that give up leave the others waiting`, async () => {
    for (const leaver of [0, 1, 2, 3]) {
      const gate = new Gate();
      const slow = agent("slow", { on: { request: () => gate.passed.then(() => "done") } });
      await using stage = await on({ agents: [slow] });
      const { system, clock } = stage;
      const aborts = Array.from({ length: 4 }, () => new AbortController());
      const outcomes = aborts.map(({ signal }) =>
        system.call("slow", "", {}, { key: "k", signal }).catch(({ code }: HermodError) => code),
      );
      await clock.settle();
      aborts[leaver]?.abort();
      await clock.settle();
      gate.open();
      const expected = aborts.map((_, at) => (at === leaver ? "HERMOD_CANCELLED" : "done"));
      assert.deepEqual(await Promise.all(outcomes), expected);
    }
  });

  test(`${name}: the caller that gave up first does not take the reply from the one that repeated the call`, async () => {
    const gate = new Gate();
    await using stage = await on({
      agents: [agent("slow", { on: { request: () => gate.passed.then(() => "done") } })],
    });
    const { system, clock } = stage;
    const first = caught(system.call("slow", "", {}, { key: "k", timeout: "1s" }));
    await clock.advance("1s");
    assert.ok((await first) instanceof TimeoutError);
    const second = system.call("slow", "", {}, { key: "k" });
    await clock.settle();
    gate.open();
    assert.equal(await second, "done");
  });

  test(`${name}: a repeated call with the same key and other content is a conflict, and does not run`, async () => {
    let runs = 0;
    await using stage = await on({ agents: [agent("cashier", { on: { request: () => ++runs } })] });
    const { system } = stage;
    await system.call("cashier", "pay", { sum: 5 }, { key: "pay-1" });
    const error = await caught(system.call("cashier", "pay", { sum: 6 }, { key: "pay-1" }));
    assert.deepEqual([error.code, error.retryable], ["HERMOD_CONFLICT", false]);
    assert.match(error.message, /"pay-1" was used before for other content/);
    assert.equal(runs, 1);
  });

  test(`${name}: ctx.reply answers before the handler ends, and what it returns is not sent`, async () => {
    const gate = new Gate();
    const order: string[] = [];
    const critic = agent(Critic, {
      on: {
        review: async (_, ctx) => {
          await ctx.reply({ ok: true });
          await gate.passed;
          order.push("handler ended");
          return { ok: false };
        },
        note: () => undefined,
      },
    });
    await using stage = await on({ agents: [critic] });
    const { system, clock } = stage;
    assert.deepEqual(await system.call(Critic, "review", { text: "x" }), { ok: true });
    order.push("caller went on");
    gate.open();
    await clock.settle();
    assert.deepEqual(order, ["caller went on", "handler ended"]);
    assert.equal((await saidIn(system, "verb:reply")).length, 1);
  });

  test(`${name}: a second ctx.reply is refused, and the first one stands`, async () => {
    let refused: unknown;
    const twice = agent("twice", {
      on: {
        request: async (_, { reply }) => {
          await reply(1);
          refused = await caught(reply(2));
        },
      },
    });
    await using stage = await on({ agents: [twice] });
    assert.equal(await stage.system.call("twice", "", {}), 1);
    await stage.clock.settle();
    assert.equal((refused as { code?: string }).code, "HERMOD_SETTLED");
  });

  test(`${name}: an early reply that does not fit its schema is refused, and another may follow`, async () => {
    let refused: unknown;
    const critic = agent(Critic, {
      on: {
        review: async (_, ctx) => {
          refused = await caught(ctx.reply({ okay: true }));
          return { ok: true };
        },
        note: () => undefined,
      },
    });
    await using stage = await on({ agents: [critic] });
    assert.deepEqual(await stage.system.call(Critic, "review", { text: "x" }), { ok: true });
    assert.equal((refused as { code?: string }).code, "HERMOD_BAD_REPLY");
  });

  test(`${name}: the asker of a handler that fails at its early reply is told`, async () => {
    const critic = agent(Critic, {
      on: { review: async (_, ctx) => (await ctx.reply("nonsense"), { ok: true }), note: () => undefined },
    });
    await using stage = await on({ agents: [critic] });
    const { system, clock } = stage;
    const call = caught(system.call(Critic, "review", { text: "x" }));
    await clock.advance("30s");
    assert.equal((await call).code, "HERMOD_FAILED");
  });

  test(`${name}: a failure after an early reply is not told to the asker again`, async () => {
    const hasty = agent("hasty", {
      on: {
        request: async (_, ctx) => {
          await ctx.reply("done");
          throw new Error("cleaning up failed");
        },
      },
    });
    await using stage = await on({ agents: [hasty] });
    const { system, clock } = stage;
    assert.equal(await system.call("hasty", "", {}), "done");
    await clock.settle();
    assert.equal((await saidIn(system, "verb:reply")).length, 1);
    assert.equal((await system.stats()).delivery.lateReplies, 0);
  });

  test(`${name}: ctx.reply refuses a message that asks nothing`, async () => {
    let refused: unknown;
    const critic = agent(Critic, {
      on: {
        review: () => ({ ok: true }),
        note: async (_, ctx) => void (refused = await caught(ctx.reply("thanks"))),
      },
    });
    await using stage = await on({ agents: [critic] });
    const { system, clock } = stage;
    await system.cast(Critic, "note", "the tide turns");
    await clock.settle();
    assert.equal((refused as { code?: string }).code, "HERMOD_BAD_OPTION");
    assert.equal((await saidIn(system, "verb:reply")).length, 0);
  });

  test(`${name}: a notification with a reply address can be answered by ctx.reply`, async () => {
    const heard: unknown[] = [];
    const asker = agent("asker", {
      on: { response: (payload, { envelope }) => void heard.push([payload, envelope.correlationId]) },
    });
    const asked = agent("asked", { on: { notification: (_, ctx) => ctx.reply("by the way") } });
    await using stage = await on({ agents: [asker, asked] });
    const { system, clock } = stage;
    await system.send({ from: "asker", to: "asked", replyTo: "asker", correlationId: "c-1" });
    await clock.settle();
    assert.deepEqual(heard, [["by the way", "c-1"]]);
  });

  test(`${name}: a reply that cannot be delivered is recorded and reported, and the work stays done [(39)]`, async () => {
    let runs = 0;
    const worker = agent("worker", {
      on: {
        task: (payload) => (runs++, payload === "fail" ? Promise.reject(new Error("no ink")) : "result"),
      },
    });
    await using stage = await on({ agents: [worker] });
    const { system, clock, spy } = stage;
    await system.send({ type: "task", from: "gone", to: "worker", replyTo: "gone", payload: "work" });
    await system.send({
      type: "task",
      from: "gone",
      to: "worker",
      replyTo: "gone",
      payload: "fail",
      delivery: "at-most-once",
    });
    await clock.settle();
    assert.equal(runs, 2);
    assert.deepEqual(
      spy.of("reply.missed").map(({ envelope }) => envelope.type),
      ["result", "error"],
    );
    const letters = await lettersOf(system, "verb:reply");
    assert.deepEqual(
      letters.map(({ envelope, reason }) => [envelope.type, envelope.to, reason]),
      [
        ["result", "gone", "no-recipient"],
        ["error", "gone", "no-recipient"],
      ],
    );
    assert.deepEqual(
      (await saidIn(system, "type:task")).map(({ state }) => state),
      ["done", "dead"],
    );
    assert.equal((await system.stats()).delivery.lateReplies, 2);
  });

  test(`${name}: a result for a mailbox that is full becomes a dead letter of overflow`, async () => {
    const asker = agent("asker", {
      capacity: 1,
      on: { notification: () => new Promise(() => undefined), result: () => undefined },
    });
    await using stage = await on({ agents: [asker, agent("worker", { on: { task: () => "result" } })] });
    const { system, clock } = stage;
    await system.cast("asker", "", "runs");
    await clock.settle();
    await system.cast("asker", "", "waits");
    await system.send({ type: "task", from: "asker", to: "worker", replyTo: "asker" });
    await clock.settle();
    assert.deepEqual(
      (await lettersOf(system)).map(({ envelope, reason }) => [envelope.type, reason]),
      [["result", "overflow"]],
    );
  });
}
