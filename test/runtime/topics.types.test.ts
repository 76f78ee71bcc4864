/** What is checked here is checked by the compiler: names and payloads of events, requests to topics, and what `on` hands over. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  agent,
  contract,
  on,
  topic,
  type Context,
  type Envelope,
  type OwnPublish,
  type System,
  type Topic,
} from "hermod";
import * as z from "zod";
import { Sum, Tide, Writer } from "./topics.kit.ts";

/** True when both types are the same, `any` considered. */
type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Compiles only for `true`. */
function holds<_T extends true>(): void {}

const Plain = contract("plain", { casts: { note: z.string() } });
const Parsed = topic(
  "parsed",
  z.object({ n: z.string().transform(Number), tag: z.string().default("none") }),
);

test("events are published by contract, topic or plain name, with what their schema accepts", () => {
  const check = async ({ publish }: System): Promise<void> => {
    holds<Equal<Awaited<ReturnType<typeof publish>>, Envelope>>();
    await publish(Writer, "drafted", { words: 1 }, { priority: "high", key: "k" });
    await publish(Tide.name("sea"), { height: 3 });
    await publish(Parsed, { n: "5" });
    await publish("tide.sea.turned", { anything: true });
    await publish(topic("raw"), 5);
    // @ts-expect-error -- no such event
    await publish(Writer, "draftet", { words: 1 });
    // @ts-expect-error -- a cast is no event
    await publish(Writer, "write", "text");
    // @ts-expect-error -- a field of another type
    await publish(Writer, "drafted", { words: "many" });
    // @ts-expect-error -- a missing field
    await publish(Writer, "drafted", {});
    // @ts-expect-error -- the payload is missing
    await publish(Writer, "drafted");
    // @ts-expect-error -- a payload of another type
    await publish(Tide.name("sea"), { height: "3" });
    // @ts-expect-error -- what the schema accepts is text, what it yields a number
    await publish(Parsed, { n: 5 });
    // @ts-expect-error -- the contract has no events
    await publish(Plain, "note", "text");
    // @ts-expect-error -- a misspelt option
    await publish("news", 1, { prority: "high" });
    // @ts-expect-error -- nobody is held for: there may be no subscriber
    await publish("news", 1, { hold: true });
  };
  assert.equal(typeof check, "function");
});

test("the name of a topic wants one token for each wildcard, and one or more for the rest", () => {
  const check = (): void => {
    const Rest = topic("a.*.b.>", z.number());
    holds<Equal<Parameters<typeof Rest.name>, [token: string, token: string, ...string[]]>>();
    holds<Equal<Parameters<typeof Tide.name>, [token: string]>>();
    holds<Equal<Parameters<typeof Sum.name>, []>>();
    Rest.name("x", "y", "z");
    // @ts-expect-error -- too few tokens
    Tide.name();
    // @ts-expect-error -- too many tokens
    Tide.name("sea", "bay");
    // @ts-expect-error -- the rest is at least one token
    Rest.name("x");
    // @ts-expect-error -- nothing to fill in
    Sum.name("x");
    // @ts-expect-error -- a token is text
    Tide.name(5);
  };
  assert.equal(typeof check, "function");
});

test("subscribers and handlers get what the schema yields", () => {
  const check = async ({ subscribe }: System): Promise<void> => {
    await subscribe(Writer, "drafted", (event, envelope) => {
      holds<Equal<typeof event, { words: number }>>();
      holds<Equal<typeof envelope, Envelope>>();
    });
    await subscribe(Parsed, (event) => holds<Equal<typeof event, { n: number; tag: string }>>(), {
      durable: "log",
    });
    await subscribe("tide.>", (event) => holds<Equal<typeof event, unknown>>());
    await subscribe(Sum, (numbers) => numbers.length);
    on(Parsed, (event) => holds<Equal<typeof event, { n: number; tag: string }>>());
    on(Writer, "erased", (event) => holds<Equal<typeof event, string>>());
    on("tide.>", (event) => holds<Equal<typeof event, unknown>>());
    // @ts-expect-error -- no such event
    await subscribe(Writer, "draftet", () => undefined);
    // @ts-expect-error -- the event is missing
    await subscribe(Writer, () => undefined);
    // @ts-expect-error -- the subscriber is missing
    await subscribe(Tide);
    // @ts-expect-error -- an event of another type
    await subscribe(Tide, (event: { depth: number }) => event);
    // @ts-expect-error -- the reply of another type
    await subscribe(Sum, () => "six");
    // @ts-expect-error -- a misspelt option
    await subscribe(Tide, () => undefined, { durabel: "log" });
    // @ts-expect-error -- no such event
    on(Writer, "draftet", () => undefined);
    // @ts-expect-error -- the contract has no events
    on(Plain, "note", () => undefined);
    // @ts-expect-error -- an event of another type
    on(Tide, (event: { depth: number }) => event);
    // @ts-expect-error -- the reply of another type
    on(Sum, () => "six");
    // @ts-expect-error -- the handler is missing
    on(Tide);
  };
  assert.equal(typeof check, "function");
});

