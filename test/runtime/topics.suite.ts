/** Topics: who gets a copy of what is published, by which handler, and that nobody's coming or going touches the others. */
import assert from "node:assert/strict";
import { agent, contract, on, pool, topic, type Envelope } from "hermod";
import * as z from "zod";
import { Gate, caught, lettersOf, only, saidIn, sorted, testOn, type On } from "./stage.ts";
import { Tide, Writer, hearing, writing } from "./topics.kit.ts";

export function topicsSuite(name: string, start: On): void {
  const test = testOn(name, start);
  test(`${name}: who begins and ends to listen is reported, with the mailbox that it listens by`, async () => {
    const listener = agent("listener", { topics: ["tide.>"], on: {} });
    await using stage = await start({ agents: [listener] });
    const { system, spy } = stage;
    const one = await system.subscribe("wind.*", () => undefined);
    const two = await system.subscribe("wind.*", () => undefined);
    for (const each of [one, two]) await each.close();
    const listening = [...spy.of("topic.subscribed"), ...spy.of("topic.unsubscribed")];
    assert.deepEqual(
      listening.map(({ type, pattern, mailbox }) => [type, pattern, mailbox === system.address || mailbox]),
      [
        ["topic.subscribed", "tide.>", "listener"],
        ["topic.subscribed", "wind.*", true],
        ["topic.unsubscribed", "wind.*", true],
      ],
    );
  });

  test(`${name}: every subscriber gets a copy of its own: agents, durable and live ones [19] [20] [(12)]`, async () => {
    const heard: Record<"agent" | "durable" | "live" | "again", unknown[]> = {
      ...{ agent: [], durable: [], live: [], again: [] },
    };
    await using stage = await start({ agents: [hearing("north", Tide, heard.agent)] });
    const { system, clock } = stage;
    await system.subscribe(Tide, (event) => void heard.durable.push(event), { durable: "log" });
    await system.subscribe(Tide, (event) => void heard.live.push(event));
    await system.subscribe("tide.>", (event) => void heard.again.push(event));
    const sent = await system.publish(Tide.name("sea"), { height: 3 });
    await clock.settle();
    for (const events of Object.values(heard)) assert.deepEqual(events, [{ height: 3 }]);
    assert.deepEqual(
      [sent.verb, sent.type, sent.to, sent.topic, sent.delivery, sent.priority],
      ["publish", "notification", undefined, "tide.sea.turned", "at-least-once", 2],
    );
    const { router, delivery } = await system.stats();
    assert.deepEqual([router.routed, delivery.acknowledged, delivery.running], [1, 2, 0]);
  });

  test(`${name}: an agent whose patterns all fit gets one copy, and the first handler in its list that fits has it`, async () => {
    const heard: unknown[] = [];
    const keep = (by: string) => (): void => void heard.push(by);
    const north = agent("north", {
      on: { notification: keep("by type") },
      topics: [on("tide.sea.>", keep("first")), on(Tide, keep("second")), "tide.>", on(">", keep("last"))],
    });
    await using stage = await start({ agents: [north] });
    const { system, clock } = stage;
    await system.publish("tide.sea.turned", { height: 1 });
    await system.publish("tide.bay.turned", { height: 1 });
    await system.publish("tide.bay", 1);
    await system.publish("wind", 1);
    await clock.settle();
    assert.deepEqual(heard, ["first", "second", "by type", "last"]);
    assert.equal((await system.stats()).delivery.acknowledged, 4);
  });

  test(`${name}: topics may be a function of on, whose handlers work on the agent's state`, async () => {
    const north = agent("north", {
      state: () => ({ total: 0 }),
      topics: (on) => [on(Tide, ({ height }, ctx) => void (ctx.state.total += height)), "wind"],
      on: { notification: (_, ctx) => void (ctx.state.total *= 2), request: (_, ctx) => ctx.state.total },
    });
    await using stage = await start({ agents: [north] });
    const { system, clock } = stage;
    for (const height of [3, 4]) await system.publish(Tide.name("sea"), { height });
    await system.publish("wind", 1);
    await clock.settle();
    assert.equal(await system.call("north", "", 0), 14);
  });

  test(`${name}: a pattern stands for one token by *, and for all the rest by >`, async () => {
    const patterns = ["tide.*", "tide.*.turned", "tide.>", "*.sea.*", ">", "*", "tide", "tide.sea"];
    const fits: Record<string, string[]> = {
      tide: ["tide", "*", ">"],
      "tide.sea": ["tide.sea", "tide.*", "tide.>", ">"],
      "tide.sea.turned": ["tide.*.turned", "tide.>", "*.sea.*", ">"],
      "tide.sea.turned.again": ["tide.>", ">"],
      wind: ["*", ">"],
      "wind.sea.gale": ["*.sea.*", ">"],
    };
    const heard: [string, string | undefined][] = [];
    await using stage = await start();
    const { system, clock } = stage;
    for (const pattern of patterns)
      await system.subscribe(pattern, (_, { topic: name }) => void heard.push([pattern, name]));
    for (const name of Object.keys(fits)) await system.publish(name, null);
    await clock.settle();
    const expected = Object.entries(fits).flatMap(([topic, found]) =>
      found.map((pattern) => [pattern, topic]),
    );
    assert.deepEqual(sorted(heard), sorted(expected));
  });

  test(`${name}: a contract's event is typed, goes out under the contract's name with its options, and is checked when it is sent [14]`, async () => {
    const seen: Envelope[] = [];
    const heard: unknown[] = [];
    await using stage = await start({ agents: [hearing("north", "writer.*", heard)] });
    const { system, clock } = stage;
    await system.subscribe(Writer, "erased", (_, envelope) => void seen.push(envelope));
    await system.publish(Writer, "erased", "the lot");
    await clock.settle();
    const { topic: name, operation, priority, delivery } = only(seen);
    assert.deepEqual([name, operation, priority, delivery], ["writer.erased", "erased", 3, "at-most-once"]);
    const error = await caught(system.publish(Writer, "drafted", { words: "many" } as never));
    assert.equal(error.code, "HERMOD_BAD_PAYLOAD");
    assert.match(error.message, /writer\.drafted event .*words/);
    assert.deepEqual(heard, ["the lot"]);
    assert.equal((await saidIn(system)).length, 2);
  });

  test(`${name}: an event of one instance of a keyed agent reaches who subscribes to its contract`, async () => {
    const heard: unknown[] = [];
    const keyed = agent(Writer, { keyed: true, on: { write: (text, ctx) => ctx.publish("erased", text) } });
    await using stage = await start({ agents: [keyed] });
    const { system, clock } = stage;
    await system.subscribe(Writer, "erased", (event, { from }) => void heard.push([event, from]));
    await system.subscribe(Writer.at("user-7"), "erased", (event) => void heard.push(event));
    await system.cast(Writer.at("user-42"), "write", "a");
    await clock.settle();
    assert.deepEqual(heard, [["a", "writer#user-42"], "a"]);
    await system.publish(Writer.at("user-7"), "erased", "b");
    await clock.settle();
    assert.deepEqual(heard.slice(2), [["b", system.address], "b"]);
  });

  test(`${name}: an event that one durable subscriber cannot read is its dead letter alone [(3)] [C4] [C17]`, async () => {
    const heard: unknown[] = [];
    await using stage = await start({ agents: [hearing("north", "writer.drafted", heard)] });
    const { system, clock, spy } = stage;
    await system.subscribe(Writer, "drafted", () => assert.fail("unreadable"), { durable: "strict" });
    await system.subscribe(Writer, "drafted", () => assert.fail("unreadable"));
    await system.publish("writer.drafted", { words: "many" });
    await clock.settle();
    const letter = only(await lettersOf(system));
    assert.deepEqual(
      [letter.mailbox, letter.reason, letter.error?.code, letter.attempts.length],
      ["strict", "unreadable", "HERMOD_BAD_PAYLOAD", 1],
    );
    assert.deepEqual(heard, [{ words: "many" }]);
    const { listener, error } = only(spy.of("listener.failed"));
    assert.equal(listener, "subscriber of writer.drafted");
    assert.equal((error as { code: string }).code, "HERMOD_BAD_PAYLOAD");
  });

  test(`${name}: who subscribes gets what the schema yields, live, durable and as an agent`, async () => {
    const Count = topic("count", z.object({ n: z.string().transform(Number).default(7) }));
    const heard: unknown[] = [];
    const keep = (event: { n: number }): void => void heard.push(event);
    await using stage = await start({ agents: [agent("north", { on: {}, topics: [on(Count, keep)] })] });
    const { system, clock } = stage;
    await system.subscribe(Count, keep, { durable: "log" });
    await system.subscribe(Count, keep);
    await system.publish(Count, { n: "5" });
    await system.publish(Count, {});
    await clock.settle();
    assert.deepEqual(sorted(heard.map((event) => JSON.stringify(event))), [
      ...Array.from({ length: 3 }, () => '{"n":5}'),
      ...Array.from({ length: 3 }, () => '{"n":7}'),
    ]);
  });

  test(`${name}: an agent publishes its own event by its name; a misspelt one is refused with the nearest, a dotted name is a topic`, async () => {
    const heard: unknown[] = [];
    const errors: unknown[] = [];
    const writer = writing(async (text, ctx) => {
      await ctx.publish("drafted", { words: text.length });
      await ctx.publish("tide.sea.turned", text);
      await ctx.publish(Tide.name("bay"), { height: 2 });
      const publish = ctx.publish as (...given: unknown[]) => Promise<unknown>;
      errors.push(await caught(publish("draftet", {})));
      errors.push(await caught(ctx.publish("drafted", {} as never)));
    });
    await using stage = await start({ agents: [writer] });
    const { system, clock } = stage;
    await system.subscribe(">", (event, { from, topic: name }) => void heard.push([from, name, event]));
    await system.cast(Writer, "write", "abc");
    await clock.settle();
    assert.deepEqual(heard, [
      ["writer", "writer.drafted", { words: 3 }],
      ["writer", "tide.sea.turned", "abc"],
      ["writer", "tide.bay.turned", { height: 2 }],
    ]);
    const [misspelt, unfit] = errors as { code: string; message: string }[];
    assert.equal(misspelt?.code, "HERMOD_NO_OPERATION");
    assert.match(misspelt?.message ?? "", /writer has no event "draftet".*"drafted"/);
    assert.equal(unfit?.code, "HERMOD_BAD_PAYLOAD");
  });

  test(`${name}: an agent without events publishes to a topic of one word; what it sends carries its conversation`, async () => {
    const seen: Envelope[] = [];
    const teller = agent("teller", { on: { notification: (text, ctx) => ctx.publish("news", text) } });
    await using stage = await start({ agents: [teller] });
    const { system, clock } = stage;
    await system.subscribe("news", (_, envelope) => void seen.push(envelope));
    const cause = await system.cast("teller", "", "fish", { conversation: "c-1" });
    await clock.settle();
    const { payload, from, conversationId, causeId, hops } = only(seen);
    assert.deepEqual([payload, from, conversationId, causeId], ["fish", "teller", "c-1", cause.id]);
    assert.deepEqual(hops, ["teller"]);
  });

  test(`${name}: agents join and leave without touching the others, and without the publisher knowing [17] [19]`, async () => {
    const heard: [string[], string[]] = [[], []];
    await using stage = await start();
    const { system, clock } = stage;
    await system.spawn(hearing("stays", "news", heard[0]));
    await system.publish("news", 1);
    const leaves = await system.spawn(hearing("leaves", "news", heard[1]));
    await system.publish("news", 2);
    await clock.settle();
    await leaves.stop();
    await system.publish("news", 3);
    await clock.settle();
    assert.deepEqual(heard, [[1, 2, 3], [2]]);
    await system.spawn(hearing("leaves", "news", heard[1]));
    await system.publish("news", 4);
    await clock.settle();
    assert.deepEqual(heard, [
      [1, 2, 3, 4],
      [2, 4],
    ]);
    assert.deepEqual(await lettersOf(system), []);
  });

  test(`${name}: an agent that starts again with other topics hears those, and the old ones no more`, async () => {
    const heard: unknown[] = [];
    await using stage = await start();
    const { system, clock } = stage;
    const log = await system.subscribe("old.>", (event) => void heard.push(event), { durable: "log" });
    await log.close();
    await system.subscribe("new.>", (event) => void heard.push(event), { durable: "log" });
    await system.publish("old.one", "old");
    await system.publish("new.one", "new");
    await clock.settle();
    assert.deepEqual(heard, ["new"]);
    const letter = only(await lettersOf(system));
    assert.deepEqual([letter.reason, letter.envelope.topic], ["no-subscriber", "old.one"]);
  });

  test(`${name}: a pool gets one copy for all its members`, async () => {
    const heard: unknown[] = [];
    await using stage = await start({ agents: [pool(hearing("hands", "news", heard), { size: 3 })] });
    const { system, clock } = stage;
    for (let at = 0; at < 6; at++) await system.publish("news", at);
    await clock.settle();
    assert.deepEqual(sorted(heard), [0, 1, 2, 3, 4, 5]);
  });

  test(`${name}: a publisher waits for no handler and for no retry, and its other subscribers neither [(6)]`, async () => {
    const gate = new Gate();
    const heard: unknown[] = [];
    const slow = agent("slow", { on: {}, topics: [on("news", () => gate.passed)] });
    const fails = agent("fails", { on: {}, topics: [on("news", () => Promise.reject(new Error("no ink")))] });
    await using stage = await start({ agents: [slow, fails, hearing("north", "news", heard)] });
    const { system, clock } = stage;
    const before = clock.now();
    for (let at = 0; at < 3; at++) await system.publish("news", at);
    await clock.settle();
    assert.equal(clock.now(), before);
    assert.deepEqual(heard, [0, 1, 2]);
    gate.open();
  });

  test(`${name}: each subscriber retries alone: who has succeeded never runs again [(2)] [(3)] [(4)] [C4]`, async () => {
    const runs: string[] = [];
    const seen: Envelope[] = [];
    const retry = { retries: 2, base: "1s", jitter: "none" } as const;
    const flaky = agent("flaky", {
      retry,
      on: {},
      topics: [on("news", (_, { envelope }) => (runs.push("flaky"), seen.push(envelope), fail(runs)))],
    });
    await using stage = await start({ agents: [flaky, hearing("north", "news", runs)] });
    const { system, clock } = stage;
    await system.subscribe("news", () => (runs.push("durable"), fail([])), { durable: "lost", retry });
    await system.subscribe("news", () => void runs.push("live"));
    await system.publish("news", "north");
    await clock.advance("1m");
    assert.deepEqual(
      sorted(runs),
      sorted(["flaky", "flaky", "durable", "durable", "durable", "live", "north"]),
    );
    assert.ok(seen.every(({ payload, id }) => payload === "north" && id === seen[0]?.id));
    const letter = only(await lettersOf(system));
    assert.deepEqual([letter.mailbox, letter.reason, letter.attempts.length], ["lost", "exhausted", 3]);
    const { pending, running } = (await system.stats()).delivery;
    assert.deepEqual([pending, running, clock.waiting], [0, 0, 1]);
  });

  test(`${name}: the history has a record for each mailbox, each with its own outcome [86]`, async () => {
    const heard: unknown[] = [];
    const fails = agent("fails", {
      retry: { retries: 0 },
      on: {},
      topics: [on("news", () => Promise.reject(new Error("no ink")))],
    });
    await using stage = await start({ agents: [hearing("north", "news", heard), fails] });
    const { system, clock } = stage;
    await system.subscribe("news", () => undefined);
    const { id } = await system.publish("news", 1, { conversation: "c-1" });
    await clock.settle();
    const records = await system.conversation("c-1");
    assert.ok(records.every(({ envelope }) => envelope.id === id));
    assert.deepEqual(
      records.map(({ mailbox, state, attempts }) => [mailbox, state, attempts.length]),
      [
        ["north", "done", 1],
        ["fails", "dead", 1],
        [system.address, "done", 1],
      ],
    );
  });

  test(`${name}: a thousand subscribers of all kinds get every event, once each`, async () => {
    const counts = new Map<number, number>();
    const keep = (at: number) => (): void => void counts.set(at, (counts.get(at) ?? 0) + 1);
    await using stage = await start();
    const { system, clock } = stage;
    for (let at = 0; at < 1000; at += 4) {
      await system.subscribe(Tide, keep(at));
      await system.subscribe("tide.>", keep(at + 1));
      await system.subscribe("tide.sea.turned", keep(at + 2), { durable: `d-${at}` });
      await system.spawn(agent(`a-${at}`, { on: {}, topics: [on(Tide, keep(at + 3))] }));
    }
    for (let at = 0; at < 3; at++) await system.publish(Tide.name("sea"), { height: at });
    await clock.settle();
    assert.equal(counts.size, 1000);
    assert.ok([...counts.values()].every((count) => count === 3));
    assert.equal((await system.stats()).delivery.acknowledged, 1500);
  });

  test(`${name}: an event of a contract goes by name to an agent that listens without a handler, and is checked against its own operation`, async () => {
    const heard: unknown[] = [];
    const Editor = contract("editor", { casts: { drafted: z.object({ words: z.number().min(2) }) } });
    const editor = agent(Editor, {
      on: { drafted: ({ words }) => void heard.push(words) },
      topics: ["writer.drafted"],
    });
    await using stage = await start({ agents: [editor] });
    const { system, clock } = stage;
    await system.publish(Writer, "drafted", { words: 2 });
    await system.publish(Writer, "drafted", { words: 1 });
    await system.publish("writer.drafted", { words: 3 });
    await clock.settle();
    assert.deepEqual(heard, [2]);
    const letters = await lettersOf(system);
    assert.deepEqual(
      letters.map(({ reason, error }) => [reason, error?.code]),
      [
        ["unreadable", "HERMOD_BAD_PAYLOAD"],
        ["unreadable", "HERMOD_NO_OPERATION"],
      ],
    );
  });
}

/** Fails a handler's first run. */
function fail(runs: readonly string[]): void {
  if (runs.filter((run) => run === "flaky").length !== 2) throw new Error("no ink");
}
