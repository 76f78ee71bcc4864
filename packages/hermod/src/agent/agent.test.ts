import assert from "node:assert/strict";
import { test } from "node:test";
import * as z from "zod";
import { contract } from "../core/contract.ts";
import { thrownBy } from "../core/samples.test.kit.ts";
import { agent, isAgent } from "./agent.ts";

const Critic = contract("critic", {
  calls: { review: { in: z.string(), out: z.string() } },
  casts: { note: z.string() },
});
const review = (): string => "good";
const note = (): void => undefined;

test("an agent has an address, its handlers, and the stated defaults", () => {
  const definition = agent(Critic, { on: { review, note } });
  assert.equal(definition.address, "critic");
  assert.deepEqual([...definition.handlers.keys()], ["review", "note"]);
  assert.deepEqual([definition.work.concurrency, definition.lease, definition.state], [1, 30_000, undefined]);
  assert.deepEqual(definition.rule, {
    order: "priority",
    keyBy: "none",
    slots: 1,
    count: Infinity,
    bytes: Infinity,
    overflow: "reject",
    total: Infinity,
  });
  assert.deepEqual(definition.retry, { retries: 3, base: 1000, factor: 2, cap: 300_000, jitter: "full" });
  assert.ok(Object.isFrozen(definition));
});

test("options are complete and checked in the definition, and the caller's object stays as it was", () => {
  const options = {
    capacity: 5,
    order: "strict",
    lease: "2s",
    retry: { retries: 1 },
    concurrency: 3,
    on: {},
  } as const;
  const before = structuredClone({ ...options, on: {} });
  const { rule, lease, retry, work } = agent("critic", options);
  assert.deepEqual(
    [rule.count, rule.order, lease, retry.retries, retry.base, work.concurrency],
    [5, "strict", 2000, 1, 1000, 3],
  );
  assert.deepEqual(options, before);
});

test("a misspelt option or handler is refused by name, with the nearest one", () => {
  const unknown = thrownBy(() => agent("critic", { concurency: 2, on: {} } as never));
  assert.equal(unknown.code, "HERMOD_BAD_OPTION");
  assert.match(unknown.message, /agent critic has no option "concurency"\. Did you mean "concurrency"\?/);
  const handler = thrownBy(() => agent(Critic, { on: { reveiw: review, note } } as never));
  assert.match(handler.message, /agent critic on has no option "reveiw"\. Did you mean "review"\?/);
  assert.match(
    thrownBy(() => agent("critic", { on: { tasks: note } } as never)).message,
    /Did you mean "task"\?/,
  );
});

test("each operation of a contract needs a handler: the missing ones are named, with what to write", () => {
  const error = thrownBy(() => agent(Critic, { on: { review } } as never));
  assert.equal(error.code, "HERMOD_BAD_OPTION");
  assert.equal(error.message, "agent critic has no handler for note");
  assert.deepEqual(error.details, { missing: ["note"] });
  assert.match(error.hint, /note: \(input, ctx\) => …/);
});

test("options out of range are refused by name", () => {
  const wrong = [
    { concurrency: 0 },
    { concurrency: 1.5 },
    { concurrency: 100_001 },
    { order: "lifo" },
    { lease: 999 },
    { retry: { retries: -1 } },
    { capacity: 0 },
    { capacity: { overflow: "explode" } },
    { state: {} },
    { on: { task: "handle" } },
    { on: undefined },
  ];
  for (const options of wrong) {
    const error = thrownBy(() => agent("critic", { on: {}, ...options } as never));
    assert.equal(error.code, "HERMOD_BAD_OPTION");
    assert.match(error.message, new RegExp(Object.keys(options)[0] as string));
  }
  agent("critic", { lease: 1000, concurrency: 100_000, on: {} });
});

test("a notice handler must be a function, and belongs beside the operations of a contract", () => {
  assert.equal(agent(Critic, { on: { review, note }, info: note }).handlers.size, 3);
  assert.match(
    thrownBy(() => agent(Critic, { on: { review, note }, info: "no" as never })).message,
    /agent critic info must be a function/,
  );
});

test("a name that is none is refused, and so are the names of systems", () => {
  for (const name of ["", "two words", "~system", "-dash", "x".repeat(201)]) {
    assert.equal(thrownBy(() => agent(name, { on: {} })).code, "HERMOD_BAD_ADDRESS");
  }
});

test("agents given the same handlers share one table, and handlers changed in between are seen", () => {
  const on: Record<string, () => unknown> = { task: review };
  const [one, two] = [agent("one", { on }), agent("two", { on })];
  assert.equal(one.handlers, two.handlers);
  on["task"] = note;
  assert.equal(agent("three", { on }).handlers.get("task")?.run, note);
  on["request"] = review;
  assert.deepEqual([...agent("four", { on }).handlers.keys()], ["task", "request"]);
  delete on["task"];
  assert.deepEqual([...agent("five", { on }).handlers.keys()], ["request"]);
  assert.deepEqual(
    [...one.handlers].map(([name, { run }]) => [name, run]),
    [["task", review]],
    "an agent made before stays as it was",
  );
});

test("what agent made is told from anything else", () => {
  assert.ok(isAgent(agent("critic", { on: {} })));
  for (const other of [undefined, null, "critic", {}, Critic, { handlers: {} }, review])
    assert.ok(!isAgent(other));
});
