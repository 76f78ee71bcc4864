/** Bad input where many are at work: pools, supervisors, topics, routes and busy rules answer it with coded errors, and nothing stalls. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  agent,
  contract,
  memory,
  on,
  pool,
  route,
  supervisor,
  topic,
  type Envelope,
  type RunningPool,
  type System,
} from "hermod";
import { testSystem, type TestOptions } from "hermod/testing";
import * as z from "zod";
import { refusal, refuseAll, wrong } from "./bad-input.kit.ts";

const ADDRESS = "HERMOD_BAD_ADDRESS";
const OPTION = "HERMOD_BAD_OPTION";
const Desk = contract("desk", { casts: { tell: z.unknown() }, events: { told: z.unknown() } });

/** A function as somebody without types sees it. */
type Untyped = (...given: unknown[]) => Promise<unknown>;

const ignore = (): void => undefined;
const worker = (name: string, options: object = {}) =>
  agent(name, { on: { notification: ignore, request: () => "well" }, ...options });

/** Topics and patterns that are none: empty tokens, wildcards in wrong places, too long, of another kind. */
const noTopics = [
  ...["", ".", "..", "a.", ".a", "a..b", " ", "a b", "a.\u0000"],
  ...["a.>.b", ">.a", "**", "a*", "a.*b", ">>", "a.>>", "*".repeat(201)],
  ...["*.".repeat(5000) + "*", "a.".repeat(50_000) + "a", `${"*.".repeat(9_999)}>`],
  ...[5, null, true, {}, [], () => 1, Symbol("x")],
];

/** True of a system that still answers. */
async function works({ system }: { readonly system: System }): Promise<void> {
  assert.equal(await system.call("probe", "x", null), "well");
}

const stageWith = (options: TestOptions = {}) =>
  testSystem({ ...options, agents: [worker("probe"), ...(options.agents ?? [])] });

