import assert from "node:assert/strict";
import { test } from "node:test";
import type { HermodError } from "../core/errors.ts";
import { sample, thrownBy } from "../core/samples.test.kit.ts";
import { RuleRouter, toRouter, type Router } from "./router.ts";
import { route, type Route, type When } from "./route.ts";

const task = sample({ type: "task", to: undefined });

function routed(routes: readonly Route[], envelope = task) {
  return new RuleRouter(routes).route(envelope).map(({ to, changes }) => [to, changes]);
}

function names(routes: readonly Route[], envelope = task) {
  return routed(routes, envelope).map(([to]) => to);
}

test("destinations come in the order of the routes, then in the order in which each names them", () => {
  const routes = [
    route("type:task", ["z", "a"]),
    route("type:status", "never"),
    route("*", ["m", "b", "a", "y"]),
    route("verb:cast", "k"),
  ];
  assert.deepEqual(names(routes), ["z", "a", "m", "b", "y", "k"]);
  assert.deepEqual(names([...routes].reverse()), ["k", "m", "b", "a", "y", "z"]);
});

test("several routes of one pattern all count", () => {
  assert.deepEqual(names([route("type:task", "a"), route("type:task", "b"), route("type:task", "a")]), [
    "a",
    "b",
  ]);
});

test("any condition of a route is enough, and none gives no destination", () => {
  const either = [route(["type:status", () => true], "a"), route([() => false, "type:task"], "b")];
  assert.deepEqual(names(either), ["a", "b"]);
  assert.deepEqual(names([route(["type:status", () => false], "a")]), []);
  assert.deepEqual(names([]), []);
});

test("conditions behind one that holds are not asked", () => {
  let asked = 0;
  names([route(["type:task", () => ++asked > 0], "a")]);
  assert.equal(asked, 0);
});

test("a filter drops its own route's destinations, for this message only", () => {
  const rich = route("*", ["a", "b"], { filter: ({ metadata }) => metadata["rich"] === true });
  const routes = [rich, route("*", ["c", "b"])];
  assert.deepEqual(names(routes, sample({ metadata: { rich: false } })), ["c", "b"]);
  assert.deepEqual(names(routes, sample({ metadata: { rich: true } })), ["a", "b", "c"]);
});

test("a filter is asked only for what fits, and a transform only for what the filter lets through", () => {
  const asked: string[] = [];
  const options = (name: string, lets: boolean) => ({
    filter: () => (asked.push(`${name} filter`), lets),
    transform: () => void asked.push(`${name} transform`) as undefined,
  });
  const routes = [
    route("type:status", "a", options("a", true)),
    route("*", "b", options("b", false)),
    route("*", "c", options("c", true)),
  ];
  assert.deepEqual(names(routes), ["c"]);
  assert.deepEqual(asked, ["b filter", "c filter", "c transform"]);
});

test("a transform changes the copies of its own route, called once for all of them", () => {
  let calls = 0;
  const changes = { payload: "translated" };
  const routes = [
    route("*", "a"),
    route("*", ["b", "c"], { transform: () => (calls++, changes) }),
    route("*", "d", { transform: () => undefined }),
  ];
  assert.deepEqual(routed(routes), [
    ["a", undefined],
    ["b", changes],
    ["c", changes],
    ["d", undefined],
  ]);
  assert.equal(calls, 1);
});

test("the first route that names a destination has it, with its transform or without", () => {
  const loud = { transform: () => ({ priority: 4 }) as const };
  const plainFirst = [route("*", "a"), route("*", ["a", "b"], loud)];
  assert.deepEqual(routed(plainFirst), [
    ["a", undefined],
    ["b", { priority: 4 }],
  ]);
  assert.deepEqual(routed([...plainFirst].reverse()), [
    ["a", { priority: 4 }],
    ["b", { priority: 4 }],
  ]);
});

test("a transform without copies left is not called", () => {
  const boom = (): never => assert.fail("called");
  assert.deepEqual(names([route("*", ["a", "b"]), route("*", ["b", "a"], { transform: boom })]), ["a", "b"]);
});

