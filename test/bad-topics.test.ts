/** What topics, subscriptions and publishes are given wrong is refused by code and name, and leaves nothing behind. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { agent, contract, on, topic, type OnTopic, type System } from "hermod";
import { testSystem } from "hermod/testing";
import * as z from "zod";
import { inherited, refusal, refuseAll, unserialisable, wrong } from "./bad-input.kit.ts";

const Writer = contract("writer", { casts: { write: z.string() }, events: { drafted: z.number() } });
const Tide = topic("tide.*", z.number());
const ADDRESS = "HERMOD_BAD_ADDRESS";
const OPTION = "HERMOD_BAD_OPTION";
const seen = (): void => undefined;

/** What takes anything, as it does where nobody checks types. */
type Loose = (...given: readonly unknown[]) => unknown;
const listen = on as Loose;

/** No patterns, by what they are. */
const patterns: readonly unknown[] = [
  ...[
    "",
    " ",
    ".",
    "a.",
    ".a",
    "a..b",
    "a b",
    ">.a",
    "a.>.b",
    "a*",
    "*a",
    "a.b>",
    "a\n",
    "a\u0000",
    "#",
    "a#b",
  ],
  ...["x".repeat(201), "~system", 5, null, undefined, {}, [], true, Symbol("a"), seen],
  ...[{ pattern: "a b" }, { pattern: "fine" }, { pattern: 5, name: seen }],
];

/** Runs what must be refused, and sees to it that nothing was said, subscribed or left. */
async function untouched(doing: (system: System) => Promise<unknown>): Promise<void> {
  await using stage = await testSystem();
  const { system, clock } = stage;
  await doing(system);
  await clock.settle();
  assert.deepEqual((await system.history()).items, []);
  assert.deepEqual((await system.deadLetters.list()).items, []);
  assert.deepEqual([system.agents(), (await system.stats()).mailboxes, clock.waiting], [[], [], 0]);
}

test("a pattern that is none is refused wherever it is given", () =>
  untouched((system) =>
    refuseAll([
      ["topic", patterns, (value) => topic(value), ADDRESS],
      ["topic", patterns.slice(0, -3), (value) => listen(value, seen), ADDRESS],
      ["topic", patterns, (value) => (system.subscribe as Loose)(value, seen), ADDRESS],
      ["topic", patterns, (value) => (system.publish as Loose)(value, 1), ADDRESS],
    ]),
  ));

