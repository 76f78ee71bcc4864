/** Routing: where messages go that name no recipient, by rules and by a router of the user's own. */
import assert from "node:assert/strict";
import {
  NoAgentError,
  agent,
  contract,
  memory,
  on as listen,
  pool,
  route,
  topic,
  type Address,
  type Destination,
  type Envelope,
  type OpenStore,
  type Query,
  type Router,
  type Store,
} from "hermod";
import * as z from "zod";
import { Gate, caught, lettersOf, only, saidIn, sorted, testOn, type On } from "./stage.ts";

/** An agent that keeps what it got, whatever its type; requests and tasks are answered with its name. */
function listener(name: string, heard: Envelope[]) {
  const keep = (_: unknown, { envelope }: { envelope: Envelope }): string => (heard.push(envelope), name);
  return agent(name, { on: { notification: keep, task: keep, request: keep, status: keep } });
}

/** Agents of these names, and what each heard. */
function listeners<const N extends string>(...names: N[]) {
  const heard = Object.fromEntries(names.map((name) => [name, [] as Envelope[]])) as Record<N, Envelope[]>;
  return { heard, agents: names.map((name) => listener(name, heard[name])) };
}

/** A router that gives the same answer to every message. */
function always(answer: () => unknown): Router {
  return { route: () => answer() as readonly Destination[] };
}

const to = (envelopes: readonly Envelope[]): unknown[] => envelopes.map((envelope) => envelope.to);

