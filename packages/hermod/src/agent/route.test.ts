import assert from "node:assert/strict";
import { test } from "node:test";
import * as z from "zod";
import { contract } from "../core/contract.ts";
import { sample, thrownBy } from "../core/samples.test.kit.ts";
import { isRoute, route, type RouteOptions, type When } from "./route.ts";
import type { Target } from "./target.ts";

const Critic = contract("critic", { casts: { note: z.string() } });
const isUrgent = (): boolean => true;

test("a route has its conditions, its destinations in order, and what is done with its copies", () => {
  const filter = (): boolean => true;
  const transform = (): undefined => undefined;
  const made = route(["type:task", isUrgent, () => false], [Critic, "writer", "a.b:c"], {
    filter,
    transform,
  });
  assert.equal(made.label, "type:task or predicate isUrgent or a predicate");
  assert.deepEqual(
    made.tests.map(({ label, holds }) => [label, holds(sample({ type: "task" }))]),
    [
      ["type:task", true],
      ["predicate isUrgent", true],
      ["a predicate", false],
    ],
  );
  assert.deepEqual([...made.to], ["critic", "writer", "a.b:c"]);
  assert.deepEqual([made.filter, made.transform], [filter, transform]);
});

test("one condition and one destination need no list, and a destination named twice is one", () => {
  const made = route("*", Critic);
  assert.deepEqual([made.label, made.tests.length, [...made.to]], ["*", 1, ["critic"]]);
  assert.deepEqual([made.filter, made.transform], [undefined, undefined]);
  assert.deepEqual([...route(isUrgent, ["b", Critic, "b", "critic"]).to], ["b", "critic"]);
});

test("a route is frozen, and lists that are changed later do not change it", () => {
  const when = ["type:task"];
  const to = ["writer"];
  const made = route(when, to);
  when.push("*");
  to.push("critic");
  assert.deepEqual([made.tests.length, made.to.length], [1, 1]);
  assert.ok([made, made.tests, made.tests[0], made.to].every((part) => Object.isFrozen(part)));
});

test("a long label is cut", () => {
  assert.ok(route(Array<string>(50).fill("metadata.tenant:acme"), "a").label.length <= 81);
});

// oxfmt-ignore
const wrong: readonly (readonly [unknown, unknown, unknown, string, RegExp])[] = [
  [[], "a", {}, "HERMOD_BAD_OPTION", /route condition: the list is empty/], ["", "a", {}, "HERMOD_BAD_OPTION", /route pattern is empty/],
  [["*", ""], "a", {}, "HERMOD_BAD_OPTION", /is empty/], ["typ:task", "a", {}, "HERMOD_BAD_OPTION", /Did you mean "type"/],
  [5, "a", {}, "HERMOD_BAD_OPTION", /patterns and predicates, got 5/], [undefined, "a", {}, "HERMOD_BAD_OPTION", /got undefined/],
  [[["*"]], "a", {}, "HERMOD_BAD_OPTION", /got an array/], [Array(1), "a", {}, "HERMOD_BAD_OPTION", /got undefined/],
  [/x/, "a", {}, "HERMOD_BAD_OPTION", /got an object/],
  ["*", [], {}, "HERMOD_BAD_OPTION", /route destination: the list is empty/], ["*", undefined, {}, "HERMOD_BAD_ADDRESS", /route destination/],
  ["*", "a b", {}, "HERMOD_BAD_ADDRESS", /route destination "a b"/], ["*", ["a", ""], {}, "HERMOD_BAD_ADDRESS", /route destination ""/],
  ["*", Array(1), {}, "HERMOD_BAD_ADDRESS", /route destination undefined/], ["*", "~system", {}, "HERMOD_BAD_ADDRESS", /route destination/],
  ["*", "research.*", {}, "HERMOD_BAD_ADDRESS", /is a topic, not an agent/], ["*", "research.>", {}, "HERMOD_BAD_ADDRESS", /topic/],
  ["*", { pattern: "research.*" }, {}, "HERMOD_BAD_ADDRESS", /route destination an object/],
  ["*", { operations: new Map(), address: 5 }, {}, "HERMOD_BAD_ADDRESS", /route destination 5/],
  ["*", "a", { filter: true }, "HERMOD_BAD_OPTION", /route filter must be a function/],
  ["*", "a", { transform: {} }, "HERMOD_BAD_OPTION", /route transform must be a function/],
  ["*", "a", { filtre: isUrgent }, "HERMOD_BAD_OPTION", /route has no option "filtre"\. Did you mean "filter"/],
  ["*", "a", null, "HERMOD_BAD_OPTION", /route options must be an object/], ["*", "a", isUrgent, "HERMOD_BAD_OPTION", /route options/],
];

for (const [when, to, options, code, message] of wrong) {
  test(`a route that is wrong is refused with ${code}: ${message.source}`, () => {
    const error = thrownBy(() => route(when as When, to as Target, options as RouteOptions));
    assert.equal(error.code, code);
    assert.match(error.message, message);
  });
}

test("only what route made is a route", () => {
  const made = route("*", "a");
  assert.ok(isRoute(made));
  for (const other of [{ ...made }, Object.freeze({ ...made }), undefined, null, 5, "a", [], {}])
    assert.ok(!isRoute(other));
});
