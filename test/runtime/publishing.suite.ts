/** Publishing: its options, interceptors, what a transaction does with it, and the numbers by which a loss is told. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { agent, memory, terminal, type Envelope, type OpenStore, type Publication } from "hermod";
import { Gate, caught, lettersOf, only, saidIn, sorted, type On } from "./stage.ts";
import { Tide, Writer, hearing, writing, type WriterContext } from "./topics.kit.ts";

const exactly = { delivery: "exactly-once" } as const;

/** A memory store that loses the copies that a test names, for the system itself. */
function losing(isLost: (envelope: Envelope) => boolean): OpenStore {
  return async (env) => {
    const store = await memory()(env);
    const append = store.append.bind(store);
    return Object.assign(store, {
      append: (envelope: Envelope, fresh?: boolean) =>
        isLost(envelope) ? { status: "stored" } : append(envelope, fresh),
    });
  };
}

function numberOf({ published }: { published: Publication | undefined }): number | undefined {
  return published?.number;
}

export function publishingSuite(name: string, start: On): void {
  test(`${name}: a publish carries its options to every subscriber [13]`, async () => {
    const seen: Envelope[] = [];
    const heard: unknown[] = [];
    await using stage = await start({ agents: [hearing("north", "news", heard)] });
    const { system, clock } = stage;
    await system.subscribe("news", (_, envelope) => void seen.push(envelope), { durable: "log" });
    await system.subscribe("news", (_, envelope) => void seen.push(envelope));
    const sent = await system.publish("news", "fish", {
      ...{ priority: "urgent", delivery: "exactly-once", retry: { retries: 1, base: 10, jitter: "none" } },
      ...{ orderKey: "o-1", conversation: "c-1", metadata: { tenant: "bay" }, timeout: "1h", key: "k-1" },
    });
    await clock.settle();
    assert.deepEqual(seen, [sent, sent]);
    assert.deepEqual(
      [sent.priority, sent.delivery, sent.orderKey, sent.conversationId, sent.metadata, sent.idempotencyKey],
      [4, "exactly-once", "o-1", "c-1", { tenant: "bay" }, "k-1"],
    );
    assert.deepEqual([sent.retry?.retries, (sent.deadline as number) - sent.sentAt], [1, 3_600_000]);
  });

  test(`${name}: higher priorities go first at a durable subscriber`, async () => {
    const heard: unknown[] = [];
    await using stage = await start();
    const { system, clock } = stage;
    const log = await system.subscribe("news", () => undefined, { durable: "log" });
    await log.close();
    for (const priority of ["low", "normal", "high", "urgent"] as const)
      await system.publish("news", priority, { priority });
    await system.subscribe("news", (event) => void heard.push(event), { durable: "log" });
    await clock.settle();
    assert.deepEqual(heard, ["urgent", "high", "normal", "low"]);
  });

  test(`${name}: the same key is published once, to whoever subscribed the first time [10] [46]`, async () => {
    const heard: unknown[] = [];
    await using stage = await start({ agents: [hearing("north", "news", heard)] });
    const { system, clock, spy } = stage;
    await system.subscribe("news", (event) => void heard.push(event));
    const first = await system.publish("news", 1, { key: "k" });
    const again = await system.publish("news", 1, { key: "k" });
    assert.equal(again.id, first.id);
    assert.equal((await caught(system.publish("news", 2, { key: "k" }))).code, "HERMOD_CONFLICT");
    await system.publish("other", 2, { key: "k" });
    await clock.settle();
    assert.deepEqual(heard, [1, 1]);
    assert.equal((await system.stats()).router.duplicates, 1);
    assert.equal(only(spy.of("message.duplicated")).id, first.id);
  });

  test(`${name}: at most once is never retried, and an event that is too old is a dead letter of who was late [44]`, async () => {
    let runs = 0;
    await using stage = await start();
    const { system, clock } = stage;
    const fail = () => (runs++, Promise.reject(new Error("no ink")));
    const log = await system.subscribe("news", fail, { durable: "log" });
    await system.publish("news", 1, { delivery: "at-most-once" });
    await clock.advance("1h");
    assert.equal(runs, 1);
    await log.close();
    await system.publish("news", 2, { timeout: "1s" });
    await clock.advance("2s");
    await system.subscribe("news", fail, { durable: "log" });
    await clock.settle();
    assert.equal(runs, 1);
    const reasons = (await lettersOf(system)).map(({ mailbox, reason }) => [mailbox, reason]);
    assert.deepEqual(reasons.at(-1), ["log", "expired"]);
  });

  test(`${name}: interceptors see a publish once, may change it, and may refuse it`, async () => {
    const heard: unknown[] = [];
    const seen: unknown[] = [];
    const outgoing = (envelope: Envelope) => {
      seen.push([envelope.verb, envelope.topic, envelope.to]);
      if (envelope.payload === "secret") throw new Error("no");
      return { payload: `${String(envelope.payload)}!` };
    };
    const interceptors = [{ name: "censor", outgoing }];
    await using stage = await start({ agents: [hearing("north", "news", heard)], interceptors });
    const { system, clock, spy } = stage;
    await system.subscribe("news", (event) => void heard.push(event));
    const sent = await system.publish("news", "fish");
    assert.equal(sent.payload, "fish!");
    assert.equal((await caught(system.publish("news", "secret"))).code, "HERMOD_INTERCEPTOR");
    await system.publish("news", "more");
    await clock.settle();
    assert.deepEqual(sorted(heard), ["fish!", "fish!", "more!", "more!"]);
    assert.deepEqual(
      seen,
      Array.from({ length: 3 }, () => ["publish", "news", undefined]),
    );
    assert.equal(only(spy.of("message.refused")).code, "HERMOD_INTERCEPTOR");
    assert.deepEqual(spy.of("event.missed"), []);
  });

  test(`${name}: incoming interceptors wrap what a durable subscriber and an agent do with an event`, async () => {
    const wrapped: unknown[] = [];
    const incoming = (envelope: Envelope, next: () => Promise<unknown>) => {
      wrapped.push(envelope.topic);
      return next();
    };
    await using stage = await start({
      agents: [hearing("north", "news", [])],
      interceptors: [{ name: "watch", incoming }],
    });
    const { system, clock } = stage;
    await system.subscribe("news", () => undefined, { durable: "log" });
    await system.publish("news", 1);
    await clock.settle();
    assert.deepEqual(wrapped, ["news", "news"]);
  });

  test(`${name}: every step of a publish is reported once`, async () => {
    await using stage = await start({ agents: [hearing("north", "news", [])] });
    const { system, clock, spy } = stage;
    await system.subscribe("news", () => undefined);
    const { id } = await system.publish("news", 1);
    await clock.settle();
    const steps = spy.all.map((report) =>
      "envelope" in report && report.envelope?.id === id
        ? [report.type, "mailbox" in report ? report.mailbox : undefined]
        : [],
    );
    assert.deepEqual(
      sorted(steps.filter((step) => step.length > 0)),
      sorted([
        ["message.sent", undefined],
        ["delivery.started", "north"],
        ["delivery.settled", "north"],
        ["delivery.settled", system.address],
      ]),
    );
  });

  test(`${name}: events are numbered per system and topic, from 1 and without gaps, whatever is refused between [11]`, async () => {
    const interceptors = [
      {
        name: "slow censor",
        outgoing: async ({ payload }: Envelope): Promise<undefined> => {
          await Promise.resolve();
          if (payload === "secret") throw new Error("no");
        },
      },
    ];
    const teller = agent("teller", { on: { notification: (text, ctx) => ctx.publish("news", text) } });
    await using stage = await start({ agents: [hearing("north", ">", []), teller], interceptors });
    const { system, clock } = stage;
    const first = await system.publish("news", 1, { key: "k" });
    assert.deepEqual(first.published, { by: system.address, number: 1 });
    await Promise.allSettled([system.publish("news", "secret"), system.publish("news", 1, { key: "k" })]);
    await caught(system.publish("news", 2, { key: "k" }));
    await system.cast("teller", "", 2);
    await clock.settle();
    const all = await Promise.all([3, 4].map((at) => system.publish("news", at)));
    assert.deepEqual([numberOf(await system.publish("other", 1)), ...all.map(numberOf)], [1, 3, 4]);
    const said = (await saidIn(system, "verb:publish topic:news")).map(({ envelope }) => envelope);
    assert.deepEqual(said.map(numberOf), [1, 2, 3, 4]);
    assert.equal((await system.cast("teller", "", 1)).published, undefined);
  });

  test(`${name}: another system, or the same one started again, numbers its events anew under an address of its own`, async () => {
    await using first = await start();
    await using second = await start({ seed: 2 });
    const one = await first.system.publish("news", 1);
    const other = await second.system.publish("news", 1);
    assert.deepEqual([numberOf(one), numberOf(other)], [1, 1]);
    assert.notEqual(one.published?.by, other.published?.by);
  });

  test(`${name}: what an exactly-once handler publishes is sent when the delivery succeeds, and not before [46] [C5]`, async () => {
    const heard: unknown[] = [];
    const gate = new Gate();
    const writer = writing(async (_, ctx) => {
      await ctx.publish("erased", "a");
      await ctx.publish(Tide.name("sea"), { height: 1 });
      await gate.passed;
    });
    await using stage = await start({ agents: [writer] });
    const { system, clock, spy } = stage;
    await system.subscribe(">", (event) => void heard.push(event));
    await system.cast(Writer, "write", "", exactly);
    await clock.settle();
    assert.deepEqual(heard, []);
    gate.open();
    await clock.settle();
    assert.deepEqual(heard, ["a", { height: 1 }]);
    assert.deepEqual(
      (await saidIn(system, "verb:publish")).map(({ envelope }) => numberOf(envelope)),
      [1, 1],
    );
    assert.deepEqual(spy.of("event.missed"), []);
  });

  test(`${name}: it is not sent at all when the delivery fails, and under the same id when it runs again [46]`, async () => {
    const ids: string[] = [];
    const seen: Envelope[] = [];
    const writer = writing(async (_, ctx) => {
      ids.push((await ctx.publish("erased", "a")).id);
      if (ids.length === 1) throw new Error("no ink");
    });
    await using stage = await start({ agents: [writer] });
    const { system, clock, spy } = stage;
    await system.subscribe(Writer, "erased", (_, envelope) => void seen.push(envelope));
    await system.publish(Writer, "erased", "before");
    await system.cast(Writer, "write", "", exactly);
    await clock.advance("1s");
    await system.publish(Writer, "erased", "after");
    await clock.settle();
    assert.deepEqual(
      seen.map(({ payload }) => payload),
      ["before", "a", "after"],
    );
    assert.equal(new Set(ids).size, 1);
    assert.equal(seen[1]?.id, ids[0]);
    assert.deepEqual(seen.map(numberOf), [1, 2, 3]);
    assert.deepEqual(spy.of("event.missed"), []);
  });

  test(`${name}: an event that is committed after later ones takes its number then, and no gap is seen`, async () => {
    const gate = new Gate();
    const seen: Envelope[] = [];
    const writer = writing(async (_, ctx) => {
      await ctx.publish("erased", "slow");
      await gate.passed;
    });
    await using stage = await start({ agents: [writer] });
    const { system, clock, spy } = stage;
    await system.subscribe(Writer, "erased", (_, envelope) => void seen.push(envelope));
    await system.cast(Writer, "write", "", exactly);
    await clock.settle();
    await system.publish(Writer, "erased", "quick");
    await system.publish(Writer, "erased", "quick");
    gate.open();
    await clock.settle();
    assert.deepEqual(
      seen.map(({ payload, published }) => [payload, published?.number]),
      [
        ["quick", 1],
        ["quick", 2],
        ["slow", 3],
      ],
    );
    assert.deepEqual(spy.of("event.missed"), []);
  });

  test(`${name}: a delivery that publishes to nobody succeeds: the event is a dead letter "no-subscriber" [C9]`, async () => {
    const heard: unknown[] = [];
    const writer = writing(async (_, ctx) => {
      await ctx.publish("erased", "to nobody");
      await ctx.publish("news.sea", "to somebody");
      await ctx.publish("drafted", { words: 1 });
    });
    await using stage = await start({ agents: [writer, hearing("north", "news.*", heard)] });
    const { system, clock } = stage;
    await system.cast(Writer, "write", "", exactly);
    await clock.settle();
    assert.deepEqual(heard, ["to somebody"]);
    assert.deepEqual(
      (await lettersOf(system)).map(({ reason, envelope }) => [reason, envelope.topic]),
      [
        ["no-subscriber", "writer.erased"],
        ["no-subscriber", "writer.drafted"],
      ],
    );
    const { acknowledged, failed, retried } = (await system.stats()).delivery;
    assert.deepEqual([acknowledged, failed, retried], [2, 0, 0]);
  });

  test(`${name}: what an interceptor refuses in a transaction is not sent with it, also where the handler goes on`, async () => {
    const heard: unknown[] = [];
    const refuse = ({ payload }: Envelope): void => {
      if (payload === "secret") throw new Error("no");
    };
    const ways = [refuse, async (envelope: Envelope) => (await Promise.resolve(), refuse(envelope))];
    for (const outgoing of ways) {
      const writer = writing(async (_, ctx) => {
        assert.equal((await caught(ctx.publish("erased", "secret"))).code, "HERMOD_INTERCEPTOR");
        await caught(ctx.cast("north", "", "secret"));
        await ctx.publish("erased", "fine");
      });
      await using stage = await start({
        agents: [writer, agent("north", { on: { notification: (event) => void heard.push(event) } })],
        interceptors: [{ name: "censor", outgoing }],
      });
      const { system, clock } = stage;
      await system.subscribe(">", (event) => void heard.push(event));
      await system.cast(Writer, "write", "", exactly);
      await clock.settle();
    }
    assert.deepEqual(heard, ["fine", "fine"]);
  });

  test(`${name}: what a handler publishes in a transaction without waiting is committed with it, as interceptors leave it`, async () => {
    const heard: unknown[] = [];
    const turn = () => new Promise<void>((go) => setImmediate(go));
    const outgoing = async ({ verb, payload }: Envelope) => {
      await turn();
      return verb === "publish" ? { payload: `${String(payload)}!` } : undefined;
    };
    const writer = writing((_, ctx) => {
      void ctx.publish("erased", "a");
      void ctx.publish("erased", "b");
    });
    await using stage = await start({ agents: [writer], interceptors: [{ name: "marks", outgoing }] });
    const { system, clock } = stage;
    await system.subscribe(Writer, "erased", (event) => void heard.push(event));
    await system.cast(Writer, "write", "", exactly);
    for (let at = 0; at < 10; at++) await turn();
    await clock.settle();
    assert.deepEqual(heard, ["a!", "b!"]);
  });

  test(`${name}: a publish that a handler makes outside a transaction stays sent when it fails`, async () => {
    const heard: unknown[] = [];
    const writer = writing(async (_, ctx: WriterContext) => {
      await ctx.publish("erased", "a");
      throw terminal(new Error("no ink"));
    });
    await using stage = await start({ agents: [writer] });
    const { system, clock } = stage;
    await system.subscribe(Writer, "erased", (event) => void heard.push(event));
    await system.cast(Writer, "write", "");
    await clock.settle();
    assert.deepEqual(heard, ["a"]);
    assert.equal(only(await lettersOf(system)).reason, "terminal");
  });

  test(`${name}: events that never came are reported by how many, when the next one comes [53]`, async () => {
    const heard: unknown[] = [];
    let lost: unknown[] = [];
    await using stage = await start({ store: losing(({ payload }) => lost.includes(payload)) });
    const { system, clock, spy } = stage;
    await system.subscribe("news.*", (event) => void heard.push(event));
    await system.subscribe(">", () => undefined);
    lost = [0, 3, 4, 6];
    for (let at = 0; at <= 7; at++) await system.publish("news.sea", at);
    await system.publish("news.bay", "other");
    await clock.settle();
    assert.deepEqual(heard, [1, 2, 5, 7, "other"]);
    assert.deepEqual(
      spy.of("event.missed").map(({ envelope, count }) => [envelope.payload, count]),
      [
        [5, 2],
        [7, 1],
      ],
    );
  });

  test(`${name}: what is published while nobody subscribes is not missed`, async () => {
    await using stage = await start({ agents: [hearing("north", "news", [])] });
    const { system, clock, spy } = stage;
    const publish = async (times: number): Promise<void> => {
      for (let at = 0; at < times; at++) await system.publish("news", at);
      await clock.settle();
    };
    const first = await system.subscribe("news", () => undefined);
    await publish(2);
    await first.close();
    await publish(3);
    await system.subscribe("*", () => undefined);
    await publish(2);
    assert.deepEqual(spy.of("event.missed"), []);
  });

  test(`${name}: an event whose transaction the store did not take has its number at the next try`, async () => {
    let failures = 1;
    const open: OpenStore = async (env) => {
      const store = await memory()(env);
      const settle = store.settle.bind(store);
      return Object.assign(store, {
        settle: (...given: Parameters<typeof settle>) => {
          if (given[2].length > 0 && failures-- > 0) throw new Error("disk full");
          return settle(...given);
        },
      });
    };
    const seen: Envelope[] = [];
    const writer = writing((_, ctx) => ctx.publish("erased", "a"));
    await using stage = await start({ agents: [writer], store: open });
    const { system, clock, spy } = stage;
    await system.subscribe(Writer, "erased", (_, envelope) => void seen.push(envelope));
    await system.publish(Writer, "erased", "before");
    await system.cast(Writer, "write", "", exactly);
    await clock.advance("1m");
    assert.deepEqual(seen.map(numberOf), [1, 2]);
    assert.equal(only(spy.of("store.failed")).step, "settle");
    assert.deepEqual(spy.of("event.missed"), []);
  });

  test(`${name}: an event that comes again or late, from the dead letters or by hand, is no gap`, async () => {
    const seen: Envelope[] = [];
    await using stage = await start();
    const { system, clock, spy } = stage;
    await system.publish("news", "early");
    await system.publish("news", "early");
    await system.subscribe("news", (_, envelope) => void seen.push(envelope));
    await system.publish("news", "now");
    await clock.settle();
    await system.deadLetters.redrive();
    await clock.settle();
    await system.send({ verb: "publish", topic: "news", payload: "by hand" });
    await system.send({ topic: "news", payload: "plain" });
    await system.publish("news", "last");
    await clock.settle();
    assert.deepEqual(seen.map(numberOf), [3, 1, 2, 4, undefined, 5]);
    assert.deepEqual(spy.of("event.missed"), []);
  });

  test(`${name}: numbers are kept for 10,000 topics: who begins anew is not taken for one that lost something`, async () => {
    await using stage = await start();
    const { system, clock, spy } = stage;
    await system.subscribe(">", () => undefined);
    for (let at = 0; at < 3; at++) await system.publish("first", at);
    for (let at = 0; at < 10_000; at++) await system.publish(`many.${at}`, at, { delivery: "at-most-once" });
    const again = await system.publish("first", 4);
    await clock.settle();
    assert.equal(numberOf(again), 1);
    assert.deepEqual(spy.of("event.missed"), []);
  });
}
