/** Bad input: every function and option of the library answers a wrong value with a coded error that names it, and half does nothing. */
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import {
  agent,
  contract,
  fromMap,
  memory,
  parseFilter,
  retryAfter,
  start,
  toMap,
  type Context,
  type Groups,
  type Interceptor,
  type System,
  type HermodError,
} from "hermod";
import {
  copies,
  seeded,
  simulated,
  spy,
  testClock,
  testSystem,
  type TestOptions,
  type TestSystem,
} from "hermod/testing";
import * as z from "zod";
import { inherited, nested, refusal, refuseAll, show, unserialisable, wrong } from "./bad-input.kit.ts";

/** A function as somebody without types sees it. */
type Untyped = (...given: unknown[]) => Promise<unknown>;

const OPTION = "HERMOD_BAD_OPTION";
const Desk = contract("desk", {
  calls: { ask: { in: z.unknown(), out: z.unknown() } },
  casts: { tell: z.unknown() },
});
const prototype = Object.getOwnPropertyNames(Object.prototype);
const echo = agent("echo", { on: { request: (payload) => payload, notification: () => undefined } });

after(() => {
  assert.deepEqual(Object.getOwnPropertyNames(Object.prototype), prototype);
});

/** A system with an agent and a pulled mailbox; afterwards its counts must be what they were, and it must still work. */
async function untouched(
  run: (stage: TestSystem) => Promise<void>,
  options: TestOptions = {},
): Promise<void> {
  await using stage = await testSystem({ agents: [echo], pull: [Desk], ...options });
  const { system, clock } = stage;
  const before = await counts(system);
  await run(stage);
  await clock.settle();
  assert.deepEqual(await counts(system), before);
  assert.equal(await system.call("echo", "say", "alive"), "alive");
}

async function counts(system: System) {
  const { router, delivery, mailboxes, calls } = await system.stats();
  const history = (await system.history()).items.length;
  const dead = (await system.deadLetters.list()).items.length;
  return { ...router, failed: undefined, delivery, mailboxes, calls, history, dead, agents: system.agents() };
}