const oops = (): never => {
  throw new Error("oops");
};
const promised = (): never => Promise.reject(new Error("late")) as never;
// oxlint-disable-next-line unicorn/no-thenable -- a query builder of a database is one
const AWAITED = "then";
const builder = { [AWAITED]: (_: unknown, no: (error: Error) => void) => no(new Error("late")) };
const thenable = (): never => builder as never;
const weird = Object.defineProperty({}, AWAITED, { get: oops });

// oxfmt-ignore
const failing: readonly (readonly [string, Route, RegExp, boolean])[] = [
  ["a predicate that throws", route(oops, "a"), /^route 2 \(predicate oops\) predicate oops threw: oops$/, true],
  ["a nameless predicate that throws", route(["type:status", () => oops()], "a"), /^route 2 \(type:status or a predicate\) a predicate threw: oops$/, true],
  ["a predicate that gives a promise", route(promised, "a"), /predicate promised must give true or false, gave a promise$/, false],
  ["a predicate that gives a thenable", route(thenable, "a"), /must give true or false, gave a promise$/, false],
  ["a predicate that gives something that throws when looked at", route(() => weird as never, "a"), /a predicate threw: oops$/, true],
  ["a predicate that gives nothing", route((() => undefined) as never, "a"), /must give true or false, gave undefined$/, false],
  ["a predicate that gives a number", route((() => 1) as never, "a"), /gave 1$/, false],
  ["a filter that throws", route("*", "a", { filter: oops }), /^route 2 \(\*\) filter threw: oops$/, true],
  ["a filter that gives a promise", route("*", "a", { filter: promised }), /^route 2 \(\*\) filter must give true or false, gave a promise$/, false],
  ["a filter that gives null", route("*", "a", { filter: (() => null) as never }), /filter must give true or false, gave null$/, false],
  ["a transform that throws", route("type:task", "a", { transform: oops }), /^route 2 \(type:task\) transform threw: oops$/, true],
  ["a transform that gives a promise", route("*", "a", { transform: promised }), /^route 2 \(\*\) transform must give its changes at once, gave a promise$/, false],
];

for (const [what, bad, message, caused] of failing) {
  test(`${what} is HERMOD_ROUTER, names the route and ends no process`, async () => {
    const error = thrownBy(() => names([route("*", "first"), bad]));
    assert.equal(error.code, "HERMOD_ROUTER");
    assert.match(error.message, message);
    assert.equal((error.cause as Error | undefined)?.message, caused ? "oops" : undefined);
    assert.deepEqual([error.category, error.retryable], ["failure", true]);
    // A rejection that nobody looks at would end the test here.
    await new Promise((resolve) => setImmediate(resolve));
  });
}

test("an error with a code of its own is HERMOD_ROUTER too, with it as its cause", () => {
  const inner = thrownBy(() => new RuleRouter(5 as never));
  const error = thrownBy(() =>
    names([
      route(() => {
        throw inner;
      }, "a"),
    ]),
  );
  assert.equal(error.code, "HERMOD_ROUTER");
  assert.equal((error.cause as HermodError).code, "HERMOD_BAD_OPTION");
});

test("only routes in a list make a router of rules", () => {
  for (const routes of [5, null, {}, "*", [{}], ["*"], [{ ...route("*", "a") }], Array(1)])
    assert.equal(thrownBy(() => new RuleRouter(routes as never)).code, "HERMOD_BAD_OPTION");
});

test("a list of routes that grows later changes nothing", () => {
  const routes = [route("*", "a")];
  const router = new RuleRouter(routes);
  routes.push(route("*", "b"));
  assert.deepEqual(
    router.route(task).map(({ to }) => to),
    ["a"],
  );
});

test("ten thousand wildcards as conditions cost one look each", () => {
  const when: When = Array<string>(10_000).fill("sender:*").with(-1, "sender:writer");
  assert.deepEqual(names([route(when, "a")]), ["a"]);
});

test("a user's router needs route, and what else it has must be functions", () => {
  const good: Router = { route: () => [] };
  assert.equal(toRouter(good), good);
  for (const bad of [
    null,
    5,
    () => [],
    {},
    { route: [] },
    { ...good, register: 5 },
    { ...good, unregister: {} },
  ])
    assert.equal(thrownBy(() => toRouter(bad as never)).code, "HERMOD_BAD_OPTION");
});
