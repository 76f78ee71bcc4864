/** Call: a request ends with its reply or with one typed error, and leaves nothing behind. */
import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { test } from "node:test";
import {
  CancelledError,
  FailedError,
  NoAgentError,
  OverloadedError,
  RejectedError,
  TimeoutError,
  agent,
  contract,
  terminal,
  type Envelope,
} from "hermod";
import * as z from "zod";
import { Gate, caught, lettersOf, only, saidIn, sorted, type On } from "./stage.ts";

const Critic = contract("critic", {
  calls: { review: { in: z.object({ text: z.string() }), out: z.object({ ok: z.boolean() }) } },
});
const critic = agent(Critic, { on: { review: ({ text }) => ({ ok: text.length > 3 }) } });
const mute = agent("mute", { on: { request: () => new Promise(() => undefined) } });

export function callSuite(name: string, on: On): void {
  test(`${name}: a call gives the reply that the handler returned [29]`, async () => {
    await using stage = await on({ agents: [critic] });
    assert.deepEqual(await stage.system.call(Critic, "review", { text: "a tide" }), { ok: true });
    assert.deepEqual(await stage.system.call(Critic, "review", { text: "a" }), { ok: false });
  });

  test(`${name}: request and reply are two messages, tied by the correlation id of the request [9] [22] [(1)]`, async () => {
    await using stage = await on({ agents: [critic] });
    await stage.system.call(Critic, "review", { text: "a tide" });
    const [request, reply] = (await saidIn(stage.system)).map(({ envelope }) => envelope);
    assert.ok(request && reply);
    assert.deepEqual(
      [request.verb, request.type, reply.verb, reply.type],
      ["call", "request", "reply", "response"],
    );
    assert.notEqual(request.id, reply.id);
    assert.equal(request.correlationId, request.id);
    assert.equal(reply.correlationId, request.correlationId);
    assert.equal(reply.inReplyTo, request.id);
    assert.deepEqual(
      [request.replyTo, reply.to, reply.from],
      [stage.system.address, request.replyTo, "critic"],
    );
  });

  test(`${name}: many calls at once get each its own reply`, async () => {
    const echo = agent("echo", { concurrency: 8, on: { request: (payload) => payload } });
    await using stage = await on({ agents: [echo] });
    const numbers = Array.from({ length: 100 }, (_, at) => at);
    assert.deepEqual(
      await Promise.all(numbers.map((at) => stage.system.call("echo", "", { at }))),
      numbers.map((at) => ({ at })),
    );
  });

  for (const empty of [undefined, null, "", 0, false, {}, []]) {
    test(`${name}: ${JSON.stringify(empty) ?? "nothing"} is a reply like any other`, async () => {
      await using stage = await on({ agents: [agent("echo", { on: { request: () => empty } })] });
      assert.deepEqual(await stage.system.call("echo", "", {}), empty);
    });
  }

  test(`${name}: an empty reply, a timeout, a failure and a missing recipient look different [(8)] [(29)]`, async () => {
    const fails = agent("fails", { on: { request: () => Promise.reject(new Error("no ink")) } });
    await using stage = await on({
      agents: [agent("empty", { on: { request: () => undefined } }), mute, fails],
    });
    const { system, clock } = stage;
    assert.equal(await system.call("empty", "", {}), undefined);
    const late = caught(system.call("mute", "", {}));
    await clock.advance("30s");
    const errors = [
      await late,
      await caught(system.call("fails", "", {})),
      await caught(system.call("nobody", "", {})),
    ];
    assert.deepEqual(
      errors.map(({ code }) => code),
      ["HERMOD_TIMEOUT", "HERMOD_FAILED", "HERMOD_NO_AGENT"],
    );
  });

  test(`${name}: a call to nobody fails at once, names the nearest agents and makes no mailbox [(24)]`, async () => {
    await using stage = await on({ agents: [critic, mute] });
    const error = await caught(stage.system.call("critik", "review", {}));
    assert.ok(error instanceof NoAgentError);
    assert.equal(error.message, 'no agent "critik". Did you mean "critic"? Known: critic, mute');
    assert.deepEqual(error.details, { to: "critik", known: ["critic", "mute"] });
    assert.deepEqual([error.category, error.retryable], ["routing", true]);
    assert.equal((await caught(stage.system.call("critik", "review", {}))).code, "HERMOD_NO_AGENT");
    assert.equal((await stage.system.stats()).router.routed, 0);
    assert.throws(() => stage.system.mailbox("critik"), { code: "HERMOD_NO_AGENT" });
  });

  test(`${name}: a call waits 30 s by default, and its asker is paused until then [23] [72]`, async () => {
    await using stage = await on({ agents: [mute, critic] });
    const { system, clock } = stage;
    let over = false;
    const call = caught(system.call("mute", "", {})).finally(() => (over = true));
    await clock.advance(29_999);
    assert.equal(over, false);
    await clock.advance(1);
    const error = await call;
    assert.ok(error instanceof TimeoutError);
    assert.match(error.message, /^call mute got no reply in 30000 ms/);
    assert.equal(await system.call(Critic, "review", { text: "a tide" }).then(({ ok }) => ok), true);
  });

  test(`${name}: the timeout of one call is its own, and its error says that the outcome is unknown`, async () => {
    await using stage = await on({ agents: [mute] });
    const { system, clock } = stage;
    const short = caught(system.call("mute", "ask", {}, { timeout: "2s" }));
    const long = caught(system.call("mute", "ask", {}, { timeout: 4000 }));
    await clock.advance("2s");
    const error = await short;
    assert.ok(error instanceof TimeoutError);
    assert.deepEqual([error.category, error.retryable, error.details["timeout"]], ["timeout", true, 2000]);
    assert.match(error.hint, /outcome is unknown/);
    assert.equal((await system.stats()).calls.waiting, 1);
    await clock.advance("2s");
    assert.equal((await long).details["timeout"], 4000);
  });

  test(`${name}: a timeout of 0 means now [(16)]`, async () => {
    await using stage = await on({ agents: [mute] });
    const { system, clock } = stage;
    const began = clock.now();
    const call = caught(system.call("mute", "", {}, { timeout: 0 }));
    await clock.advance(0);
    assert.ok((await call) instanceof TimeoutError);
    assert.equal(clock.now(), began);
    assert.equal((await system.stats()).calls.waiting, 0);
  });

  test(`${name}: each of many calls times out at its own moment, whatever becomes of the others`, async () => {
    const some = agent("some", {
      concurrency: 1000,
      on: { request: (reply) => (reply ? "reply" : new Promise(() => undefined)) },
    });
    await using stage = await on({ agents: [some] });
    const { system, clock } = stage;
    const began = clock.now();
    const ended: number[] = [];
    // Every third call gets its reply; timeouts come in no order and partly together.
    const timeouts = Array.from({ length: 300 }, (_, at) => (at * 37) % 101);
    const calls = timeouts.map(async (timeout, at) => {
      const call = system.call("some", "", at % 3 === 0, { timeout });
      await (at % 3 === 0 ? call : caught(call));
      if (at % 3 !== 0) ended.push(clock.now() - began - timeout);
    });
    await clock.advance("1s");
    await Promise.all(calls);
    assert.equal(ended.length, 200);
    assert.ok(ended.every((late) => late === 0));
  });

  test(`${name}: what a call carries arrives: each of its options has its effect`, async () => {
    const seen: Envelope[] = [];
    const keeper = agent(Critic, {
      on: { review: (_, { envelope }) => (seen.push(envelope), { ok: true }) },
    });
    await using stage = await on({ agents: [keeper] });
    const options = {
      priority: "high",
      delivery: "at-least-once",
      retry: { retries: 7 },
      key: "k-1",
      orderKey: "o-1",
      conversation: "c-1",
      metadata: { tenant: "bay" },
      trace: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
      timeout: "1m",
    } as const;
    await stage.system.call(Critic, "review", { text: "a tide" }, options);
    const { priority, delivery, retry, idempotencyKey, orderKey, conversationId, metadata, trace, deadline } =
      only(seen);
    assert.deepEqual(
      [priority, delivery, retry?.retries, idempotencyKey, orderKey],
      [3, "at-least-once", 7, "k-1", "o-1"],
    );
    assert.deepEqual([conversationId, metadata, trace], ["c-1", options.metadata, options.trace]);
    assert.equal(deadline, stage.clock.now() + 60_000);
  });

  test(`${name}: a contract sets priority and mode of its calls, and a single call may say otherwise`, async () => {
    const Careful = contract("careful", {
      calls: { pay: { in: z.number(), out: z.number(), priority: "urgent", delivery: "exactly-once" } },
    });
    const seen: Envelope[] = [];
    const careful = agent(Careful, { on: { pay: (sum, { envelope }) => (seen.push(envelope), sum) } });
    await using stage = await on({ agents: [careful] });
    await stage.system.call(Careful, "pay", 5);
    await stage.system.call(Careful, "pay", 5, { priority: "low", delivery: "at-most-once" });
    assert.deepEqual(
      seen.map(({ priority, delivery }) => [priority, delivery]),
      [
        [4, "exactly-once"],
        [1, "at-most-once"],
      ],
    );
  });

  test(`${name}: a call to a full mailbox is Overloaded and was not started`, async () => {
    const gate = new Gate();
    let runs = 0;
    const busy = agent("busy", { capacity: 1, on: { request: () => (runs++, gate.passed) } });
    await using stage = await on({ agents: [busy] });
    const { system, clock } = stage;
    const taken = system.call("busy", "", {});
    await clock.settle();
    const waiting = system.call("busy", "", {});
    const error = await caught(system.call("busy", "", {}));
    assert.ok(error instanceof OverloadedError);
    assert.deepEqual(
      [error.category, error.retryable, error.details],
      ["overload", true, { to: "busy", limit: "count", most: 1 }],
    );
    gate.open();
    await Promise.all([taken, waiting]);
    assert.equal(runs, 2);
  });

  test(`${name}: a handler can refuse a call: its caller gets Rejected, once, and nothing is retried`, async () => {
    let runs = 0;
    const refuse = (): never => {
      runs++;
      throw new RejectedError("the desk is closed", { details: { until: "nine" } });
    };
    await using stage = await on({ agents: [agent("desk", { on: { request: refuse } })] });
    const { system, clock } = stage;
    for (const delivery of ["at-most-once", "at-least-once"] as const) {
      const error = await caught(system.call("desk", "", {}, { delivery }));
      assert.ok(error instanceof RejectedError);
      assert.deepEqual(
        [error.message, error.retryable, error.details],
        ["the desk is closed", false, { until: "nine" }],
      );
    }
    await clock.advance("1h");
    assert.equal(runs, 2);
  });

  test(`${name}: a handler's error reaches the caller as Failed, with kind, category, recoverability, agent and reason [80]`, async () => {
    const fails = agent(Critic, { on: { review: () => Promise.reject(new RangeError("no ink")) } });
    await using stage = await on({ agents: [fails] });
    const error = await caught(stage.system.call(Critic, "review", { text: "a tide" }));
    assert.ok(error instanceof FailedError);
    assert.deepEqual([error.code, error.category, error.retryable], ["HERMOD_FAILED", "failure", true]);
    assert.match(error.message, /critic\.review failed: no ink/);
    assert.deepEqual(
      [error.details["agent"], error.details["operation"], error.details["attempts"]],
      ["critic", "review", 1],
    );
    assert.ok(error.cause instanceof Error);
    assert.deepEqual([error.cause.name, error.cause.message], ["RangeError", "no ink"]);
    assert.equal((await lettersOf(stage.system)).length, 0, "the caller was told: nothing is kept");
  });

  test(`${name}: an error that no retry can mend is Failed and not recoverable`, async () => {
    const fails = agent("fails", {
      on: { request: () => Promise.reject(terminal(new Error("no such page"))) },
    });
    await using stage = await on({ agents: [fails] });
    const error = await caught(stage.system.call("fails", "read", {}));
    assert.ok(error instanceof FailedError);
    assert.equal(error.retryable, false);
    assert.equal((error.cause as Error).message, "no such page");
  });

  test(`${name}: an error that came through several agents keeps each cause`, async () => {
    const last = agent("last", { on: { request: () => Promise.reject(new TypeError("no ink")) } });
    const middle = agent("middle", { on: { request: (_, ctx) => ctx.call("last", "print", {}) } });
    await using stage = await on({ agents: [last, middle] });
    const error = await caught(stage.system.call("middle", "print", {}));
    const inner = error.cause as FailedError;
    assert.ok(error instanceof FailedError && inner instanceof FailedError);
    assert.match(error.message, /^middle\.print failed: last\.print failed: no ink/);
    assert.equal(inner.details["agent"], "last");
    assert.ok(inner.cause instanceof Error);
    assert.deepEqual([inner.cause.name, inner.cause.message], ["TypeError", "no ink"]);
  });

  test(`${name}: a typed error of a nested call keeps its class and details behind the Failed of the outer one`, async () => {
    const outer = agent("outer", { on: { request: (_, ctx) => ctx.call("outerr", "", {}) } });
    await using stage = await on({ agents: [outer] });
    const error = await caught(stage.system.call("outer", "", {}));
    assert.ok(error instanceof FailedError && error.cause instanceof NoAgentError);
    assert.equal(error.cause.details["to"], "outerr");
  });

  test(`${name}: a signal that is aborted already cancels a call before it is sent`, async () => {
    await using stage = await on({ agents: [critic] });
    const reason = new Error("enough");
    const error = await caught(
      stage.system.call(Critic, "review", { text: "a tide" }, { signal: AbortSignal.abort(reason) }),
    );
    assert.ok(error instanceof CancelledError);
    assert.equal(error.cause, reason);
    assert.equal((await saidIn(stage.system)).length, 0);
  });

  test(`${name}: a signal that is aborted while a call waits ends the wait with Cancelled`, async () => {
    await using stage = await on({ agents: [mute] });
    const { system, clock } = stage;
    const abort = new AbortController();
    const call = caught(system.call("mute", "think", {}, { signal: abort.signal }));
    await clock.settle();
    assert.equal((await system.stats()).calls.waiting, 1);
    abort.abort(new Error("enough"));
    const error = await call;
    assert.ok(error instanceof CancelledError);
    assert.deepEqual(
      [error.category, error.retryable, (error.cause as Error).message],
      ["lifecycle", false, "enough"],
    );
    assert.equal((await system.stats()).calls.waiting, 0);
  });

  test(`${name}: no outcome of a call leaves a waiter, a timer or a listener behind [(7)]`, async () => {
    const gate = new Gate();
    const fails = agent("fails", { on: { request: () => Promise.reject(new Error("no ink")) } });
    const held = agent("held", { on: { request: () => gate.passed } });
    const strict = {
      name: "strict",
      outgoing: ({ operation }: Envelope) => (operation === "never" ? assert.fail() : undefined),
    };
    await using stage = await on({ agents: [critic, fails, held], interceptors: [strict] });
    const { system, clock } = stage;
    const { signal } = new AbortController();
    const options = { signal, timeout: "1h" } as const;
    await system.call("critic", "review", { text: "a tide" }, options);
    const cancel = new AbortController();
    const outcomes = [
      caught(system.call("fails", "", {}, options)),
      caught(system.call("nobody", "", {}, options)),
      caught(system.call("critic", "never", {}, options)),
      caught(system.call("held", "", {}, { ...options, signal: cancel.signal })),
      caught(system.call("held", "", {}, { signal, timeout: "1s" })),
    ];
    cancel.abort();
    await clock.advance("1s");
    const codes = (await Promise.all(outcomes)).map(({ code }) => code.slice(7));
    assert.deepEqual(codes, ["FAILED", "NO_AGENT", "INTERCEPTOR", "CANCELLED", "TIMEOUT"]);
    assert.deepEqual(
      [getEventListeners(signal, "abort"), getEventListeners(cancel.signal, "abort")],
      [[], []],
    );
    assert.equal((await system.stats()).calls.waiting, 0);
    gate.open();
    await clock.advance("1m");
    assert.equal(clock.waiting, 0);
  });

  test(`${name}: when all calls have their replies, no timer waits any more`, async () => {
    await using stage = await on({ agents: [critic] });
    const { system, clock } = stage;
    await Promise.all(
      ["a", "tide", "turns"].map((text) => system.call(Critic, "review", { text }, { timeout: "1h" })),
    );
    await clock.advance("1m");
    assert.equal(clock.waiting, 0);
  });

  test(`${name}: an agent that waits for a reply still gets its own messages, also those it sent to itself [(13)] [(14)] [(15)]`, async () => {
    const notes: unknown[] = [];
    const writer = agent("writer", {
      on: {
        request: async (_, ctx) => {
          await ctx.cast("writer", "note", "from myself");
          const { ok } = (await ctx.call(Critic, "review", { text: "a tide" })) as { ok: boolean };
          await ctx.cast("writer", "note", ok);
          return "done";
        },
        notification: (note) => void notes.push(note),
        response: (payload) => void notes.push(payload),
      },
    });
    await using stage = await on({ agents: [critic, writer] });
    const { system, clock } = stage;
    const call = system.call("writer", "draft", {});
    await system.cast("writer", "note", "from outside");
    assert.equal(await call, "done");
    await clock.settle();
    assert.deepEqual(sorted(notes), ["from myself", "from outside", true]);
  });

  test(`${name}: any agent reaches any other [60]`, async () => {
    const names = ["a", "b", "c", "d", "e"];
    const heard: string[] = [];
    const listeners = names.map((self) =>
      agent(self, { on: { notification: (from) => void heard.push(`${String(from)}→${self}`) } }),
    );
    await using stage = await on({ agents: listeners });
    const { system, clock } = stage;
    const pairs = names.flatMap((from) => names.filter((to) => to !== from).map((to) => ({ from, to })));
    for (const { from, to } of pairs) await system.send({ from, to, payload: from });
    await clock.settle();
    assert.deepEqual(heard.toSorted(), pairs.map(({ from, to }) => `${from}→${to}`).toSorted());
    const { router, delivery } = await system.stats();
    assert.deepEqual(router, { routed: 20, delivered: 20, failed: 0, duplicates: 0, routes: 5 });
    assert.deepEqual([delivery.delivered, delivery.acknowledged, delivery.failed], [20, 20, 0]);
  });

  test(`${name}: options of a call are refused by name when they are misspelt or wrong`, async () => {
    await using stage = await on({ agents: [critic] });
    const call = (options: object) =>
      caught(stage.system.call(Critic, "review", { text: "a tide" }, options));
    for (const options of [
      { timout: 1 },
      { timeout: -1 },
      { timeout: "soon" },
      { priority: "hasty" },
      { key: "" },
      { hold: true },
    ]) {
      const error = await call(options);
      assert.equal(error.code, "HERMOD_BAD_OPTION");
      assert.match(error.message, new RegExp(Object.keys(options)[0] as string));
    }
    assert.equal((await stage.system.stats()).router.routed, 0);
  });
}