describe("wrong options are refused by name:", () => {
  test("those of start", async () => {
    const began = (options: object) => start({ clock: testClock(), ...options } as never);
    await refuseAll([
      ["start", wrong.options, (value) => start(value)],
      [
        "agents",
        [5, null, "echo", {}, [5], [null], [{}], [Desk], ["echo"], [{ handlers: new Map() }]],
        (agents) => began({ agents }),
      ],
      ["pull", [5, null, "desk", {}], (pull) => began({ pull })],
      ["store", wrong.fn, (store) => began({ store })],
      ["store", [() => undefined, () => 5, () => ({}), () => null], (store) => began({ store })],
      ["model", [5, "gpt", {}, () => 1, { text: "x" }, null], (model) => began({ model })],
      ["interceptors", [5, null, {}, "x"], (interceptors) => began({ interceptors })],
      ["limits", [null, 5, "x", []], (limits) => began({ limits })],
      ["limits.size", [...wrong.whole, 0], (size) => began({ limits: { size } })],
      ["limits.depth", [...wrong.whole, 0, 501], (depth) => began({ limits: { depth } })],
      ["limits.keys", [...wrong.whole, 0], (keys) => began({ limits: { keys } })],
      ["reports", wrong.fn, (reports) => began({ reports })],
      ["statistics", [...wrong.duration, 999, true], (statistics) => began({ statistics })],
      ["clock", [...wrong.options, {}, { now: () => 1 }], (clock) => start({ clock })],
      ["random", wrong.fn, (random) => began({ random })],
      ["random", [() => NaN, () => "x", () => 2, () => -1], (random) => began({ random })],
    ]);
    const unknown = await refusal("a misspelt option", () => began({ agent: [] }), OPTION);
    assert.match(unknown.message, /Did you mean "agents"/);
    await refusal("limits with an unknown name", () => began({ limits: { length: 1 } }), OPTION);
  });

  test("those of pulled mailboxes", async () => {
    const began = (from: unknown, options: object = {}) =>
      start({ clock: testClock(), pull: [{ from, ...options } as never] });
    await refuseAll([["pull", [5, null, true, Symbol("x"), []], (from) => start({ pull: [from] })]]);
    await refuseAll([["pull", wrong.name, (from) => began(from), "HERMOD_BAD_ADDRESS"]]);
    await refuseAll([
      ["order", ["lifo", 5, null, {}, "toString"], (order) => began("desk", { order })],
      ["lease", [...wrong.duration, 999, 0], (lease) => began("desk", { lease })],
      ["capacity", [null, "5", [], true, () => 1], (capacity) => began("desk", { capacity })],
      ["capacity.count", [...wrong.whole, 0], (count) => began("desk", { capacity: { count } })],
      ["capacity.bytes", [...wrong.whole, 0], (bytes) => began("desk", { capacity: { bytes } })],
      [
        "capacity.overflow",
        ["drop", 5, null, "constructor"],
        (overflow) => began("desk", { capacity: { overflow } }),
      ],
      ["retry", wrong.options, (retry) => began("desk", { retry })],
    ]);
    await refusal("an unknown option", () => began("desk", { leases: "1s" }), OPTION);
    await refusal("an unknown option of capacity", () => began("desk", { capacity: { counts: 1 } }), OPTION);
    await refusal(
      "a pulled agent",
      () => start({ agents: [echo], pull: ["echo"], clock: testClock() }),
      "HERMOD_DUPLICATE_AGENT",
    );
  });

  test("those of agent", async () => {
    const on = { notification: () => undefined };
    const make = (options: object) => agent("a", { on, ...options } as never);
    await refuseAll([["name", wrong.name, (name) => agent(name, { on } as never), "HERMOD_BAD_ADDRESS"]]);
    await refuseAll([
      ["agent", wrong.options, (options) => agent("a", options)],
      ["on", [null, 5, "x", [], undefined, () => 1], (value) => make({ on: value })],
      ["on.notification", wrong.fn, (notification) => make({ on: { notification } })],
      ["concurrency", [...wrong.whole, 0, 100_001], (concurrency) => make({ concurrency })],
      ["state", wrong.fn, (state) => make({ state })],
      ["lease", [...wrong.duration, 999], (lease) => make({ lease })],
      ["order", ["lifo", 5, null], (order) => make({ order })],
      ["capacity", [null, "5", []], (capacity) => make({ capacity })],
      ["retry", wrong.options, (retry) => make({ retry })],
      ["retry.retries", [...wrong.whole, 1001], (retries) => make({ retry: { retries } })],
      ["retry.base", wrong.duration, (base) => make({ retry: { base } })],
      ["retry.cap", wrong.duration, (cap) => make({ retry: { cap } })],
      ["retry.factor", [0, 0.5, -1, NaN, Infinity, "2", null], (factor) => make({ retry: { factor } })],
      ["retry.jitter", ["half", 5, null, true], (jitter) => make({ retry: { jitter } })],
      ["info", wrong.fn, (info) => agent(Desk, { on: { ask: () => 1, tell: () => 1 }, info })],
    ]);
    await refusal("state beside concurrency", () => make({ concurrency: 2, state: () => ({}) }), OPTION);
    await refusal("a missing handler", () => agent(Desk, { on: { ask: () => 1 } as never }), OPTION);
    await refusal(
      "a handler too many",
      () => agent(Desk, { on: { ask: () => 1, tell: () => 1, more: () => 1 } as never }),
      OPTION,
    );
    for (const name of inherited) {
      const odd = JSON.parse(`{"${name}":1}`) as object;
      await refusal(`an option ${name}`, () => make(odd), OPTION);
      await refusal(`a handler ${name}`, () => make({ on: odd }), OPTION);
    }
  });

  test("those of contract", async () => {
    const make = (groups: unknown) => contract("c", groups as Groups);
    const call = (options: object) =>
      make({ calls: { x: { in: z.unknown(), out: z.unknown(), ...options } } });
    const cast = (options: object) => make({ casts: { x: { in: z.unknown(), ...options } } });
    await refuseAll([["name", wrong.name, (name) => contract(name, {}), "HERMOD_BAD_ADDRESS"]]);
    await refuseAll([
      ["contract", wrong.options, (groups) => make(groups)],
      ["calls", wrong.options, (calls) => make({ calls })],
      ["casts", wrong.options, (casts) => make({ casts })],
      ["timeout", wrong.duration, (timeout) => call({ timeout })],
      ["delivery", ["once", 5, null], (delivery) => call({ delivery })],
      ["priority", ["top", 0, 5, 2.5, NaN, null, "toString"], (priority) => cast({ priority })],
      ["retry", wrong.options, (retry) => cast({ retry })],
    ]);
    const schemas = [
      5,
      "string",
      null,
      {},
      () => 1,
      { "~standard": {} },
      { "~standard": { version: 2, validate: () => 1 } },
    ];
    for (const schema of schemas) {
      await refusal(`a call's in ${show(schema)}`, () => call({ in: schema }), "HERMOD_BAD_CONTRACT");
      await refusal(`a call's out ${show(schema)}`, () => call({ out: schema }), "HERMOD_BAD_CONTRACT");
    }
    await refusal("a cast without schema", () => cast({ in: undefined }), "HERMOD_BAD_CONTRACT");
    for (const spec of [5, null, "x", []])
      await refusal(`a call ${show(spec)}`, () => make({ calls: { x: spec } }));
    for (const spec of [5, null, "x", []])
      await refusal(`a cast ${show(spec)}`, () => make({ casts: { x: spec } }));
    for (const name of ["", " ", "a b", "-x", "x".repeat(101), "a\u0000"])
      await refusal(
        `an operation ${show(name)}`,
        () => make({ casts: { [name]: z.unknown() } }),
        "HERMOD_BAD_CONTRACT",
      );
    await refusal("an unknown group", () => make({ event: {} }), OPTION);
  });

  test("those of memory", async () => {
    await refuseAll([
      ["memory", wrong.options, (options) => memory(options)],
      ["history", [null, 5, "x", [], true], (history) => memory({ history })],
      ["history.count", [...wrong.whole, 0], (count) => memory({ history: { count } })],
      ["history.bytes", [...wrong.whole, 0], (bytes) => memory({ history: { bytes } })],
      ["budget", [...wrong.whole, 0], (budget) => memory({ budget })],
      ["dedupe", wrong.duration, (dedupe) => memory({ dedupe })],
      ["deadLetters", [null, 5, "x", [], true], (deadLetters) => memory({ deadLetters })],
      ["deadLetters.count", [...wrong.whole, 0], (count) => memory({ deadLetters: { count } })],
      ["deadLetters.age", wrong.duration, (age) => memory({ deadLetters: { age } })],
    ]);
    await refusal("an unknown option", () => memory({ size: 1 } as never), OPTION);
  });

  test("those of filters, maps and delays", async () => {
    await refuseAll([["filter", wrong.filter, (text) => parseFilter(text), "HERMOD_BAD_FILTER"]]);
    await refuseAll([["retryAfter", wrong.duration, (delay) => retryAfter(delay)]]);
    for (const map of [
      ...wrong.options,
      undefined,
      {},
      { id: 5 },
      { id: "a", from: "b", v: 2 },
      new Proxy({}, { ownKeys: () => ["x"] }),
    ])
      await refusal(`fromMap ${show(map)}`, () => fromMap(map), "HERMOD_BAD_ENVELOPE");
    for (const envelope of [...wrong.options, undefined, {}, { sentAt: NaN }, { sentAt: 1e300 }])
      await refusal(`toMap ${show(envelope)}`, () => toMap(envelope as never), "HERMOD_BAD_ENVELOPE");
  });

  test("those of call and cast", async () => {
    await untouched(async ({ system }) => {
      const sends = {
        call: (to: unknown, op: unknown, options?: unknown) =>
          (system.call as Untyped)(to, op, null, options),
        cast: (to: unknown, op: unknown, options?: unknown) =>
          system.cast(to as never, op as never, null as never, options as never),
      };
      for (const [verb, send] of Object.entries(sends)) {
        const set = (name: string) => (value: never) => send("echo", "say", { [name]: value });
        for (const to of wrong.name.filter((name) => name !== "~system"))
          await refusal(`${verb} to ${show(to)}`, () => send(to, "say"), "HERMOD_BAD_ADDRESS");
        await refusal(`${verb} to a system`, () => send("~system", "say"), "HERMOD_NO_AGENT");
        for (const op of [
          5,
          null,
          undefined,
          {},
          [],
          Symbol("x"),
          "x".repeat(101),
          "a\u0000",
          Object.create(null) as object,
        ]) {
          await refusal(`${verb} ${show(op)}`, () => send("echo", op), "HERMOD_NO_OPERATION");
          await refusal(`${verb} ${show(op)} of a contract`, () => send(Desk, op), "HERMOD_NO_OPERATION");
        }
        await refuseAll([
          [verb, wrong.options, (options) => send("echo", "say", options)],
          ["priority", ["top", 0, 5, 2.5, NaN, null, {}, "constructor"], set("priority")],
          ["delivery", ["once", 5, null, {}], set("delivery")],
          ["retry", wrong.options, set("retry")],
          ["key", wrong.text, set("key")],
          ["orderKey", wrong.text, set("orderKey")],
          ["conversation", wrong.text, set("conversation")],
          ["trace", wrong.text, set("trace")],
          ["metadata", [null, 5, "text", true, [], Symbol("x"), new Uint8Array(2)], set("metadata")],
          ["timeout", wrong.duration, set("timeout")],
        ]);
        for (const name of [...inherited, "timout", "priorities"])
          await refusal(
            `${verb} with ${name}`,
            () => send("echo", "say", JSON.parse(`{"${name}":1}`)),
            OPTION,
          );
        for (const metadata of [
          { f: () => 1 },
          { d: new Date() },
          { deep: nested(17) },
          { long: "x".repeat(17_000) },
        ])
          await refusal(
            `${verb} with odd metadata`,
            () => send("echo", "say", { metadata }),
            "HERMOD_BAD_PAYLOAD",
            "HERMOD_TOO_LARGE",
          );
      }
      await refuseAll([
        ["signal", wrong.signal, (signal) => sends.call("echo", "say", { signal })],
        ["hold", wrong.flag, (hold) => sends.cast("echo", "say", { hold })],
      ]);
      await refusal("a call that holds", () => sends.call("echo", "say", { hold: true }), OPTION);
      await refusal(
        "a cast with a signal",
        () => sends.cast("echo", "say", { signal: AbortSignal.timeout(1) }),
        OPTION,
      );
      await refusal("a cast of a call", () => sends.cast(Desk, "ask"), "HERMOD_NO_OPERATION");
      await refusal("a call of a cast", () => sends.call(Desk, "tell"), "HERMOD_NO_OPERATION");
    });
  });

  test("those of info, send and spawn", async () => {
    await untouched(async ({ system }) => {
      const hand = (message: unknown, options?: unknown) => system.send(message as never, options as never);
      for (const to of wrong.name.filter((name) => name !== "~system"))
        await refusal(`info to ${show(to)}`, () => system.info(to as never, 1), "HERMOD_BAD_ADDRESS");
      for (const message of [...wrong.options.filter((value) => !Array.isArray(value)), undefined])
        await refusal(`send ${show(message)}`, () => hand(message), "HERMOD_BAD_ENVELOPE");
      await refuseAll([["send", wrong.options, (options) => hand({ to: "echo" }, options)]]);
      await refuseAll([["hold", wrong.flag, (hold) => hand({ to: "echo" }, { hold })]]);
      await refusal("an unknown option", () => hand({ to: "echo" }, { held: true }), OPTION);
      for (const definition of [
        ...wrong.options,
        undefined,
        {},
        Desk,
        { handlers: new Map() },
        { ...echo, address: "a b" },
      ])
        await refusal(`spawn ${show(definition)}`, () => system.spawn(definition as never), OPTION);
    });
  });

  test("those of mailboxes and deliveries", async () => {
    await untouched(async ({ system }) => {
      for (const target of [...wrong.name.filter((name) => name !== "~system"), {}])
        await refusal(`mailbox ${show(target)}`, () => system.mailbox(target as never), "HERMOD_BAD_ADDRESS");
      await refusal("an unknown mailbox", () => system.mailbox("nobody"), "HERMOD_NO_AGENT");
      const desk = system.mailbox(Desk);
      await refuseAll([
        ["receive", wrong.options, (options) => desk.receive(options)],
        ["receive.timeout", wrong.duration, (timeout) => desk.receive({ timeout })],
        ["receive.lease", wrong.duration, (lease) => desk.receive({ timeout: 0, lease })],
        ["receive.signal", wrong.signal, (signal) => desk.receive({ timeout: 0, signal })],
        ["filter", wrong.filter, (where) => desk.receive({ timeout: 0, where }), "HERMOD_BAD_FILTER"],
        ["tryReceive", wrong.options, (options) => desk.tryReceive(options)],
        ["receiveAll", wrong.options, (options) => desk.receiveAll(options)],
        ["peek", wrong.options, (options) => desk.peek(options)],
        ["limit", [...wrong.whole, 0, 1001], (limit) => desk.peek({ limit })],
        ["filter", wrong.filter, (where) => desk.peek({ where }), "HERMOD_BAD_FILTER"],
        ["observe", wrong.fn, (seen) => desk.observe(seen)],
      ]);
      for (const [name, take] of Object.entries({
        receive: (options: never) => desk.receive(options),
        tryReceive: (options: never) => desk.tryReceive(options),
        receiveAll: (options: never) => desk.receiveAll(options),
      }))
        await refusal(`${name} with an unknown option`, () => take({ wehre: "x" } as never), OPTION);
    });
    await using stage = await testSystem({ pull: [Desk] });
    const { system } = stage;
    const asked = system.call(Desk, "ask", 1);
    const held = (await system.mailbox(Desk).receive()) ?? assert.fail("nothing was received");
    const before = await system.stats();
    await refuseAll([
      ["nack", wrong.options, (options) => held.nack(options)],
      ["nack.delay", wrong.duration, (delay) => held.nack({ delay })],
      ["reason", [5, null, undefined, {}, []], (reason) => held.reject(reason)],
      ["lease", wrong.duration, (lease) => held.extend(lease)],
    ]);
    await refusal("an unknown option", () => held.nack({ dealy: 1 } as never), OPTION);
    assert.deepEqual(await system.stats(), before);
    await held.reply("still open" as never);
    assert.equal(await asked, "still open");
  });

  test("those of history, dead letters and reports", async () => {
    await untouched(async ({ system }) => {
      const { deadLetters } = system;
      const cursors = [5, "", "x", "-1", "1.5", {}, [], null, Symbol("x"), 5n, "1e400"];
      // A list of ids is fine, and so is one of none: that means none.
      const ids = [...wrong.text.filter((id) => !Array.isArray(id)), [5], ["x", ""], [[]]];
      await refuseAll([
        ["history", wrong.options, (query) => system.history(query)],
        ["conversation", wrong.text, (conversation) => system.history({ conversation })],
        ["conversation", [...wrong.text, undefined], (id) => system.conversation(id)],
        [
          "agent",
          wrong.name.filter((name) => name !== undefined && name !== "~system"),
          (agent) => system.history({ agent }),
          "HERMOD_BAD_ADDRESS",
        ],
        ["after", cursors, (after) => system.history({ after })],
        ["limit", [...wrong.whole, 0, 1001], (limit) => system.history({ limit })],
        ["filter", wrong.filter, (where) => system.history({ where }), "HERMOD_BAD_FILTER"],
        ["list", wrong.options, (query) => deadLetters.list(query)],
        ["after", cursors, (after) => deadLetters.list({ after })],
        ["limit", [...wrong.whole, 0, 1001], (limit) => deadLetters.list({ limit })],
        ["filter", wrong.filter, (where) => deadLetters.list({ where }), "HERMOD_BAD_FILTER"],
        ["groups", wrong.options, (query) => deadLetters.groups(query)],
        ["filter", wrong.filter, (where) => deadLetters.groups({ where }), "HERMOD_BAD_FILTER"],
        ["redrive", wrong.options, (options) => deadLetters.redrive(options)],
        ["redrive.rate", [...wrong.whole, 0], (rate) => deadLetters.redrive({ rate })],
        ["limit", wrong.whole, (limit) => deadLetters.redrive({ limit })],
        ["id", ids, (id) => deadLetters.redrive({ id })],
        ["redrive.dryRun", wrong.flag, (dryRun) => deadLetters.redrive({ dryRun })],
        ["redrive.force", wrong.flag, (force) => deadLetters.redrive({ force })],
        ["filter", wrong.filter, (where) => deadLetters.redrive({ where }), "HERMOD_BAD_FILTER"],
        ["discard", wrong.options, (options) => deadLetters.discard(options)],
        ["id", ids, (id) => deadLetters.discard({ id })],
        ["limit", wrong.whole, (limit) => deadLetters.discard({ where: "", limit })],
        ["filter", wrong.filter, (where) => deadLetters.discard({ where }), "HERMOD_BAD_FILTER"],
        ["reports", wrong.fn, (listener) => system.reports(listener)],
      ]);
      assert.equal((await deadLetters.redrive({ id: [] })).matched, 0);
      assert.equal(await deadLetters.discard({ id: [] }), 0);
      for (const ask of [
        () => system.history({ wher: "" } as never),
        () => deadLetters.list({ id: "x" } as never),
        () => deadLetters.groups({ limit: 1 } as never),
        () => deadLetters.redrive({ dryrun: true } as never),
        () => deadLetters.discard({ where: "", force: true } as never),
      ])
        await refusal("an unknown option", ask, OPTION);
    });
  });

  test("those of a handler's context", async () => {
    let ctx: Context | undefined;
    const holder = agent("holder", {
      on: { notification: (_payload, given) => new Promise(() => void (ctx = given)) },
    });
    await using stage = await testSystem({ agents: [holder, echo] });
    const { system, clock } = stage;
    await system.cast("holder", "hold", null);
    await clock.settle();
    const before = await counts(system);
    const { call, cast, reply, log } = ctx ?? assert.fail("no handler ran");
    for (const to of wrong.name.filter((name) => name !== "~system")) {
      await refusal(`call to ${show(to)}`, () => (call as Untyped)(to, "say", 1), "HERMOD_BAD_ADDRESS");
      await refusal(
        `cast to ${show(to)}`,
        () => cast(to as never, "say" as never, 1 as never),
        "HERMOD_BAD_ADDRESS",
      );
    }
    await refuseAll([
      ["call", wrong.options, (options) => call("echo", "say", 1, options)],
      ["cast", wrong.options, (options) => cast("echo", "say", 1, options)],
      ["timeout", wrong.duration, (timeout) => call("echo", "say", 1, { timeout })],
      ["signal", wrong.signal, (signal) => call("echo", "say", 1, { signal })],
    ]);
    await refusal("a reply to a cast", () => reply(1), OPTION);
    assert.throws(() => (ctx as Context).model, { code: "HERMOD_NO_MODEL" });
    assert.deepEqual(await counts(system), before);
    log.info(5 as never, () => 1);
    assert.equal(await call("echo", "say", "alive"), "alive");
  });

  test("those of drain, close and stop", async () => {
    const stage = await testSystem({ agents: [echo] });
    const { system } = stage;
    const running = await system.spawn(agent("guest", { on: {} }));
    await refuseAll([
      ["drain", wrong.options, (options) => system.drain(options)],
      ["drain.timeout", wrong.duration, (timeout) => system.drain({ timeout })],
      ["drain.waiting", wrong.flag, (waiting) => system.drain({ waiting })],
      ["close", wrong.options, (options) => system.close(options)],
      ["close.timeout", wrong.duration, (timeout) => system.close({ timeout })],
      ["close.waiting", wrong.flag, (waiting) => system.close({ waiting })],
      ["stop", wrong.options, (options) => running.stop(options)],
      ["stop.timeout", wrong.duration, (timeout) => running.stop({ timeout })],
    ]);
    assert.equal(await system.call("echo", "say", "alive"), "alive");
    await running.stop();
    await system.close();
  });

  test("those of interceptors", async () => {
    const began = (interceptor: unknown) =>
      start({ clock: testClock(), interceptors: [interceptor as Interceptor] });
    await refuseAll([
      ["interceptor", wrong.options, began],
      ["name", [undefined, 5, null, {}], (name) => began({ name })],
      ["outgoing", wrong.fn, (outgoing) => began({ name: "mine", outgoing })],
      ["incoming", wrong.fn, (incoming) => began({ name: "mine", incoming })],
    ]);
    await refusal("an unknown hand", () => began({ name: "mine", outgoin: () => 1 }), OPTION);
  });

  test("those of the tools for tests", async () => {
    const clock = testClock();
    await refuseAll([
      ["testClock", [NaN, Infinity, "now", null, {}, 1e300, 5n], (at) => testClock(at)],
      ["advance", wrong.duration, (by) => clock.advance(by)],
      ["jump", [NaN, Infinity, "1s", null, {}, undefined, 1e300], (by) => clock.jump(by)],
      ["seed", [NaN, Infinity, "1", null, {}, undefined, 5n], (seed) => seeded(seed)],
      ["simulated", wrong.options, (options) => simulated(options)],
      ["simulated.seed", [NaN, Infinity, "1", null, {}, 5n], (seed) => simulated({ seed })],
      [
        "script",
        [5, null, "x", {}, [5], [null], [{}], [{ when: 5, say: "x" }], [{ when: "x", say: 5 }]],
        (script) => simulated({ script }),
      ],
      ["spy", [5, null, undefined, {}, "x"], (system) => spy(system)],
      ["copies", wrong.fn, (open) => copies(open)],
      ["testSystem", wrong.options, (options) => testSystem(options)],
      ["seed", [NaN, "1", null, {}], (seed) => testSystem({ seed })],
      ["store", wrong.fn, (store) => testSystem({ store })],
    ]);
    await refusal("an unknown option of simulated", () => simulated({ sed: 1 } as never), OPTION);
    await refusal("an unknown option of testSystem", () => testSystem({ agent: [] } as never), OPTION);
    await refusal("a clock of one's own in testSystem", () => testSystem({ clock } as never), OPTION);
    for (const prompt of [5, null, undefined, {}])
      await refusal(`a prompt ${show(prompt)}`, () => simulated().text(prompt as never), OPTION);
    assert.equal(clock.monotonic(), 0);
    assert.equal(clock.waiting, 0);
  });
});