describe("wrong options are refused by name:", () => {
  test("those of how an agent works", async () => {
    const make = (options: object) => agent("a", { on: { notification: ignore }, ...options } as never);
    const by = (max: unknown) => make({ concurrency: { by: "conversation", max } });
    await refuseAll([
      ["concurrency", [...wrong.whole, 0, 100_001, null, "many"], (concurrency) => make({ concurrency })],
      [
        "concurrency.by",
        [undefined, null, "key", "sender", 5, "toString"],
        (value) => make({ concurrency: { by: value } }),
      ],
      ["concurrency.max", [...wrong.whole, 0, 100_001], by],
      ["busy", ["drop", "", 5, null, {}, [], "constructor", Symbol("x")], (busy) => make({ busy })],
      ["keyed", [false, null, 5, "yes", [], () => 1], (keyed) => make({ keyed })],
      ["keyed.idle", wrong.duration, (idle) => make({ keyed: { idle } })],
      ["topics", [5, null, {}, "tide.*", () => 1], (topics) => make({ topics })],
      ["topics", [5, null, {}, [], () => 1], (given) => make({ topics: [given] })],
      ["init", wrong.fn, (init) => make({ init })],
      ["health", wrong.options, (health) => make({ health })],
      ["health.check", [...wrong.fn, undefined], (check) => make({ health: { check } })],
      ["health.every", wrong.duration, (every) => make({ health: { check: ignore, every } })],
      ["breaker", [null, 5, "yes", false, [], () => 1], (breaker) => make({ breaker })],
      ["breaker.window", [...wrong.duration, 9], (window) => make({ breaker: { window } })],
      ["breaker.least", [...wrong.whole, 0], (least) => make({ breaker: { least } })],
      ["breaker.rate", [0, -1, 1.01, NaN, "1", null], (rate) => make({ breaker: { rate } })],
      ["breaker.openFor", [...wrong.duration, 0], (openFor) => make({ breaker: { openFor } })],
      ["breaker.probes", [...wrong.whole, 0], (probes) => make({ breaker: { probes } })],
    ]);
    for (const options of [
      { concurrency: { by: "conversation", most: 5 } },
      { keyed: { idel: "1m" } },
      { health: { check: ignore, evry: 5 } },
      { breaker: { leas: 5 } },
    ])
      await refusal(JSON.stringify(options), () => make(options), OPTION);
  });

  test("ways of working that exclude each other", async () => {
    const make = (options: object) => agent("a", { on: { notification: ignore }, ...options } as never);
    const state = () => ({});
    for (const [options, named] of [
      [{ state, concurrency: 2 }, /state and concurrency 2/],
      [{ busy: "interrupt", concurrency: 2 }, /busy "interrupt" and several/],
      [{ busy: "steer", concurrency: 2 }, /busy "steer" and several/],
      [{ keyed: true, concurrency: { by: "conversation" } }, /keyed and by conversation/],
      [{ keyed: true, topics: ["tide.*"] }, /keyed and has topics/],
    ] as const) {
      const error = await refusal(String(named), () => make(options), OPTION);
      assert.match(error.message, named);
    }
  });

  test("those of pools", async () => {
    const member = worker("critic");
    await refuseAll([
      ["pool", [...wrong.options, {}, Desk, pool(member, { size: 1 })], (value) => pool(value, { size: 1 })],
      ["pool", wrong.options, (options) => pool(member, options)],
      ["size", [...wrong.whole, undefined, 0, -0, 10_001], (size) => pool(member, { size })],
      ["balance", ["any", "", 5, null, {}, "toString"], (balance) => pool(member, { size: 1, balance })],
      ["intensity", wrong.options, (intensity) => pool(member, { size: 1, intensity })],
      [
        "intensity.restarts",
        [...wrong.whole, 1001],
        (restarts) => pool(member, { size: 1, intensity: { restarts } }),
      ],
      [
        "intensity.period",
        [...wrong.duration, 0],
        (period) => pool(member, { size: 1, intensity: { period } }),
      ],
    ]);
    for (const options of [
      { keyed: true },
      { concurrency: { by: "conversation" } },
      { busy: "reject" },
      { busy: "interrupt" },
      { busy: "steer" },
    ]) {
      const { message } = await refusal(
        JSON.stringify(options),
        () => pool(worker("critic", options), { size: 2 }),
        OPTION,
      );
      assert.match(message, /^pool critic/);
    }
    await refusal("a pool by key", () =>
      pool(worker("critic", { concurrency: 2 }), { size: 2, balance: "key" }),
    );
    await refusal("an unknown option", () => pool(member, { size: 1, sise: 2 } as never), OPTION);
  });

  test("those of a pool that runs", async () => {
    await using stage = await stageWith();
    const running: RunningPool = await stage.system.spawn(pool(worker("critic"), { size: 2 }));
    await refuseAll([["size", [...wrong.whole, undefined, 0, 10_001], (size) => running.resize(size)]]);
    assert.equal(running.size, 2);
    await works(stage);
  });

  test("those of supervisors", async () => {
    const child = worker("critic");
    const make = (options: object) => supervisor("news", { children: [], ...options } as never);
    await refuseAll([
      ["name", wrong.name, (name) => supervisor(name, { children: [] }), ADDRESS],
      ["supervisor", wrong.options, (options) => supervisor("news", options)],
      ["children", [undefined, null, 5, "critic", {}, child], (children) => make({ children })],
      ["child", [null, 5, "critic", [], true], (given) => make({ children: [given] })],
      ["children", [null, 5, "critic", {}, undefined], (given) => make({ children: [{ child: given }] })],
      ["strategy", ["one", "", 5, null, "toString"], (strategy) => make({ strategy })],
      ["most", wrong.whole.filter((value) => value !== Infinity), (most) => make({ most })],
      ["restart", ["always", 5, null], (restart) => make({ children: [{ child, restart }] })],
      ["timeout", wrong.duration, (timeout) => make({ children: [{ child, timeout }] })],
      ["intensity", wrong.options, (intensity) => make({ intensity })],
    ]);
    await refusal("more children than may be", () => make({ children: [child], most: 0 }), OPTION);
    await refusal("a hole", () => make({ children: Array.from({ length: 2 }) }), OPTION);
  });

  test("those of topics, on, subscribe and publish", async () => {
    await using stage = await stageWith();
    const { system } = stage;
    const { subscribe, publish } = system as unknown as Record<"subscribe" | "publish", Untyped>;
    const listen = on as unknown as Untyped;
    await refuseAll([
      ["topic", noTopics, (pattern) => topic(pattern as never), ADDRESS],
      ["topic", noTopics, (pattern) => subscribe(pattern, ignore), ADDRESS],
      ["topic", noTopics, (pattern) => publish(pattern, 1), ADDRESS],
      ["on", [...wrong.fn, undefined], (fn) => on("tide.*", fn as never)],
      ["topic", noTopics, (pattern) => listen(pattern, ignore), ADDRESS],
      ["subscriber", [...wrong.fn, undefined], (fn) => system.subscribe("tide.*", fn as never)],
      ["subscribe", wrong.options, (options) => system.subscribe("tide.*", ignore, options)],
      [
        "name",
        wrong.name.filter((name) => name !== undefined),
        (durable) => system.subscribe("tide.*", ignore, { durable }),
        ADDRESS,
      ],
      ["capacity", [1], (capacity) => system.subscribe("tide.*", ignore, { capacity })],
      [
        "concurrency",
        [...wrong.whole, 0],
        (concurrency) => system.subscribe("tide.*", ignore, { durable: "d", concurrency }),
      ],
    ]);
    for (const pattern of ["tide.*", "tide.>", "*", ">"])
      await refusal(pattern, () => system.publish(pattern, 1), ADDRESS);
    await refusal("no such event", () => system.publish(Desk, "tolt" as never, 1), "HERMOD_NO_OPERATION");
    const Tide = topic("tide.*.*");
    for (const tokens of [[], ["a"], ["a", "b", "c"], ["a", ""], ["*", "b"], ["a.b", "c"], [5, "a"]])
      await refusal(String(tokens), () => Tide.name(...(tokens as [string, string])), ADDRESS);
    assert.equal((await system.stats()).router.routed, 0);
    await works(stage);
  });

  test("those of routes and routers", async () => {
    await refuseAll([
      ["route", [5, null, {}, true, Symbol("x")], (when) => route(when as never, "x")],
      ["route", ["", " ", "type:", "type:gossip", "colour:red", "-type:task"], (when) => route(when, "x")],
      ["route", ["sender:a*b", "metadata.:x"], (when) => route(when, "x")],
      ["priority", ["priority:9", "priority:"], (when) => route(when, "x")],
      ["route", [[]], (when) => route(when as never, "x")],
      ["route", [[]], (to) => route("*", to as never)],
      ["route", wrong.options, (options) => route("*", "x", options)],
      ["filter", wrong.fn, (filter) => route("*", "x", { filter })],
      ["transform", wrong.fn, (transform) => route("*", "x", { transform })],
    ]);
    for (const to of ["tide.*", "a..*", ">", "a b", "", 5, null])
      await refusal(String(to), () => route("*", to as never), ADDRESS, OPTION);
    for (const routes of [5, null, {}, [5], [{}], ["type:task"]])
      await refusal(JSON.stringify(routes), () => testSystem({ routes: routes as never }), OPTION);
    for (const router of [5, null, "x", {}, () => []])
      await refusal("router", () => testSystem({ router: router as never }), OPTION);
  });
});