test("a handler of a topic names the state that it works on, and its agent must have that", () => {
  const count = on(Tide, ({ height }, ctx: Context<{ n: number }>) => void (ctx.state.n += height));
  const counting = agent("counting", {
    state: () => ({ n: 0 }),
    on: {},
    topics: [count, on("news", (_, ctx) => holds<Equal<typeof ctx.state, unknown>>()), "tide.>", Tide],
  });
  // @ts-expect-error -- a state of another type
  agent("wrong", { state: () => ({ n: "0" }), on: {}, topics: [count] });
  assert.equal(counting.topics.length, 4);
});

test("topics as a function of `on` know the state of their agent", () => {
  const counting = agent("counting", {
    state: () => ({ n: 0, last: "none" }),
    topics: (on) => [
      on(Tide, ({ height }, ctx) => {
        holds<Equal<typeof ctx.state, { n: number; last: string }>>();
        holds<Equal<typeof height, number>>();
      }),
      on(Writer, "erased", (text, { state }) => void (state.last = text)),
      on(Sum, (numbers, { state }) => numbers.length + state.n),
      on("news", (event, { state }) => {
        holds<Equal<typeof event, unknown>>();
        state.n++;
      }),
      "tide.>",
      Tide,
    ],
    on: { request: (_, ctx) => holds<Equal<typeof ctx.state, { n: number; last: string }>>() },
  });
  // The order of the options does not matter.
  const plain = agent(Plain, {
    on: { note: (_, ctx) => holds<Equal<typeof ctx.state, { n: number }>>() },
    topics: (on) => [on(Tide, (_, ctx) => void ctx.state.n++)],
    state: () => ({ n: 0 }),
  });
  agent("none", {
    topics: (on) => [on(Tide, (_, ctx) => holds<Equal<typeof ctx.state, undefined>>())],
    on: {},
  });
  const wrong = (): void => {
    const state = () => ({ n: 0 });
    // @ts-expect-error -- no such field of the state
    agent("wrong", { state, on: {}, topics: (on) => [on(Tide, (_, ctx) => void ctx.state.m++)] });
    // @ts-expect-error -- no such event
    agent("wrong", { state, on: {}, topics: (on) => [on(Writer, "draftet", () => undefined)] });
    // @ts-expect-error -- the reply of another type
    agent("wrong", { state, on: {}, topics: (on) => [on(Sum, () => "six")] });
    // @ts-expect-error -- the handler is missing
    agent("wrong", { state, on: {}, topics: (on) => [on(Tide)] });
    const other = on(Tide, (_, ctx: Context<{ n: string }>) => void ctx.state.n);
    // @ts-expect-error -- a state of another type
    agent("wrong", { state, on: {}, topics: () => [other] });
    // @ts-expect-error -- no list
    agent("wrong", { state, on: {}, topics: (on) => on("news", () => undefined) });
  };
  assert.deepEqual([counting.topics.length, plain.topics.length, typeof wrong], [6, 1, "function"]);
});

test("a request to a topic gives its reply, and wants what its schema accepts", () => {
  const check = async ({ call }: System): Promise<void> => {
    const sum = await call(Sum, [1, 2], { timeout: "1s" });
    holds<Equal<typeof sum, number>>();
    const raw = await call(topic("raw"), 5);
    holds<Equal<typeof raw, unknown>>();
    const Ask = topic("ask.*", { in: z.string(), out: z.string().transform(Number) });
    const parsed = await call(Ask.name("sea"), "text");
    holds<Equal<typeof parsed, number>>();
    // @ts-expect-error -- a request of another type
    await call(Sum, ["1"]);
    // @ts-expect-error -- the request is missing
    await call(Sum);
    // @ts-expect-error -- an event is published, not called
    await call(Writer, "drafted", { words: 1 });
    // @ts-expect-error -- a misspelt option
    await call(Sum, [1], { timout: "1s" });
  };
  assert.equal(typeof check, "function");
});

test("an agent publishes its own events by name, and where it has none a plain name is a topic", () => {
  const writer = agent(Writer, {
    on: {
      write: async (_, { publish }) => {
        await publish("drafted", { words: 1 });
        await publish("tide.sea.turned", 5);
        await publish(Tide.name("sea"), { height: 1 });
        await publish(Writer, "erased", "text");
        // @ts-expect-error -- a misspelt event
        await publish("draftet", { words: 1 });
        // @ts-expect-error -- a field of another type
        await publish("drafted", { words: "many" });
      },
    },
  });
  const plain = agent(Plain, { on: { note: (text, { publish }) => publish("news", text) } });
  const none = async (publish: OwnPublish<never>): Promise<Envelope> => publish("news", 1);
  assert.deepEqual([writer.address, plain.address, typeof none], ["writer", "plain", "function"]);
});

test("a topic without a schema says nothing of what is published", () => {
  const Raw = topic("raw.*");
  holds<Equal<typeof Raw.pattern, "raw.*">>();
  const named: Topic = Raw.name("x");
  assert.deepEqual([named.pattern, named.spec], ["raw.x", undefined]);
});