describe("malformed messages are refused, and nothing of them is kept:", () => {
  const rows: Readonly<Record<string, readonly unknown[]>> = {
    v: [0, 2, "1", {}],
    id: ["", "a\u0000", "x".repeat(513), 5, {}, []],
    verb: ["shout", 5, {}, "constructor"],
    type: ["shout", 5, {}, "toString", "__proto__"],
    operation: [5, {}, "a\u0000", "x".repeat(513)],
    from: ["a b", 5, {}, ""],
    to: ["a b", 5, {}, "", "x".repeat(201)],
    priority: [0, 5, "top", {}, NaN],
    delivery: ["once", 5, {}],
    retry: [5, "x", { retries: -1 }, { tries: 1 }],
    replyTo: ["a b", 5],
    correlationId: [5, "", "a\n"],
    conversationId: [5, "", {}],
    idempotencyKey: [5, "", "a\u007f"],
    orderKey: [5, ""],
    sequence: [-1, 1.5, NaN, "1", {}],
    sentAt: ["yesterday", NaN, 1e300, {}],
    notBefore: ["soon", NaN, {}],
    deadline: ["later", Infinity, {}],
    hops: [5, "a", [5], ["a b"], {}, Array.from({ length: 1001 }, () => "a")],
    metadata: [5, "x", [], new Uint8Array(2)],
    trace: [5, ""],
    topic: [5, ""],
  };
  for (const [field, values] of Object.entries(rows)) {
    test(field, async () => {
      await untouched(async ({ system }) => {
        for (const value of values) {
          const error = await refusal(`${field} ${show(value)}`, () =>
            system.send({ to: "echo", [field]: value } as never),
          );
          assert.ok(
            ["HERMOD_BAD_ENVELOPE", "HERMOD_BAD_ADDRESS", OPTION].includes(error.code),
            `${field}: ${error.message}`,
          );
          assert.match(
            error.message,
            new RegExp(field === "retry" ? "retr" : field.replace(/s$/, "")),
            error.message,
          );
        }
      });
    });
  }
  test("fields that no message has", async () => {
    await untouched(async ({ system }) => {
      for (const field of ["body", "reply_to", "constructor", "toString", "__proto__"])
        await refusal(
          field,
          () => system.send(JSON.parse(`{"to":"echo","${field}":{}}`)),
          OPTION,
          "HERMOD_BAD_ENVELOPE",
        );
      await refusal("a getter that throws", () =>
        system.send({
          to: "echo",
          get payload() {
            throw new Error("trap");
          },
        }),
      );
    });
  });
  test("a message to nobody", async () => {
    await using stage = await testSystem({ agents: [echo] });
    await refusal("no recipient", () => stage.system.send({ payload: 1 }), "HERMOD_NO_AGENT");
    await refusal("an unknown recipient", () => stage.system.send({ to: "nobody" }), "HERMOD_NO_AGENT");
    assert.equal((await stage.system.stats()).router.routed, 0);
  });
});