describe("many wildcards", () => {
  test("a pattern of thousands of them is refused at once, as a topic and in a route", async () => {
    const many = `${"*.".repeat(10_000)}>`;
    await refusal("topic", () => topic(many), ADDRESS);
    await refusal("route", () => route(`topic:${many}`, "x"), ADDRESS, OPTION);
    await refusal("sender", () => route(`sender:${"a*".repeat(10_000)}`, "x"), OPTION, ADDRESS);
  });

  test("ten thousand subscriptions with wildcards get an event each, and nothing stays of them [20]", async () => {
    await using stage = await stageWith();
    const { system, clock } = stage;
    let seen = 0;
    const subscriptions = [];
    for (let at = 0; at < 10_000; at++)
      subscriptions.push(await system.subscribe(`*.${at % 2 ? "*" : ">"}`, () => void seen++));
    await system.publish("tide.high", 1);
    await clock.settle();
    assert.equal(seen, 10_000);
    for (const subscription of subscriptions) await subscription.unsubscribe();
    await system.publish("tide.low", 1);
    await clock.settle();
    assert.equal(seen, 10_000);
    await works(stage);
  });

  test("ten thousand patterns of one subscriber cost a name that fits none of them nothing that grows [20]", async () => {
    const topics = Array.from({ length: 10_000 }, (_, at) => `t${at}.*.x.>`);
    await using stage = await stageWith({ agents: [worker("reader", { topics })] });
    const { system, clock } = stage;
    for (let at = 0; at < 100; at++) await system.publish(`t${at}.y.z.w`, at);
    await clock.settle();
    assert.equal((await system.mailbox("reader").stats()).received, 0);
    await system.publish("t9999.y.x.w", 1);
    await clock.settle();
    assert.equal((await system.mailbox("reader").stats()).received, 1);
  });

  test("patterns made to backtrack are matched in one pass", async () => {
    const deep = Array.from({ length: 99 }, () => "a").join(".");
    const stars = Array.from({ length: 98 }, (_, at) => (at % 2 ? "a" : "*")).join(".");
    const topics = [`${stars}.b`, `${stars}.*`, `${stars}.>`, stars, ">"];
    let routed = 0;
    const counted = (envelope: Envelope) => void (routed += envelope.topic === deep ? 1 : 0);
    const routes = topics.map((pattern) =>
      route(`topic:${pattern}`, "probe", { transform: counted as never }),
    );
    await using stage = await stageWith({ agents: [worker("reader", { topics })], routes });
    const { system, clock } = stage;
    for (let at = 0; at < 200; at++) await system.publish(deep, at);
    await clock.settle();
    assert.equal((await system.mailbox("reader").stats()).received, 200);
    await works(stage);
  });
});

