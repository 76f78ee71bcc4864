import assert from "node:assert/strict";
import { test } from "node:test";
import * as v from "valibot";
import * as z from "zod";
import { contract, isContract, type Groups } from "./contract.ts";
import { codeOf, thrownBy } from "./samples.test.kit.ts";

const Critic = contract("critic", {
  calls: {
    review: { in: z.object({ text: z.string() }), out: z.boolean(), timeout: "5s", priority: "high" },
  },
  casts: {
    note: v.string(),
    keep: { in: v.number(), delivery: "exactly-once", retry: { retries: 5, base: "100ms" } },
  },
});

test("a contract is an address with checked operations", () => {
  assert.equal(Critic.name, "critic");
  assert.equal(Critic.address, "critic");
  assert.deepEqual([...Critic.operations.keys()], ["review", "note", "keep"]);
  assert.ok(isContract(Critic));
  assert.ok(Object.isFrozen(Critic) && Object.isFrozen(Critic.operations.get("note")));
});

test("a call has the options it was given, and is at-most-once by default", () => {
  const { kind, name, timeout, priority, delivery, retry } = Critic.operations.get("review")!;
  const found = { kind, name, timeout, priority, delivery, retry };
  assert.deepEqual(found, {
    kind: "call",
    name: "review",
    timeout: 5000,
    priority: 3,
    delivery: "at-most-once",
    retry: undefined,
  });
});

test("a cast is a schema or a schema with options, and at-least-once by default", () => {
  const note = Critic.operations.get("note")!;
  assert.deepEqual(
    [note.kind, note.delivery, note.priority, note.timeout, note.out],
    ["cast", "at-least-once", 2, undefined, undefined],
  );
  const keep = Critic.operations.get("keep")!;
  assert.deepEqual(
    [keep.delivery, keep.retry?.retries, keep.retry?.base, keep.retry?.factor],
    ["exactly-once", 5, 100, 2],
  );
});

test("a schema with a property named in, such as a zod pipe, is a schema and not options", () => {
  const { operations } = contract("c", { casts: { count: z.string().transform(Number) } });
  assert.deepEqual(operations.get("count")!.in["~standard"].validate("7"), { value: 7 });
});

test("a contract may have no operations, or one group only", () => {
  assert.equal(contract("a", {}).operations.size, 0);
  assert.equal(contract("a", { casts: { x: z.string() } }).operations.size, 1);
  assert.equal(contract("a", { calls: { x: { in: z.string(), out: z.string() } } }).operations.size, 1);
});

test("a contract's name must be an agent's name", () => {
  for (const name of ["", "a b", "~critic", undefined, 5])
    assert.equal(
      codeOf(() => contract(name as string, {})),
      "HERMOD_BAD_ADDRESS",
    );
});

// What is wrong, the groups, the code and a word of the message.
// oxfmt-ignore
const wrong: readonly (readonly [string, unknown, string, RegExp])[] = [
  ["no groups", undefined, "HERMOD_BAD_OPTION", /contract c options must be an object/],
  ["a misspelt group", { call: {} }, "HERMOD_BAD_OPTION", /no option "call"\. Did you mean "calls"/],
  ["a call without schemas", { calls: { x: {} } }, "HERMOD_BAD_CONTRACT", /operation "x" needs a Standard Schema as `out`/],
  ["a call without in", { calls: { x: { out: z.string() } } }, "HERMOD_BAD_CONTRACT", /as `in`/],
  ["a call without out", { calls: { x: { in: z.string() } } }, "HERMOD_BAD_CONTRACT", /as `out`/],
  ["a call that is one schema", { calls: { x: z.string() } }, "HERMOD_BAD_CONTRACT", /needs \{ in, out \}/],
  ["a call that is nothing", { calls: { x: null } }, "HERMOD_BAD_CONTRACT", /needs \{ in, out \}/],
  ["a schema that is none", { calls: { x: { in: "text", out: z.string() } } }, "HERMOD_BAD_CONTRACT", /as `in`/],
  ["a misspelt option", { calls: { x: { in: z.string(), out: z.string(), timout: 5 } } }, "HERMOD_BAD_OPTION", /c\.x has no option "timout"/],
  ["a bad timeout", { casts: { x: { in: z.string(), timeout: "soon" } } }, "HERMOD_BAD_OPTION", /c\.x timeout must be a duration/],
  ["a bad priority", { casts: { x: { in: z.string(), priority: 5 } } }, "HERMOD_BAD_OPTION", /priority must be/],
  ["a bad delivery", { casts: { x: { in: z.string(), delivery: "once" } } }, "HERMOD_BAD_OPTION", /c\.x delivery must be one of/],
  ["a bad retry", { casts: { x: { in: z.string(), retry: { retries: -1 } } } }, "HERMOD_BAD_OPTION", /retry\.retries/],
  ["a cast without a schema", { casts: { x: {} } }, "HERMOD_BAD_CONTRACT", /as `in`/],
  ["a cast that is nothing", { casts: { x: undefined } }, "HERMOD_BAD_OPTION", /c\.x options must be an object/],
  ["a cast with a reply", { casts: { x: { in: z.string(), out: z.string() } } }, "HERMOD_BAD_OPTION", /no option "out"/],
  ["a bad name of an operation", { casts: { "a b": z.string() } }, "HERMOD_BAD_CONTRACT", /no valid operation name/],
  ["a name that is both", { calls: { x: { in: z.string(), out: z.string() } }, casts: { x: z.string() } }, "HERMOD_BAD_CONTRACT", /declared twice, as call and as cast/],
  ["a group that is no object", { calls: 5 }, "HERMOD_BAD_OPTION", /contract c calls options must be an object, got 5/],
  ["a group that is a list", { casts: [z.string()] }, "HERMOD_BAD_OPTION", /must be an object, got an array/],
];

for (const [what, groups, code, message] of wrong) {
  test(`${what} is refused by name`, () => {
    const error = thrownBy(() => contract("c", groups as Groups));
    assert.equal(error.code, code);
    assert.match(error.message, message);
  });
}

test("other values are no contracts", () => {
  for (const value of [undefined, null, "critic", {}, { operations: {} }, () => 1])
    assert.ok(!isContract(value));
});