describe("payloads that are no plain data are refused, and nothing of them is kept:", () => {
  const codes = ["HERMOD_BAD_PAYLOAD", "HERMOD_TOO_LARGE"] as const;
  for (const [what, payload] of Object.entries(unserialisable)) {
    test(what, async () => {
      await untouched(async ({ system }) => {
        for (const send of [
          () => system.call("echo", "say", payload),
          () => system.cast("echo", "say", payload),
          () => system.call(Desk, "ask", payload),
          () => system.cast(Desk, "tell", payload),
          () => system.info("echo", payload),
          () => system.send({ to: "echo", payload }),
        ])
          await refusal(what, send, ...codes);
        if (typeof payload === "object")
          await refusal(
            `${what} as metadata`,
            () => system.cast("echo", "say", 1, { metadata: { payload } }),
            ...codes,
          );
      });
    });

    test(`${what} from a handler`, async () => {
      const worker = agent("worker", {
        on: {
          request: (how, ctx) => {
            if (how === "return") return [payload];
            if (how === "reply") return ctx.reply(payload);
            return ctx.cast("echo", "say", payload);
          },
        },
      });
      await using stage = await testSystem({ agents: [worker, echo] });
      for (const how of ["return", "reply", "cast"]) {
        const error = await refusal(
          `${how} ${what}`,
          () => stage.system.call("worker", "work", how),
          "HERMOD_FAILED",
        );
        assert.ok(
          (codes as readonly string[]).includes((error.cause as HermodError).code),
          `${how}: ${String(error.cause)}`,
        );
        assert.equal(error.retryable, false);
      }
      assert.equal((await stage.system.mailbox("echo").stats()).received, 0);
      assert.equal(await stage.system.call("echo", "say", "alive"), "alive");
    });

    // Seldom, but a state may have more keys than a payload.
    if (!what.includes("too many") && !what.includes("million"))
      test(`${what} as state`, async () => {
        const keeper = agent("keeper", {
          state: () => ({ kept: "first" as unknown }),
          retry: { retries: 0 },
          on: {
            notification: (_payload, ctx) => void (ctx.state.kept = payload),
            request: (_payload, ctx) => ctx.state.kept,
          },
        });
        await using stage = await testSystem({ agents: [keeper] });
        const { system, clock } = stage;
        await system.cast("keeper", "spoil", null);
        await clock.settle();
        assert.equal(await system.call("keeper", "show", null), "first");
        assert.equal((await system.deadLetters.list()).items[0]?.error?.code, "HERMOD_BAD_STATE");
      });

    test(`${what} as a pulled reply`, async () => {
      await using stage = await testSystem({ pull: ["desk"] });
      const asked = stage.system.call("desk", "ask", 1);
      const held = (await stage.system.mailbox("desk").receive()) ?? assert.fail("nothing was received");
      await refusal(what, () => held.reply(payload as never), ...codes);
      await held.reply("fine");
      assert.equal(await asked, "fine");
    });
  }
});