describe("predicates and routers of users", () => {
  for (const [what, bad] of [
    ["throws", () => assert.fail("no")],
    ["throws what is no error", () => JSON.parse("{")],
    ["gives a promise that never ends", () => new Promise(() => undefined)],
    ["gives a promise of false", async () => false],
    ["gives text", () => "yes"],
  ] as const) {
    for (const place of ["predicate", "filter", "transform"] as const) {
      if (place === "transform" && what === "gives text") continue;
      test(`a ${place} that ${what} fails that message with a coded error, and no other`, async () => {
        const broken = ((envelope: Envelope) =>
          envelope.payload === "bad" ? bad() : place !== "transform" || undefined) as never;
        const rule =
          place === "predicate" ? route(broken, "probe") : route("*", "probe", { [place]: broken });
        await using stage = await stageWith({ routes: [rule] });
        const { system, clock } = stage;
        const send = (payload: string) => system.send({ type: "notification", payload } as never);
        const error = await refusal(place, () => send("bad"), "HERMOD_ROUTER");
        assert.match(error.message, /route/);
        await send("good");
        await clock.settle();
        assert.equal((await system.mailbox("probe").stats()).received, 1);
        await works(stage);
      });
    }
  }

  test("a router that never answers is given up after 10 s, and stalls nobody else", async () => {
    const router = { route: () => new Promise<never>(() => undefined) };
    await using stage = await stageWith({ router });
    const { system, clock } = stage;
    const sent = refusal("router", () => system.send({ payload: 1 } as never), "HERMOD_ROUTER");
    await works(stage);
    await clock.advance("10s");
    await sent;
    await system.close();
    assert.equal(clock.waiting, 0);
  });
});

describe("supervisors", () => {
  test("one that contains its own name, at whatever depth, is refused by that name", async () => {
    const inner = supervisor("news", { children: [worker("critic")] });
    for (const children of [
      [inner],
      [supervisor("middle", { children: [inner] })],
      [{ child: pool(worker("news"), { size: 2 }) }],
    ]) {
      const { message } = await refusal(
        "twice",
        () => supervisor("news", { children }),
        "HERMOD_DUPLICATE_AGENT",
      );
      assert.match(message, /news/);
    }
  });

  test("one cannot be made to contain itself afterwards, nor be spawned into itself", async () => {
    const children: unknown[] = [];
    const made = supervisor("news", { children: children as never });
    children.push(made);
    assert.deepEqual(made.children, []);
    assert.throws(() => (made.children as unknown[]).push(made), TypeError);
    await using stage = await stageWith();
    const running = await stage.system.spawn(made);
    await refusal("itself", () => running.spawn(made), "HERMOD_DUPLICATE_AGENT");
    await refusal("what runs", () => running.spawn(worker("probe")), "HERMOD_DUPLICATE_AGENT");
    assert.deepEqual(running.status().children, []);
    await works(stage);
  });

  test("a list of children that grows while it is read ends in an error, not in a loop", async () => {
    const endless = new Proxy([worker("critic")], { get: (list, name) => Reflect.get(list, name) });
    assert.equal(supervisor("news", { children: endless }).children.length, 1);
  });
});

describe("too much at once", () => {
  test("a broadcast into full mailboxes reaches who has room; every copy without room becomes a dead letter", async () => {
    const size = 300;
    const gate = Promise.withResolvers<void>();
    const member = agent("critic", { capacity: 1, on: { notification: () => gate.promise } });
    await using stage = await stageWith({ agents: [pool(member, { size, balance: "broadcast" })] });
    const { system, clock } = stage;
    for (const text of ["runs", "waits", "finds no room"]) {
      await system.cast("critic", "x", text);
      await clock.settle();
    }
    const { items } = await system.deadLetters.list({ limit: 1000 } as never);
    const letters = items.map(({ envelope, reason }) => `${String(envelope.payload)}: ${reason}`);
    assert.deepEqual([letters.length, new Set(letters)], [size, new Set(["finds no room: overflow"])]);
    await works(stage);
    gate.resolve();
    await clock.settle();
    assert.equal((await system.stats()).delivery.pending, 0);
  });

  test("a publication into a full mailbox is told of, and the others have it [38]", async () => {
    const gate = Promise.withResolvers<void>();
    const full = agent("full", { capacity: 1, topics: ["tide.*"], on: { notification: () => gate.promise } });
    let seen = 0;
    const free = agent("free", { topics: ["tide.*"], on: { notification: () => void seen++ } });
    await using stage = await stageWith({ agents: [full, free], store: memory() });
    const { system, clock } = stage;
    for (let at = 0; at < 4; at++) {
      await system.publish("tide.high", at);
      await clock.settle();
    }
    assert.equal(seen, 4);
    const { items } = await system.deadLetters.list();
    assert.deepEqual(
      items.map(({ mailbox, reason }) => [mailbox, reason]),
      [
        ["full", "overflow"],
        ["full", "overflow"],
      ],
    );
    gate.resolve();
  });
});
