import assert from "node:assert/strict";
import { test } from "node:test";
import type { Priority } from "./envelope.ts";
import { Lanes } from "./lanes.ts";
import type { OrderRule } from "./ordering.ts";
import { sample } from "./samples.test.kit.ts";

const byPriority: OrderRule = { order: "priority", keyBy: "none", slots: 1 };

/** Lanes with a message for each priority given; its turn is its place in the list, and names it. */
function lanesOf(priorities: readonly Priority[], rule = byPriority): Lanes {
  const lanes = new Lanes(rule);
  priorities.forEach((priority, at) => lanes.add(sample({ id: `m${at + 1}`, priority }), at + 1));
  return lanes;
}

function drain(lanes: Lanes, oldest = false): string {
  const ids: string[] = [];
  for (let next = lanes.shift(oldest); next; next = lanes.shift(oldest)) ids.push(next.id);
  assert.equal(lanes.length, 0);
  return ids.join(" ");
}

test("the greater priority goes first, and inside one the earlier turn", () => {
  assert.equal(drain(lanesOf([1, 2, 4, 3, 2, 4, 1])), "m3 m6 m4 m2 m5 m1 m7");
});

test("the oldest is the one with the earliest turn, of any priority", () => {
  assert.equal(drain(lanesOf([1, 2, 4, 3, 2, 4, 1]), true), "m1 m2 m3 m4 m5 m6 m7");
  const lanes = lanesOf([2, 4]);
  assert.deepEqual([lanes.oldest?.id, lanes.oldestTurn], ["m1", 1]);
});

test("where priority is ignored there is one lane", () => {
  for (const order of ["fifo", "strict"] as const) {
    assert.equal(drain(lanesOf([1, 4, 2], { order, keyBy: "none", slots: 1 })), "m1 m2 m3");
  }
});

test("the turn of what was taken out last is kept, so that it can come back to its place", () => {
  const lanes = lanesOf([2, 2, 2]);
  const first = lanes.shift(false)!;
  const { turn } = lanes;
  lanes.shift(false);
  lanes.add(first, turn);
  assert.equal(drain(lanes), "m1 m3");
});

test("a choice takes the first match of the highest priority, or the oldest match", () => {
  const odd = ({ id }: { readonly id: string }): boolean => Number(id.slice(1)) % 2 === 1;
  const lanes = lanesOf([2, 4, 1, 4, 4, 1]);
  assert.equal(lanes.take(odd, false)?.id, "m5");
  assert.equal(lanes.turn, 5);
  assert.equal(lanes.take(odd, true)?.id, "m1");
  assert.equal(
    lanes.take(() => false, true),
    undefined,
  );
  assert.equal(drain(lanes), "m2 m4 m3 m6");
});

test("the first of each priority, or all, can be given to other lanes, which put them in by turn", () => {
  const from = lanesOf([2, 2, 4, 4, 1]);
  const to = new Lanes(byPriority);
  to.add(sample({ id: "later", priority: 2 }), 9);
  assert.equal(from.moveTo(to, false), 3);
  assert.deepEqual([from.length, to.length], [2, 4]);
  assert.equal(from.moveTo(to, true), 2);
  assert.equal(from.oldest, undefined);
  assert.equal(from.oldestTurn, Infinity);
  assert.equal(drain(to), "m3 m4 m1 m2 later m5");
});

test("listing lanes takes nothing out", () => {
  const lanes = lanesOf([2, 4, 1]);
  const list = (): string => Array.from(lanes, ({ envelope }) => envelope.id).join(" ");
  assert.equal(list(), "m2 m1 m3");
  assert.equal(list(), "m2 m1 m3");
  assert.equal(lanes.length, 3);
});

test("empty lanes give nothing", () => {
  const lanes = new Lanes(byPriority);
  assert.equal(lanes.shift(true), undefined);
  assert.equal(
    lanes.take(() => true, false),
    undefined,
  );
});