describe("a validator of one's own may be broken:", () => {
  const looks: Readonly<Record<string, (value: unknown) => unknown>> = {
    "it throws": () => {
      throw new Error("broken");
    },
    "it throws nothing": () => {
      const nothing: unknown = undefined;
      throw nothing;
    },
    "it rejects": () => Promise.reject(new Error("broken")),
    "it gives nothing": () => undefined,
    "it gives null": () => null,
    "it gives a number": () => 5,
    "it gives text": () => "fine",
    "it resolves to nothing": () => Promise.resolve(undefined),
    "its issues are text": () => ({ issues: "bad" }),
    "its issues are null": () => ({ issues: null }),
    "its issues are empty": () => ({ issues: [] }),
    "its issues are odd": () => ({
      issues: [null, 5, "x", { path: 5 }, { path: [Symbol("x"), {}, null] }, { message: {} }],
    }),
    "its issues cannot be read": () => ({
      get issues() {
        throw new Error("trap");
      },
    }),
    "its issue's path cannot be read": () => ({
      issues: [{ path: [Object.create(null)], message: Object.create(null) }],
    }),
    "it answers with a thenable of garbage": () => ({
      // oxlint-disable-next-line unicorn/no-thenable -- some validators answer so
      then: (resolve: (value: unknown) => void) => resolve(5),
    }),
  };
  for (const [what, look] of Object.entries(looks)) {
    test(what, async () => {
      const schema = { "~standard": { version: 1, vendor: "mine", validate: look as never } } as const;
      const Odd = contract("odd", {
        calls: { ask: { in: schema, out: z.unknown() }, answer: { in: z.unknown(), out: schema } },
        casts: { tell: schema },
      });
      await untouched(async ({ system }) => {
        await refusal("call", () => system.call(Odd, "ask", 1), "HERMOD_BAD_PAYLOAD");
        await refusal("cast", () => system.cast(Odd, "tell", 1), "HERMOD_BAD_PAYLOAD");
      });
      const odd = agent(Odd, { on: { ask: () => 1, answer: () => 1, tell: () => undefined } });
      await using stage = await testSystem({ agents: [odd] });
      const { system, clock } = stage;
      await system.cast("odd", "tell", 1);
      await refusal("a handler's input", () => system.call("odd", "ask", 1), "HERMOD_BAD_PAYLOAD");
      const failed = await refusal(
        "a handler's answer",
        () => system.call("odd", "answer", 1),
        "HERMOD_FAILED",
      );
      assert.equal((failed.cause as HermodError).code, "HERMOD_BAD_REPLY");
      await clock.settle();
      const [letter] = (await system.deadLetters.list()).items;
      assert.deepEqual([letter?.reason, letter?.error?.code], ["unreadable", "HERMOD_BAD_PAYLOAD"]);
      assert.equal((await system.stats()).delivery.running, 0);
    });
  }

  test("a thenable that lets the value pass is waited for", async () => {
    const validate = (value: unknown) => ({
      // oxlint-disable-next-line unicorn/no-thenable -- some validators answer so
      then: (resolve: (result: unknown) => void) => resolve({ value: `${String(value)}!` }),
    });
    const schema = { "~standard": { version: 1, vendor: "mine", validate: validate as never } } as const;
    const Late = contract("late", { calls: { ask: { in: schema, out: z.unknown() } } });
    await using stage = await testSystem({ agents: [agent(Late, { on: { ask: (input) => input } })] });
    assert.equal(await stage.system.call(Late, "ask", "in" as never), "in!");
  });
});

