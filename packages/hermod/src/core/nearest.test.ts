import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { nearest, suggestion } from "./nearest.ts";
import { tries } from "./samples.test.kit.ts";

const agents = ["writer", "critic", "researcher", "planner", "worker"];

test("a slip of the pen finds its name", () => {
  const slips = [
    ["writr", "writer"],
    ["Critic", "critic"],
    ["reseacher", "researcher"],
    ["plannner", "planner"],
    ["wrker", "worker"],
  ];
  for (const [slip, name] of slips) assert.equal(nearest(slip as string, agents)[0], name);
});

test("the nearest comes first and there are at most three", () => {
  assert.deepEqual(nearest("agent-1", ["agent-123", "agent-2", "agent-12", "agent-1", "agent-3"]), [
    "agent-1",
    "agent-2",
    "agent-12",
  ]);
});

test("what is too different is not offered", () => {
  assert.deepEqual(nearest("database", agents), []);
  assert.deepEqual(nearest("", agents), []);
});

test("a suggestion is a question, or nothing", () => {
  assert.equal(suggestion("writr", agents), ' Did you mean "writer"?');
  assert.equal(suggestion("agent-0", ["agent-1", "agent-2"]), ' Did you mean "agent-1" or "agent-2"?');
  assert.equal(suggestion("database", agents), "");
});

test("very long and very many names are compared in bounded time", () => {
  let asked = 0;
  const endless = (function* () {
    for (;;) yield `agent-${asked++}`;
  })();
  assert.equal(nearest("agent-77", endless)[0], "agent-77");
  assert.ok(asked <= 10_001);
  assert.deepEqual(nearest("x".repeat(1_000_000), ["x".repeat(1_000_000)]), []);
});

test("a known name is its own nearest, and what is offered is always known", () => {
  const names = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 20 }), { minLength: 1, maxLength: 20 });
  const check = (known: string[], which: number, other: string): void => {
    const name = known[which % known.length] as string;
    assert.equal(nearest(name, [name.toLowerCase()])[0], name.toLowerCase());
    assert.ok(nearest(other, known).every((found) => known.includes(found)));
  };
  fc.assert(fc.property(names, fc.nat(), fc.string(), check), tries());
});
