import assert from "node:assert/strict";
import { test } from "node:test";
import * as z from "zod";
import type { Destination, Router } from "../agent/router.ts";
import { route, type Route } from "../agent/route.ts";
import { toAddress } from "../core/address.ts";
import { Amender } from "../core/changes.ts";
import { Copier } from "../core/codec.ts";
import { contract } from "../core/contract.ts";
import type { Envelope } from "../core/envelope.ts";
import { HermodError } from "../core/errors.ts";
import { sample, thrownBy } from "../core/samples.test.kit.ts";
import { Spy } from "../testing/spy.ts";
import { testClock } from "../testing/clock.ts";
import { Reports } from "./reports.ts";
import { Routing } from "./routing.ts";
import { Timers } from "./timers.ts";

const Critic = contract("critic", { casts: { note: z.string() } });
const envelope = sample({ id: "m7", type: "task", to: undefined, payload: Object.freeze({ text: "sea" }) });

function stage(routes: readonly Route[], router?: Router) {
  const clock = testClock();
  const spy = new Spy();
  const reports = new Reports();
  reports.add(spy.listen);
  const amender = new Amender(new Copier({ size: 100, depth: 8, keys: 10 }), new Copier());
  const timers = new Timers(clock);
  return { clock, spy, routing: new Routing({ routes, router, timers, amender, reports }) };
}

/** A router that answers so, whatever is asked. */
const gives = (answer: unknown): Router => ({ route: () => answer as readonly Destination[] });

function copiesOf(routes: readonly Route[], answer?: unknown): readonly Envelope[] {
  const { routing } = stage(routes, answer === undefined ? undefined : gives(answer));
  return routing.destinations(envelope) as readonly Envelope[];
}

async function refusal(asked: unknown): Promise<HermodError> {
  const error: unknown = await Promise.resolve(asked).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof HermodError, `no coded error: ${String(error)}`);
  return error;
}

test("each destination gets a copy under the same id, addressed to it, and the message stays as it is", () => {
  const copies = copiesOf([route("*", ["b", Critic])]);
  assert.deepEqual(copies, [
    { ...envelope, to: "b" },
    { ...envelope, to: "critic" },
  ]);
  assert.ok(copies.every((copy) => Object.isFrozen(copy)));
  assert.equal(envelope.to, undefined);
});

test("without routes or router, or when none takes the message, there is no copy", () => {
  assert.deepEqual(copiesOf([]), []);
  assert.deepEqual(copiesOf([route("type:status", "a")], []), []);
});

test("destinations of the rules come first, then those of the router, none twice", () => {
  const copies = copiesOf(
    [route("*", ["b", "a"], { transform: () => ({ priority: 4 }) })],
    ["c", { to: "a", changes: { priority: 1 } }, Critic, { to: Critic }, toAddress("c"), "d"],
  );
  assert.deepEqual(
    copies.map(({ to, priority }) => [to, priority]),
    [
      ["b", 4],
      ["a", 4],
      ["c", 2],
      ["critic", 2],
      ["d", 2],
    ],
  );
});

test("changes are applied to the copies of their own route or destination alone", () => {
  const copies = copiesOf(
    [
      route("*", "a"),
      route("*", ["b"], { transform: ({ payload }) => ({ payload: [payload], metadata: { by: "b" } }) }),
    ],
    [
      { to: "c", changes: { orderKey: "k" } },
      { to: "d", changes: undefined },
    ],
  );
  const [a, b, c, d] = copies;
  assert.deepEqual(a, { ...envelope, to: "a" });
  assert.deepEqual(b, {
    ...envelope,
    to: "b",
    payload: [envelope.payload],
    metadata: { by: "b" },
    size: b?.size,
  });
  assert.notEqual(b?.size, envelope.size);
  assert.deepEqual(c, { ...envelope, to: "c", orderKey: "k" });
  assert.deepEqual(d, { ...envelope, to: "d" });
});