describe("names that every object inherits are names like others:", () => {
  for (const name of inherited) {
    test(name, async () => {
      const own = <T>(value: T): Record<string, T> =>
        Object.defineProperty({}, name, { value, enumerable: true });
      const Odd = contract(name, {
        calls: own({ in: z.unknown(), out: z.unknown() }),
        casts: { ordinary: z.unknown() },
      });
      const heard: unknown[] = [];
      const on = Object.assign(
        own((payload: unknown) => payload),
        { ordinary: (payload: unknown) => void heard.push(payload) },
      );
      await using stage = await testSystem({ agents: [agent(Odd, { on: on as never }), echo] });
      const { system, clock } = stage;
      const payload = own({ deep: own(1) });
      assert.equal(
        JSON.stringify(await system.call(Odd, name as never, payload as never)),
        JSON.stringify(payload),
      );
      const options = { key: name, orderKey: name, conversation: name, trace: name, metadata: own(name) };
      const sent = await system.cast(Odd, "ordinary" as never, payload as never, options);
      const twin = await system.cast(Odd, "ordinary" as never, payload as never, options);
      await clock.settle();
      assert.equal(twin.id, sent.id);
      assert.equal(heard.length, 1);
      assert.equal(JSON.stringify(heard[0]), JSON.stringify(payload));
      assert.deepEqual(Object.keys(sent.metadata), [name]);
      assert.deepEqual(Object.entries(sent.metadata), [[name, name]]);
      assert.equal((await system.conversation(name)).length, 1);
      assert.equal((await system.history({ agent: name })).items.length, 3);
      const where = `to:${name} conversation:${name} metadata.${name}:${name} data.${name}.deep.${name}:1`;
      assert.equal((await system.history({ where })).items.length, 1);
      assert.equal((await system.history({ where: "data.constructor.name:Object" })).items.length, 0);
      assert.equal(system.mailbox(name).address, name);
      assert.deepEqual(system.agents(), [name, "echo"]);
      assert.equal((await system.stats()).mailboxes.length, 2);
      assert.equal(await system.call("echo", name, name), name);
      await refusal(
        "an unknown agent of this kind",
        () => system.cast(`${name}s`, name, 1),
        "HERMOD_NO_AGENT",
      );
      assert.equal(({} as Record<string, unknown>)["deep"], undefined);
    });
  }

  test("state, errors and dead letters with such keys", async () => {
    const keeper = agent("keeper", {
      state: () =>
        JSON.parse('{"__proto__":{"polluted":1},"constructor":{"n":1}}') as Record<string, unknown>,
      on: {
        request: (_payload, ctx) => JSON.stringify(ctx.state),
        notification: () => {
          throw Object.assign(new Error("no"), JSON.parse('{"__proto__":{"polluted":2}}'));
        },
      },
    });
    await using stage = await testSystem({ agents: [keeper] });
    const { system, clock } = stage;
    const shown = await system.call("keeper", "show", null);
    assert.equal(shown, '{"__proto__":{"polluted":1},"constructor":{"n":1}}');
    await system.cast("keeper", "die", null, { retry: { retries: 0 } });
    await clock.settle();
    assert.equal((await system.deadLetters.groups()).length, 1);
    assert.equal(({} as Record<string, unknown>)["polluted"], undefined);
  });
});