export function routerSuite(name: string, on: On): void {
  const test = testOn(name, on);
  test(`${name}: a message without recipient goes to the destinations of every route it fits, in their order and none twice [54] [56] [59] [C13]`, async () => {
    const { heard, agents } = listeners("a", "b", "c", "d");
    const routes = [
      route("type:task", ["c", "a"]),
      route("*", ["a", "b"]),
      route("type:request", "d"),
      route("type:task", "b"),
    ];
    await using stage = await on({ agents, routes });
    const { system, clock } = stage;
    const sent = await system.send({ type: "task", payload: "sound the depth" });
    await clock.settle();
    assert.equal(sent.to, undefined);
    assert.deepEqual([to(heard.a), to(heard.b), to(heard.c), to(heard.d)], [["a"], ["b"], ["c"], []]);
    const records = await saidIn(system, "type:task");
    assert.deepEqual(to(records.map(({ envelope }) => envelope)), ["c", "a", "b"]);
    assert.ok(records.every(({ envelope, state }) => envelope.id === sent.id && state === "done"));
  });

  test(`${name}: routes take all messages, types, senders, prefixes of senders and priorities [55]`, async () => {
    const { heard, agents } = listeners("all", "tasks", "writer", "research", "urgent", "tide");
    const routes = [
      route("*", "all"),
      route("type:task", "tasks"),
      route("sender:writer", "writer"),
      route("sender:research*", "research"),
      route("priority:urgent", "urgent"),
      route(["metadata.skill:tides", ({ operation }) => operation === "ebb"], "tide"),
    ];
    await using stage = await on({ agents, routes });
    const { system, clock } = stage;
    await system.send({ from: "writer", payload: 1 });
    await system.send({ from: "research.sea", type: "task", payload: 2 });
    await system.send({ from: "writers", priority: 4, payload: 3 });
    await system.send({ from: "pilot", metadata: { skill: "tides" }, payload: 4 });
    await system.send({ from: "pilot", operation: "ebb", payload: 5 });
    await clock.settle();
    const payloads = Object.values(heard).map((list) => sorted(list.map(({ payload }) => payload)));
    assert.deepEqual(payloads, [[1, 2, 3, 4, 5], [2], [1], [2], [3], [4, 5]]);
  });

  test(`${name}: a named recipient bypasses the routes and the router [59]`, async () => {
    const { heard, agents } = listeners("a", "b");
    let asked = 0;
    const router = always(() => (asked++, ["b"]));
    await using stage = await on({ agents, routes: [route("*", "b")], router });
    const { system, clock } = stage;
    await system.send({ to: "a" });
    await system.cast("a", "note", 1);
    assert.equal(await system.call("a", "who", 1), "a");
    await clock.settle();
    assert.deepEqual([heard.a.length, heard.b.length, asked], [3, 0, 0]);
    const unknown = await caught(system.cast("x", "note", 1));
    assert.equal(unknown.code, "HERMOD_NO_AGENT");
    assert.equal(asked, 0);
  });

  test(`${name}: a filter leaves its own route out, and a transform changes the copies of its route alone [57] [58] [(19)] [C13]`, async () => {
    const { heard, agents } = listeners("a", "b", "c");
    const routes = [
      route("*", ["a", "b"], { transform: () => ({ payload: "changed", metadata: { by: "first" } }) }),
      route("*", ["b", "c"], {
        filter: ({ payload }) => payload !== "secret",
        transform: ({ payload }) => ({ payload: `${String(payload)}!` }),
      }),
    ];
    await using stage = await on({ agents, routes });
    const { system, clock } = stage;
    const sent = await system.send({ payload: "plain", metadata: { own: true } });
    const secret = await system.send({ payload: "secret" });
    await clock.settle();
    assert.deepEqual([sent.payload, sent.metadata, secret.payload], ["plain", { own: true }, "secret"]);
    const payloads = Object.values(heard).map((list) => list.map(({ payload }) => payload));
    assert.deepEqual(payloads, [["changed", "changed"], ["changed", "changed"], ["plain!"]]);
    assert.deepEqual(heard.a[0]?.metadata, { by: "first" });
    assert.deepEqual(heard.c[0]?.metadata, { own: true });
  });

  test(`${name}: copies share the id of their message, and nothing else that one of them could change [(21)] [C13]`, async () => {
    const { heard, agents } = listeners("a", "b");
    await using stage = await on({ agents, routes: [route("*", ["a", "b"])] });
    const { system, clock, spy } = stage;
    const bytes = new Uint8Array([1, 2, 3]);
    const sent = await system.send({ payload: { bytes }, metadata: { depth: 3 } });
    await clock.settle();
    const [a, b] = [only(heard.a), only(heard.b)];
    assert.deepEqual([a.id, b.id], [sent.id, sent.id]);
    (a.payload as { bytes: Uint8Array }).bytes[0] = 9;
    assert.equal((b.payload as { bytes: Uint8Array }).bytes[0], 1);
    assert.throws(() => Object.assign(b.metadata, { depth: 4 }), TypeError);
    assert.deepEqual(
      spy.of("delivery.settled").map(({ envelope, mailbox }) => [envelope.id, mailbox]),
      [
        [sent.id, "a"],
        [sent.id, "b"],
      ],
    );
  });

  test(`${name}: each copy has its own fate: one is retried and dies under a name of its own, the other is done`, async () => {
    const { heard, agents } = listeners("well");
    const ill = agent("ill", {
      retry: { retries: 1, base: 0 },
      on: { notification: () => Promise.reject(new Error("no ink")) },
    });
    await using stage = await on({ agents: [...agents, ill], routes: [route("*", ["ill", "well"])] });
    const { system, clock } = stage;
    const sent = await system.send({ payload: 1 });
    await clock.advance("1s");
    only(heard.well);
    const letter = only(await lettersOf(system));
    assert.deepEqual([letter.mailbox, letter.reason, letter.attempts.length], ["ill", "exhausted", 2]);
    assert.deepEqual([letter.envelope.id, letter.envelope.to], [sent.id, "ill"]);
    assert.ok(letter.id.includes(sent.id) && letter.id.includes("ill"), letter.id);
    const { router, delivery } = await system.stats();
    assert.deepEqual([router.routed, delivery.acknowledged, delivery.dead], [2, 1, 1]);
  });

  test(`${name}: a message that no route takes is refused as NoAgent, and kept as a dead letter [(20)] [C9]`, async () => {
    const { agents } = listeners("a");
    await using stage = await on({ agents, routes: [route("type:task", "a")] });
    const { system, spy } = stage;
    const error = await caught(system.send({ payload: "anybody?" }));
    assert.ok(error instanceof NoAgentError);
    assert.match(error.message, /names no recipient and no route takes it/);
    const letter = only(await lettersOf(system));
    assert.deepEqual(
      [letter.reason, letter.mailbox, letter.envelope.payload],
      ["no-recipient", undefined, "anybody?"],
    );
    assert.equal(letter.error?.code, "HERMOD_NO_AGENT");
    const refused = only(spy.of("message.refused"));
    assert.deepEqual([refused.code, (await system.stats()).router.failed], ["HERMOD_NO_AGENT", 1]);
  });

  test(`${name}: an unknown destination keeps all copies out, and is named [C9]`, async () => {
    const { heard, agents } = listeners("a", "b");
    await using stage = await on({ agents, routes: [route("*", ["a", "nowhere", "b"])] });
    const { system, clock } = stage;
    const error = await caught(system.send({ payload: 1 }));
    assert.equal(error.code, "HERMOD_NO_AGENT");
    assert.equal(error.details["to"], "nowhere");
    await clock.settle();
    assert.deepEqual([heard.a, heard.b, await saidIn(system)], [[], [], []]);
    const { router } = await system.stats();
    assert.deepEqual([router.routed, router.failed], [0, 1]);
  });

  test(`${name}: a full destination keeps all copies out, and is named [C11]`, async () => {
    const gate = new Gate();
    const { heard, agents } = listeners("a");
    const slow = agent("slow", { capacity: 1, on: { notification: () => gate.passed } });
    await using stage = await on({ agents: [...agents, slow], routes: [route("*", ["a", "slow"])] });
    const { system, clock } = stage;
    for (let at = 0; at < 2; at++) await system.send({ payload: at }).then(() => clock.settle());
    const error = await caught(system.send({ payload: 2 }));
    assert.equal(error.code, "HERMOD_OVERLOADED");
    assert.equal(error.details["to"], "slow");
    await clock.settle();
    assert.equal(heard.a.length, 2);
    gate.open();
    await clock.settle();
    await system.send({ payload: 3 });
    await clock.settle();
    assert.deepEqual(
      heard.a.map(({ payload }) => payload),
      [0, 1, 3],
    );
  });

  test(`${name}: copies for agents that are not there yet are held on request, one alone and several alike [C9]`, async () => {
    const { heard, agents } = listeners("a", "late", "later");
    const routes = [route("type:task", "late"), route("type:notification", ["a", "late", "later"])];
    await using stage = await on({ agents: agents.slice(0, 1), routes });
    const { system, clock } = stage;
    await caught(system.send({ type: "task", payload: 0 }));
    await system.send({ type: "task", payload: 1 }, { hold: true });
    await system.send({ payload: 2 }, { hold: true });
    await clock.settle();
    assert.deepEqual(
      heard.a.map(({ payload }) => payload),
      [2],
    );
    for (const definition of agents.slice(1)) await system.spawn(definition);
    await clock.settle();
    assert.deepEqual(
      heard.late.map(({ payload }) => payload),
      [1, 2],
    );
    assert.deepEqual(
      heard.later.map(({ payload }) => payload),
      [2],
    );
  });

  test(`${name}: a repeat of an id or a key has no second effect at any destination, is counted, and gives the first id [10]`, async () => {
    const { heard, agents } = listeners("a", "b");
    const routes = [route("operation:one", "a"), route("operation:two", ["a", "b"])];
    await using stage = await on({ agents, routes });
    const { system, clock, spy } = stage;
    for (const operation of ["one", "two"]) {
      const first = await system.send({ operation, payload: 1, idempotencyKey: operation });
      const again = await system.send({ operation, payload: 1, idempotencyKey: operation });
      assert.equal(again.id, first.id, operation);
      assert.equal(again.to, undefined);
    }
    await clock.settle();
    assert.deepEqual([heard.a.length, heard.b.length], [2, 1]);
    assert.equal(spy.of("message.duplicated").length, 3);
    assert.equal((await system.stats()).router.duplicates, 3);
    assert.equal((await system.stats()).router.routed, 3);
  });

  test(`${name}: a published message goes to its subscribers and to the destinations of its routes, to nobody twice [17] [56]`, async () => {
    const heard: Record<string, unknown[]> = { both: [], routed: [], subscribed: [] };
    const keep = (who: string) => (_: unknown, ctx: { envelope: Envelope }) =>
      void heard[who]?.push([ctx.envelope.payload, ctx.envelope.to]);
    const agents = [
      agent("both", { topics: ["tide.*"], on: { notification: keep("both") } }),
      agent("routed", { on: { notification: keep("routed") } }),
      agent("subscribed", { topics: ["tide.*"], on: { notification: keep("subscribed") } }),
    ];
    const routes = [route("topic:tide.>", ["both", "routed"], { transform: () => ({ payload: "changed" }) })];
    await using stage = await on({ agents, routes });
    const { system, clock } = stage;
    const live: unknown[] = [];
    await system.subscribe("tide.>", (event) => void live.push(event));
    const sent = await system.publish("tide.turned", "plain");
    await clock.settle();
    assert.equal(sent.to, undefined);
    assert.deepEqual(heard, {
      both: [["plain", undefined]],
      routed: [["changed", "routed"]],
      subscribed: [["plain", undefined]],
    });
    assert.deepEqual(live, ["plain"]);
    const other = await system.publish("moon.rose", "nobody");
    assert.deepEqual(only(await lettersOf(system)).envelope.id, other.id);
  });

  test(`${name}: a published message that nobody subscribes to goes to the destinations of its routes`, async () => {
    const { heard, agents } = listeners("a", "b");
    await using stage = await on({ agents, routes: [route("topic:tide.*", ["a", "b"])] });
    const { system, clock } = stage;
    await system.publish("tide.turned", 1);
    await clock.settle();
    assert.deepEqual([only(heard.a).topic, only(heard.b).topic], ["tide.turned", "tide.turned"]);
    assert.deepEqual(await lettersOf(system), []);
  });

  test(`${name}: of more than a hundred subscribers none that is a destination too gets two copies [56]`, async () => {
    const count = 150;
    const heard: Address[] = [];
    const agents = Array.from({ length: count }, (_, at) =>
      agent(`box-${at}`, {
        topics: ["tide"],
        on: { notification: (_: unknown, ctx) => void heard.push(ctx.self) },
      }),
    );
    await using stage = await on({ agents, routes: [route("*", [`box-${count - 1}`, "box-0"])] });
    const { system, clock, spy } = stage;
    await system.publish("tide", 1);
    await clock.settle();
    assert.equal(heard.length, count);
    assert.equal(new Set(heard).size, count);
    assert.deepEqual(spy.of("message.duplicated"), []);
    assert.equal((await saidIn(system, "box-149")).length <= 1, true);
  });

  test(`${name}: a user's own router is asked after the routes, and chooses, changes and orders by itself [63] [64]`, async () => {
    const Clerk = contract("clerk", { casts: { note: z.string() } });
    const { heard, agents } = listeners("a", "b");
    const noted: Envelope[] = [];
    const clerk = agent(Clerk, { on: { note: (_, ctx) => void noted.push(ctx.envelope) } });
    const router: Router = {
      route: ({ payload }) => [{ to: Clerk, changes: { payload: `${String(payload)}, noted` } }, "a", "b"],
    };
    const routes = [route("*", "b", { transform: () => ({ payload: "ruled" }) })];
    await using stage = await on({ agents: [...agents, clerk], routes, router });
    const { system, clock } = stage;
    await system.send({ operation: "note", payload: "plain" });
    await clock.settle();
    assert.deepEqual(
      [only(heard.a).payload, only(heard.b).payload, only(noted).payload],
      ["plain", "ruled", "plain, noted"],
    );
    assert.deepEqual(to((await saidIn(system)).map(({ envelope }) => envelope)), ["b", "clerk", "a"]);
  });

  test(`${name}: a router may take its time, and messages wait each for its own answer [63]`, async () => {
    const { heard, agents } = listeners("a");
    const gates = [new Gate(), new Gate()];
    const router: Router = {
      route: ({ payload }) => gates[payload as number]?.passed.then(() => ["a"]) ?? [],
    };
    await using stage = await on({ agents, router });
    const { system, clock } = stage;
    const sent = [system.send({ payload: 0 }), system.send({ payload: 1 })];
    await clock.advance("9s");
    gates[1]?.open();
    await sent[1];
    gates[0]?.open();
    await Promise.all(sent);
    await clock.advance("1m");
    assert.deepEqual(
      heard.a.map(({ payload }) => payload),
      [1, 0],
    );
    assert.equal(clock.waiting, 0);
  });

  test(`${name}: a router that does not answer in 10 s is given up: nothing is sent, then or later [63]`, async () => {
    const { heard, agents } = listeners("a");
    const gate = new Gate();
    await using stage = await on({ agents, router: { route: () => gate.passed.then(() => ["a"]) } });
    const { system, clock } = stage;
    const failed = caught(system.send({ payload: 1 }));
    let over = false;
    void failed.then(() => (over = true));
    await clock.advance(9999);
    assert.equal(over, false);
    await clock.advance(1);
    const error = await failed;
    assert.equal(error.code, "HERMOD_ROUTER");
    assert.match(error.message, /^the router did not answer in 10 s$/);
    gate.open();
    await clock.settle();
    assert.deepEqual([heard.a, await saidIn(system), clock.waiting], [[], [], 0]);
  });

  test(`${name}: what a router, filter or transform throws or gives wrongly refuses the send and names it [63]`, async () => {
    const { heard, agents } = listeners("a");
    let answer: () => unknown = () => [];
    const routes = [
      route("type:task", "a", { filter: () => "yes" as never }),
      route("type:status", "a", { transform: () => Promise.resolve({}) as never }),
      route("type:request", "a", { transform: () => ({ to: "b" }) as never }),
    ];
    await using stage = await on({ agents, routes, router: always(() => answer()) });
    const { system, clock } = stage;
    const wrong: [() => unknown, RegExp][] = [
      [
        () => {
          throw new Error("no map");
        },
        /^the router threw: no map/,
      ],
      [() => Promise.reject(new Error("no map")), /^the router threw: no map/],
      [() => undefined, /^the router gave what is no list of destinations/],
      [() => "a", /^the router gave what is no list of destinations/],
      [() => ["a", 5], /destination 2 .*5/],
      [
        () => [{ to: "a", changes: { to: "b" } }],
        /the router's destination 1 \(a\) gave changes that are refused/,
      ],
      [() => [{ for: "a" }], /destination 1 has no option "for"/],
      [() => ["a b"], /destination 1/],
      [() => [() => "a"], /destination 1/],
      [() => Promise.resolve(["~"]), /destination 1/],
    ];
    for (const [give, message] of wrong) {
      answer = give;
      const error = await caught(system.send({ payload: 1 }));
      assert.equal(error.code, "HERMOD_ROUTER");
      assert.match(error.message, message);
    }
    answer = () => [];
    for (const [type, message] of [
      ["task", /^route 1 \(type:task\) filter must give true or false, gave "yes"/],
      ["status", /^route 2 \(type:status\) transform must give its changes at once/],
      ["request", /^route 3 \(type:request\) transform gave changes that are refused/],
    ] as const) {
      const error = await caught(system.send({ type, payload: 1 }));
      assert.equal(error.code, "HERMOD_ROUTER");
      assert.match(error.message, message);
    }
    await clock.settle();
    assert.deepEqual([heard.a, await saidIn(system), clock.waiting], [[], [], 0]);
  });

  test(`${name}: a router is told of agents and pools when they come and go, and what it throws is reported [63]`, async () => {
    const told: string[] = [];
    const router: Router = {
      route: () => [],
      register: (who) => void told.push(`+${who}`),
      unregister: (who) => {
        told.push(`-${who}`);
        throw new Error("no map");
      },
    };
    const { agents } = listeners("a", "b");
    const critics = pool(listener("critic", []), { size: 2 });
    await using stage = await on({ agents: [agents[0] as never, critics], router });
    const { system, clock, spy } = stage;
    const b = await system.spawn(agents[1] as never);
    assert.deepEqual(told, ["+a", "+critic", "+b"]);
    await (b as { stop(): Promise<void> }).stop();
    await system.pool("critic").resize(3);
    await system.pool("critic").stop();
    await clock.settle();
    assert.deepEqual(told, ["+a", "+critic", "+b", "-b", "-critic"]);
    assert.deepEqual(
      spy.of("listener.failed").map(({ listener: who }) => who),
      ["router.unregister", "router.unregister"],
    );
  });

  test(`${name}: what never started is neither registered nor unregistered at the router [63]`, async () => {
    const told: string[] = [];
    const router: Router = {
      route: () => [],
      register: (who) => void told.push(`+${who}`),
      unregister: (who) => void told.push(`-${who}`),
    };
    await using stage = await on({ router });
    const { system } = stage;
    const fails = (who: string) => agent(who, { init: () => Promise.reject(new Error("no ink")), on: {} });
    await caught(system.spawn(fails("alone")));
    await caught(system.spawn(pool(fails("critic"), { size: 2 })));
    assert.deepEqual(told, []);
    assert.deepEqual(system.agents(), []);
  });

  test(`${name}: a request by hand that is routed to two is answered by both, each under its own name [21] [C2]`, async () => {
    const { agents } = listeners("a", "b");
    const answers: Envelope[] = [];
    const asker = agent("asker", { on: { response: (_, ctx) => void answers.push(ctx.envelope) } });
    await using stage = await on({ agents: [...agents, asker], routes: [route("type:request", ["a", "b"])] });
    const { system, clock } = stage;
    const sent = await system.send({ type: "request", from: "asker", payload: "who?" });
    await clock.settle();
    assert.deepEqual(
      answers.map(({ from, inReplyTo, correlationId, payload }) => [from, inReplyTo, correlationId, payload]),
      [
        ["a", sent.id, sent.id, "a"],
        ["b", sent.id, sent.id, "b"],
      ],
    );
  });

  test(`${name}: outgoing interceptors run once, before the router, which sees what they left [63]`, async () => {
    const { heard, agents } = listeners("a", "b");
    const seen: string[] = [];
    const interceptors = [
      {
        name: "stamp",
        outgoing: (envelope: Envelope) => {
          seen.push(`intercepted ${String(envelope.to)}`);
          return { metadata: { stamped: true } };
        },
      },
    ];
    const router: Router = {
      route: ({ metadata }) => (seen.push(`routed ${String(metadata["stamped"])}`), ["a", "b"]),
    };
    await using stage = await on({ agents, router, interceptors });
    const { system, clock } = stage;
    await system.send({ payload: 1 });
    await clock.settle();
    assert.deepEqual(seen, ["intercepted undefined", "routed true"]);
    assert.deepEqual(
      [only(heard.a).metadata, only(heard.b).metadata],
      [{ stamped: true }, { stamped: true }],
    );
  });

  test(`${name}: what an exactly-once handler publishes is routed and committed with its message, once however often it runs [46] [C5]`, async () => {
    const { heard, agents } = listeners("a", "b");
    let runs = 0;
    const teller = agent("teller", {
      retry: { retries: 2, base: 0 },
      on: {
        notification: async (_, ctx) => {
          await ctx.publish("tide.turned", "high water");
          if (++runs < 3) throw new Error("no ink");
        },
      },
    });
    await using stage = await on({
      agents: [...agents, teller],
      routes: [route("topic:tide.*", ["a", "b"])],
    });
    const { system, clock } = stage;
    await system.cast("teller", "", 1, { delivery: "exactly-once" });
    await clock.advance("1s");
    assert.equal(runs, 3);
    assert.deepEqual([to(heard.a), to(heard.b)], [["a"], ["b"]]);
    assert.equal(only(heard.a).id, only(heard.b).id);
    assert.deepEqual(await lettersOf(system), []);
  });

  test(`${name}: a publish that the router refused is not committed by an exactly-once handler that goes on [46] [63]`, async () => {
    const { agents } = listeners("a");
    const events: unknown[] = [];
    const teller = agent("teller", {
      on: {
        notification: async (_, ctx) => {
          const error = await caught(ctx.publish("tide.turned", "high water"));
          events.push(error.code);
        },
      },
    });
    const router = always(() => {
      throw new Error("no map");
    });
    await using stage = await on({ agents: [...agents, teller], router });
    const { system, clock } = stage;
    await system.subscribe("tide.*", (event) => void events.push(event));
    await system.cast("teller", "", 1, { delivery: "exactly-once" });
    await clock.settle();
    assert.deepEqual(events, ["HERMOD_ROUTER"]);
    assert.deepEqual(await saidIn(system, "verb:publish"), []);
    assert.deepEqual(await lettersOf(system), []);
  });

  test(`${name}: a send that waits for its router when the system closes ends with HERMOD_CLOSED [63]`, async () => {
    const stage = await on({ router: { route: () => new Promise<never>(() => undefined) } });
    const { system, clock } = stage;
    const waits = caught(system.send({ payload: 1 }));
    await clock.settle();
    await stage[Symbol.asyncDispose]();
    assert.equal((await waits).code, "HERMOD_CLOSED");
    assert.equal(clock.waiting, 0);
    assert.equal((await caught(system.send({ payload: 2 }))).code, "HERMOD_CLOSED");
  });

  test(`${name}: a thousand routes and a thousand messages reach each its own [56]`, async () => {
    const count = 1000;
    const { heard, agents } = listeners(...Array.from({ length: 10 }, (_, at) => `box-${at}`));
    const routes = Array.from({ length: count }, (_, at) => route(`operation:op-${at}`, `box-${at % 10}`));
    await using stage = await on({ agents, routes });
    const { system, clock } = stage;
    for (let at = 0; at < count; at++) await system.send({ operation: `op-${at}`, payload: at });
    await clock.settle();
    for (const [at, list] of Object.values(heard).entries())
      assert.deepEqual(
        list.map(({ payload }) => payload),
        Array.from({ length: 100 }, (_, n) => n * 10 + at),
      );
  });

  test(`${name}: any agent reaches any other: five of them, all to all, are twenty deliveries [60]`, async () => {
    const names = ["a", "b", "c", "d", "e"];
    const heard: string[] = [];
    const agents = names.map((who) =>
      agent(who, {
        on: {
          task: async (_, ctx) => {
            for (const other of names) if (other !== who) await ctx.cast(other, "", 1);
          },
          notification: (_, { envelope }) => void heard.push(`${envelope.from}→${envelope.to}`),
        },
      }),
    );
    await using stage = await on({ agents, routes: [route("type:task", names)] });
    const { system, clock } = stage;
    await system.send({ type: "task", from: "a" });
    await clock.settle();
    assert.equal(heard.length, 20);
    assert.equal(new Set(heard).size, 20);
  });

  test(`${name}: a published message whose subscribers leave while it is sent still goes to its routes`, async () => {
    const { heard, agents } = listeners("a", "b");
    const store: OpenStore = async (env) => {
      const inner = await memory()(env);
      const read = ((query: Query) => {
        const answer = inner.read(query);
        if (query.type === "bindings" && query.topic === "tide") void inner.unbind("tide", "late" as Address);
        return answer;
      }) as Store["read"];
      return new Proxy(inner, {
        get: (target, key) => {
          const value: unknown = key === "read" ? read : Reflect.get(target, key);
          return typeof value === "function" ? (value.bind(target) as unknown) : value;
        },
      });
    };
    const late = agent("late", { topics: ["tide"], on: {} });
    await using stage = await on({ store, agents: [...agents, late], routes: [route("*", ["a", "b"])] });
    const { system, clock } = stage;
    await system.publish("tide", "turned");
    await clock.settle();
    assert.deepEqual([only(heard.a).payload, only(heard.b).payload], ["turned", "turned"]);
    assert.deepEqual(await lettersOf(system), []);
  });

  test(`${name}: a published request has no routes: one subscriber answers, and nobody else hears of it [21]`, async () => {
    const { heard, agents } = listeners("a");
    const Ask = topic("tide.ask", { in: z.string(), out: z.string() });
    const pilot = agent("pilot", { topics: [listen(Ask, () => "high")], on: {} });
    await using stage = await on({ agents: [...agents, pilot], routes: [route("*", "a")] });
    const { system } = stage;
    assert.equal(await system.call(Ask, "when?"), "high");
    assert.deepEqual(heard.a, []);
  });
}