test("copies share no changed contents with one another or with what the transform returned", () => {
  const changes = { payload: { bytes: new Uint8Array([1]) }, metadata: { bytes: new Uint8Array([1]) } };
  const [a, b] = copiesOf([route("*", ["a", "b"], { transform: () => changes })]) as [Envelope, Envelope];
  for (const part of ["payload", "metadata"] as const) {
    const [first, second] = [a[part], b[part]] as [{ bytes: Uint8Array }, { bytes: Uint8Array }];
    first.bytes[0] = 9;
    assert.deepEqual([second.bytes[0], changes[part].bytes[0]], [1, 1]);
    assert.ok(Object.isFrozen(first) && Object.isFrozen(second));
  }
});

test("a transform's changes that are refused are HERMOD_ROUTER, name the route, and have what is wrong as their cause", () => {
  // oxfmt-ignore
  const wrong: readonly (readonly [unknown, string, RegExp])[] = [
    [{ to: "b" }, "HERMOD_BAD_OPTION", /has no option "to"/], ["text", "HERMOD_BAD_OPTION", /must be an object/],
    [{ priority: 7 }, "HERMOD_BAD_OPTION", /priority/], [{ payload: () => 1 }, "HERMOD_BAD_PAYLOAD", /function/],
    [{ payload: "x".repeat(101) }, "HERMOD_TOO_LARGE", /size/],
  ];
  for (const [changes, code, message] of wrong) {
    const routes = [route("*", "a"), route("type:task", "b", { transform: () => changes as never })];
    const error = thrownBy(() => copiesOf(routes));
    assert.equal(error.code, "HERMOD_ROUTER");
    assert.match(error.message, /^route 2 \(type:task\) transform gave changes that are refused: /);
    assert.match(error.message, message);
    assert.equal((error.cause as HermodError).code, code);
  }
});