describe("sizes at their bounds work:", () => {
  test("the longest names, keys and operations", async () => {
    const name = "n".repeat(200);
    const other = "o".repeat(200);
    const relay = agent(name, {
      on: { request: (payload, ctx) => ctx.call(other, "o".repeat(100), payload, { key: "k".repeat(512) }) },
    });
    const end = agent(other, { on: { request: (payload) => payload } });
    await using stage = await testSystem({ agents: [relay, end] });
    assert.equal(await stage.system.call(name, "o".repeat(100), 1, { conversation: "c".repeat(512) }), 1);
    assert.equal((await stage.system.conversation("c".repeat(512))).length, 4);
  });

  test("huge durations neither fire at once nor break a message", async () => {
    const huge = [2 ** 31, 2 ** 53, 1e300, Number.MAX_VALUE];
    await using stage = await testSystem({ agents: [echo], pull: [Desk] });
    const { system, clock } = stage;
    for (const timeout of huge) {
      assert.equal(await system.call("echo", "say", 1, { timeout }), 1);
      const { deadline } = await system.cast("echo", "say", 1, {
        timeout,
        retry: { retries: 1, base: timeout, cap: timeout, factor: 1e300 },
      });
      assert.ok(Number.isFinite(deadline) && (deadline as number) > clock.now());
      await system.cast(Desk, "tell", 1);
      const held =
        (await system.mailbox(Desk).receive({ timeout, lease: timeout })) ??
        assert.fail("nothing was received");
      await held.extend(timeout);
      await clock.advance("1d");
      await held.ack();
      await system.cast(Desk, "tell", 2);
      await (await system.mailbox(Desk).receive())?.nack({ delay: timeout });
    }
    await clock.advance("20d");
    assert.equal((await system.mailbox(Desk).stats()).delayed, huge.length);
  });

  test("a payload at each limit passes, and one beyond it does not", async () => {
    await using stage = await testSystem({ agents: [echo], limits: { size: 1000, depth: 5, keys: 20 } });
    const { system } = stage;
    const say = (payload: unknown) => system.call("echo", "say", payload);
    await say("x".repeat(998));
    await refusal("size", () => say("x".repeat(999)), "HERMOD_TOO_LARGE");
    await say(nested(5));
    await refusal("depth", () => say(nested(6)), "HERMOD_TOO_LARGE");
    await say(Array.from({ length: 20 }, () => 0));
    await refusal("keys", () => say(Array.from({ length: 21 }, () => 0)), "HERMOD_TOO_LARGE");
  });
});