test("nothing is published to a pattern, nor asked of one", () =>
  untouched(async (system) => {
    for (const pattern of ["*", ">", "tide.*", "tide.>"]) {
      const { hint } = await refusal(pattern, () => system.publish(pattern, 1), ADDRESS);
      assert.match(hint, /\.name\(/);
      await refusal(pattern, () => system.call(topic(pattern), 1), ADDRESS);
    }
    await refusal("a topic", () => system.publish(Tide, 1), ADDRESS);
  }));

test("the tokens of a name are counted and looked at", async () => {
  const name = Tide.name as (...tokens: unknown[]) => unknown;
  for (const tokens of [[], ["a", "b"], ["*"], ["a.b"], [""], [5], [null], ["x".repeat(200)]])
    await refusal(JSON.stringify(tokens), () => name(...tokens), ADDRESS);
  const rest = topic("tide.>").name as (...tokens: unknown[]) => unknown;
  for (const tokens of [[], [">"], ["a", "*"]]) await refusal("rest", () => rest(...tokens), ADDRESS);
});

test("a schema that is none is refused by the topic's name", async () => {
  for (const spec of [5, null, "text", {}, [], { in: 5 }, { in: z.string(), out: 5 }, { out: z.string() }])
    assert.match((await refusal("spec", () => topic("tide", spec as never))).message, /tide/);
  const { message } = await refusal(
    "option",
    () => topic("tide", { in: z.string(), prio: 1 } as never),
    OPTION,
  );
  assert.match(message, /prio/);
});

test("an event that a contract lacks is refused with the nearest", () =>
  untouched(async (system) => {
    for (const event of ["draftet", "write", "", 5, null, undefined, ...inherited]) {
      const doings: (() => unknown)[] = [
        () => system.publish(Writer, event as never, 1 as never),
        () => system.subscribe(Writer, event as never, seen),
        () => on(Writer, event as never, seen),
      ];
      for (const doing of doings) await refusal(String(event), doing, "HERMOD_NO_OPERATION");
    }
    const { message } = await refusal("near", () => system.publish(Writer, "draftet" as never, 1 as never));
    assert.match(message, /"drafted"/);
  }));

test("options of a subscription are refused by name", () =>
  untouched((system) => {
    const subscribe = (options: object) => system.subscribe("news", seen, options as never);
    const durable = (options: object) => subscribe({ durable: "log", ...options });
    return refuseAll([
      ["subscribe", wrong.options, (value) => subscribe(value)],
      ["subscriber", [undefined, ...wrong.fn], (value) => system.subscribe("news", value)],
      [
        "name",
        wrong.name.filter((name) => name !== undefined),
        (value) => subscribe({ durable: value }),
        ADDRESS,
      ],
      ["durabel", ["log"], (value) => subscribe({ durabel: value })],
      ["concurrency", [...wrong.whole, 0], (value) => durable({ concurrency: value })],
      ["lease", [...wrong.duration, 999], (value) => durable({ lease: value })],
      ["retry", [5, null, "text", []], (value) => durable({ retry: value })],
      ["order", ["lifo", 5, null], (value) => durable({ order: value })],
      ["capacity", [0, -1, "5", null, { count: 0 }], (value) => durable({ capacity: value })],
      ["retry", [{ retries: 1 }], (value) => subscribe({ retry: value })],
      ["capacity", [5], (value) => subscribe({ capacity: value })],
      ["concurrency", [2], (value) => subscribe({ concurrency: value })],
    ]);
  }));

test("options of a publish are refused by name", () =>
  untouched((system) => {
    const publish = (options: object) => system.publish("news", 1, options as never);
    return refuseAll([
      ["publish", wrong.options, (value) => publish(value)],
      ["hold", [true], (value) => publish({ hold: value })],
      ["priority", [0, 5, "highest", null, {}], (value) => publish({ priority: value })],
      ["delivery", ["twice", 5, null, {}], (value) => publish({ delivery: value })],
      ["timeout", wrong.duration, (value) => publish({ timeout: value })],
      ["key", wrong.text, (value) => publish({ key: value })],
      ["orderKey", wrong.text, (value) => publish({ orderKey: value })],
      ["conversation", wrong.text, (value) => publish({ conversation: value })],
      ["metadata", [5, null, "text", []], (value) => publish({ metadata: value })],
    ]);
  }));

describe("what cannot be sent cannot be published:", () => {
  for (const [what, payload] of Object.entries(unserialisable)) {
    test(what, () =>
      untouched(async (system) => {
        await refusal(what, () => system.publish("news", payload), "HERMOD_BAD_PAYLOAD", "HERMOD_TOO_LARGE");
      }),
    );
  }
});

test("an agent's topics are refused by its name", async () => {
  for (const topics of [
    5,
    "news",
    null,
    {},
    [5],
    [null],
    [{}],
    [{ handling: 1 }],
    [{ pattern: "a", handling: {} }],
    () => undefined,
    () => "news",
    () => [5],
    (on: OnTopic<undefined>) => on("news", seen),
    async () => ["news"],
  ])
    assert.match(
      (await refusal(JSON.stringify(topics), () => agent("north", { on: {}, topics } as never), OPTION))
        .message,
      /agent north topics/,
    );
  await refusal("pattern", () => agent("north", { on: {}, topics: ["a b"] }), ADDRESS);
  for (const handler of [undefined, ...wrong.fn])
    assert.match((await refusal("handler", () => on("news", handler as never), OPTION)).message, /on news/);
});

test("names that every object inherits are topics and durable names like others", async () => {
  for (const name of inherited) {
    const heard: unknown[] = [];
    await using stage = await testSystem();
    const { system, clock } = stage;
    await system.subscribe(name, (event) => void heard.push(event));
    await system.subscribe(name, (event) => void heard.push(event), { durable: name });
    await system.publish(name, 1);
    await clock.settle();
    assert.deepEqual(heard, [1, 1], name);
  }
});