test("what a router gives besides a list of destinations is HERMOD_ROUTER with what is wrong as its cause", async () => {
  // oxfmt-ignore
  const wrong: readonly (readonly [unknown, RegExp])[] = [
    [null, /destinations must be a list, got null/], ["a", /must be a list/], [{}, /must be a list/], [new Set(["a"]), /must be a list/],
    [["a", 5], /destination 2 5 is not a valid name/], [["a b"], /destination 1 "a b"/], [[undefined], /destination 1/],
    [Array(1), /destination 1/], [[["a"]], /destination 1/], [["~system"], /destination 1/], [["a.*"], /destination 1/],
    [[{ to: "a", changes: {}, filter: 1 }], /destination 1 has no option "filter"/], [[{}], /destination 1 undefined/],
    [[{ to: "a", changes: { to: "b" } }], /^the router's destination 1 \(a\) gave changes that are refused: .*"to"/],
    [[{ get to(): never { throw new Error("trap"); } }], /trap/],
  ];
  for (const [answer, message] of wrong) {
    for (const given of [answer, Promise.resolve(answer)]) {
      const { routing } = stage([], gives(given));
      const error = await refusal((async () => routing.destinations(envelope))());
      assert.equal(error.code, "HERMOD_ROUTER");
      assert.match(error.message, /^the router/);
      assert.match(error.message, message);
      assert.ok(error.cause instanceof Error);
    }
  }
});

test("a router that answers nothing at all is refused", () => {
  const { routing } = stage([], gives(undefined));
  assert.equal(thrownBy(() => routing.destinations(envelope)).code, "HERMOD_ROUTER");
});

test("what a router throws or rejects with is HERMOD_ROUTER with its cause", async () => {
  const oops = new Error("oops");
  const throwing: Router = {
    route: () => {
      throw oops;
    },
  };
  const rejecting: Router = { route: () => Promise.reject(oops) };
  for (const router of [throwing, rejecting]) {
    const error = await refusal((async () => stage([], router).routing.destinations(envelope))());
    assert.deepEqual(
      [error.code, error.message, error.cause],
      ["HERMOD_ROUTER", "the router threw: oops", oops],
    );
  }
});

test("a failing rule is told before the router is asked", () => {
  const asked: Envelope[] = [];
  const router: Router = { route: (given) => (asked.push(given), []) };
  const { routing } = stage(
    [
      route(() => {
        throw new Error("oops");
      }, "a"),
    ],
    router,
  );
  assert.match(thrownBy(() => routing.destinations(envelope)).message, /^route 1/);
  assert.deepEqual(asked, []);
});

test("a router may take its time, and is called as the method it is", async () => {
  class Slow implements Router {
    readonly #to = "slow";
    async route({ id }: Envelope): Promise<readonly Destination[]> {
      return [this.#to, id];
    }
  }
  const { routing, clock } = stage([route("*", "fast")], new Slow());
  const copies = await routing.destinations(envelope);
  assert.deepEqual(
    copies.map(({ to }) => to),
    ["fast", "slow", "m7"],
  );
  await clock.settle();
  assert.equal(clock.waiting, 0);
});

test("a router that does not answer in 10 s is HERMOD_ROUTER; one that answers just before is heard", async () => {
  const { promise, resolve } = Promise.withResolvers<readonly Destination[]>();
  const { routing, clock } = stage([], {
    route: (given) => (given.id === "m7" ? promise : new Promise(() => undefined)),
  });
  const heard = routing.destinations(envelope);
  const silent = refusal(routing.destinations(sample({ id: "m8" })));
  await clock.advance(9_999);
  resolve(["a"]);
  assert.deepEqual(
    (await heard).map(({ to }) => to),
    ["a"],
  );
  await clock.advance(1);
  const error = await silent;
  assert.deepEqual([error.code, error.message], ["HERMOD_ROUTER", "the router did not answer in 10 s"]);
  await clock.settle();
  assert.equal(clock.waiting, 0);
});

test("an answer that comes too late, or a rejection, is heard by nobody and harms nothing", async () => {
  for (const end of ["resolve", "reject"] as const) {
    const late = Promise.withResolvers<readonly Destination[]>();
    const { routing, clock } = stage([], { route: () => late.promise });
    const error = refusal(routing.destinations(envelope));
    await clock.advance("10s");
    assert.equal((await error).code, "HERMOD_ROUTER");
    if (end === "resolve") late.resolve(["a"]);
    else late.reject(new Error("late"));
    await clock.settle();
  }
});

test("whoever waits for the router at the close gets HERMOD_CLOSED", async () => {
  const { routing, clock } = stage([], { route: () => new Promise(() => undefined) });
  const waiting = [refusal(routing.destinations(envelope)), refusal(routing.destinations(envelope))];
  routing.close();
  assert.deepEqual(
    (await Promise.all(waiting)).map(({ code }) => code),
    ["HERMOD_CLOSED", "HERMOD_CLOSED"],
  );
  await clock.settle();
  assert.equal(clock.waiting, 0);
});

test("a router is told of agents, and what it throws or rejects with is reported and contained", async () => {
  const told: string[] = [];
  const router: Router = {
    route: () => [],
    register: (agent) => void told.push(`+${agent}`),
    unregister: (agent) => void told.push(`-${agent}`),
  };
  const good = stage([], router);
  good.routing.register(toAddress("writer"));
  good.routing.unregister(toAddress("writer"));
  assert.deepEqual([told, good.spy.all], [["+writer", "-writer"], []]);
  const bad = stage([], {
    route: () => [],
    register: () => {
      throw new Error("full");
    },
    unregister: (() => Promise.reject(new Error("lost"))) as never,
  });
  bad.routing.register(toAddress("writer"));
  bad.routing.unregister(toAddress("writer"));
  await bad.clock.settle();
  assert.deepEqual(
    bad.spy.of("listener.failed").map(({ listener, error }) => [listener, (error as Error).message]),
    [
      ["router.register", "full"],
      ["router.unregister", "lost"],
    ],
  );
});

test("a router that does not care for agents, or none, is told nothing", () => {
  for (const router of [undefined, gives([])]) {
    const { routing, spy } = stage([], router);
    routing.register(toAddress("writer"));
    routing.unregister(toAddress("writer"));
    assert.deepEqual(spy.all, []);
  }
});

test("what is no route or no router is refused at once", () => {
  for (const routes of [[5], 5, [{}]])
    assert.equal(thrownBy(() => stage(routes as never)).code, "HERMOD_BAD_OPTION");
  for (const router of [null, 5, {}, { route: 1 }, { route: () => [], register: 1 }])
    assert.equal(thrownBy(() => stage([], router as never)).code, "HERMOD_BAD_OPTION");
});
