/** What an image lacks or must not hold, each seen alone; and what may be so after a power failure. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { tape, type Tape } from "../history/tape.test.kit.ts";
import { toTrails } from "../history/trail.ts";
import { compare, type Found } from "./compare.ts";

interface Held {
  readonly waiting?: Readonly<Record<string, readonly string[]>>;
  readonly list?: readonly string[];
  readonly disturbed?: readonly string[];
}

function foundOf({ waiting = {}, list = [], disturbed = [] }: Held): Found {
  return {
    waiting: new Map(Object.entries(waiting).map(([mailbox, ids]) => [mailbox, new Set(ids)])),
    lists: new Map([["ledger#a", list]]),
    disturbed,
  };
}

function compared(said: Tape, held: Held = {}) {
  const { lost, wrong } = compare(toTrails(said.events), foundOf(held));
  return [lost.length, wrong.length];
}

const invoke = { phases: ["invoke"] } as const;
/** A transactional message under way: its ack was asked for and, with "ok", confirmed. */
function booked(phases: readonly ("invoke" | "ok")[]): Tape {
  const said = tape()
    .sent("a", { to: ["ledger"] })
    .handled("a", 1, { mailbox: "ledger" });
  said.sent("a+out", { to: ["outbox"], cause: { id: "a", mailbox: "ledger" }, phases });
  return said.acked("a", 1, { mailbox: "ledger", phases });
}

/** A task under way, which sends one message in its transaction. */
function written(): Tape {
  const said = tape()
    .sent("a", { to: ["scribe"], task: true })
    .handled("a", 1, { mailbox: "scribe" });
  said.sent("a+out", { to: ["outbox"], cause: { id: "a", mailbox: "scribe" }, ...invoke });
  return said.acked("a", 1, { mailbox: "scribe", ...invoke });
}

describe("fine is", () => {
  const fine: readonly (readonly [string, Tape, Held])[] = [
    ["a confirmed message that waits", tape().sent("a"), { waiting: { box: ["a"] } }],
    [
      "one whose ack was asked for, there",
      tape().sent("a").handled("a", 1).acked("a", 1, invoke),
      { waiting: { box: ["a"] } },
    ],
    ["… or gone", tape().sent("a").handled("a", 1).acked("a", 1, invoke), {}],
    ["an unconfirmed one, there", tape().sent("a", invoke), { waiting: { box: ["a"] } }],
    ["… or gone", tape().sent("a", invoke), {}],
    ["an acked one that is gone", tape().sent("a").done("a", 1), {}],
    ["a transaction that is done", booked(["invoke", "ok"]), { list: ["a"], waiting: { outbox: ["a+out"] } }],
    ["one under way, done", booked(["invoke"]), { list: ["a"], waiting: { outbox: ["a+out"] } }],
    ["… or not", booked(["invoke"]), { waiting: { ledger: ["a"] } }],
    ["a task that is done, with its output", written(), { waiting: { outbox: ["a+out"] } }],
    ["… or waits without it", written(), { waiting: { scribe: ["a"] } }],
    [
      "an output that is done too",
      booked(["invoke", "ok"]).done("a+out", 2, { mailbox: "outbox" }),
      { list: ["a"] },
    ],
  ];
  for (const [what, said, held] of fine) test(what, () => assert.deepEqual(compared(said, held), [0, 0]));
});

describe("lost is", () => {
  test("a confirmed message", () => assert.deepEqual(compared(tape().sent("a")), [1, 0]));
  test("a confirmed copy", () =>
    assert.deepEqual(
      compared(tape().sent("a", { to: ["box", "other"] }), { waiting: { box: ["a"] } }),
      [1, 0],
    ));
  test("one that was given back", () =>
    assert.deepEqual(compared(tape().sent("a").handled("a", 1).returned("a", 1)), [1, 0]));
  test("a confirmed ack", () =>
    assert.deepEqual(compared(tape().sent("a").done("a", 1), { waiting: { box: ["a"] } }), [1, 0]));
  test("a confirmed ack, which would be a message handed out again", () => {
    const { events } = tape().sent("a").done("a", 1);
    assert.equal(compare(toTrails(events), foundOf({ waiting: { box: ["a"] } })).again, 1);
    assert.equal(compare(toTrails(events), foundOf({})).again, 0);
  });
  test("a confirmed dead letter", () =>
    assert.deepEqual(
      compared(tape().sent("a").ended("dead-lettered", "a"), { waiting: { box: ["a"] } }),
      [1, 0],
    ));
  test("a confirmed transaction as a whole: its end, its state and its output", () =>
    assert.deepEqual(compared(booked(["invoke", "ok"]), { waiting: { ledger: ["a"] } }), [3, 0]));
});

describe("wrong is", () => {
  test("what was never sent", () => assert.deepEqual(compared(tape(), { waiting: { box: ["a"] } }), [0, 1]));
  test("a text that is another", () =>
    assert.deepEqual(compared(tape().sent("a"), { waiting: { box: ["a"] }, disturbed: ["a"] }), [0, 1]));
  test("a hole before what was sent later", () =>
    assert.deepEqual(compared(tape().sent("a").sent("b"), { waiting: { box: ["b"] } }), [1, 1]));
  test("a state without the ack", () =>
    assert.deepEqual(
      compared(booked(["invoke"]), { list: ["a"], waiting: { ledger: ["a"], outbox: ["a+out"] } }),
      [0, 1],
    ));
  test("a state without the output", () =>
    assert.deepEqual(compared(booked(["invoke"]), { list: ["a"] }), [0, 1]));
  test("an output without the state", () =>
    assert.deepEqual(
      compared(booked(["invoke"]), { waiting: { ledger: ["a"], outbox: ["a+out"] } }),
      [0, 1],
    ));
  test("an output beside its task", () =>
    assert.deepEqual(compared(written(), { waiting: { scribe: ["a"], outbox: ["a+out"] } }), [0, 1]));
  test("a state that nobody changed", () => assert.deepEqual(compared(tape(), { list: ["a"] }), [0, 1]));
  test("a state that holds a message twice", () =>
    assert.deepEqual(
      compared(booked(["invoke"]), { list: ["a", "a"], waiting: { outbox: ["a+out"] } }),
      [0, 1],
    ));
});
