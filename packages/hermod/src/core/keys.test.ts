import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Keys } from "./keys.ts";
import { Lanes } from "./lanes.ts";
import type { OrderRule } from "./ordering.ts";
import { sample } from "./samples.test.kit.ts";

const rule: OrderRule = { order: "priority", keyBy: "none", slots: 1 };

let keys: Keys;
let lanes: Lanes;

beforeEach(() => {
  keys = new Keys(rule);
  lanes = new Lanes(rule);
});

function park(key: string, ...turns: readonly number[]): void {
  for (const turn of turns) keys.park(key, sample({ id: `${key}${turn}` }), turn);
}

function ids(): string {
  return Array.from(lanes, ({ envelope }) => envelope.id).join(" ");
}

test("a key is busy until it was let go as often as it was held", () => {
  assert.ok(!keys.isBusy("k"));
  keys.hold("k");
  keys.hold("k");
  keys.free("k", lanes);
  assert.ok(keys.isBusy("k"));
  keys.free("k", lanes);
  assert.ok(!keys.isBusy("k"));
});

test("a free key gives the first message of each priority to the lanes, a busy one none", () => {
  keys.hold("k");
  keys.hold("k");
  park("k", 1, 2);
  keys.park("k", sample({ id: "urgent", priority: 4 }), 3);
  keys.free("k", lanes);
  assert.equal(ids(), "");
  keys.free("k", lanes);
  assert.equal(ids(), "urgent k1");
  assert.equal(keys.length, 1);
});

test("parked messages stand by turn, in whatever order they were parked", () => {
  keys.hold("k");
  park("k", 5, 2, 9);
  keys.free("k", lanes);
  assert.equal(ids(), "k2");
  assert.deepEqual(
    Array.from(keys, ({ turn }) => turn),
    [5, 9],
  );
});

test("when a message leaves the lanes without running, the next one of its key takes its place unless the key is busy", () => {
  keys.hold("k");
  park("k", 1, 2);
  keys.passOn("k", lanes);
  assert.equal(ids(), "");
  keys.free("k", lanes);
  keys.passOn("k", lanes);
  assert.equal(ids(), "k1 k2");
  keys.passOn("unknown", lanes);
});

test("all that is parked behind free keys can be given to the lanes", () => {
  keys.hold("a");
  keys.hold("b");
  park("a", 1, 4, 6);
  park("b", 2);
  keys.free("a", lanes);
  keys.unparkFree(lanes);
  assert.equal(ids(), "a1 a4 a6");
  assert.equal(keys.length, 1);
});

test("all that is parked, behind busy keys too, can be given to the lanes", () => {
  keys.hold("a");
  park("a", 4, 1);
  park("b", 2);
  keys.unparkAll(lanes);
  assert.equal(ids(), "a1 b2 a4");
  assert.equal(keys.length, 0);
  assert.ok(keys.isBusy("a"));
});

test("the message parked longest is found and taken out, if it came before the given turn", () => {
  keys.hold("a");
  park("a", 3, 7);
  park("b", 5);
  assert.equal(keys.oldestBefore(4)?.id, "a3");
  assert.equal(keys.shiftBefore(3), undefined);
  assert.equal(keys.shiftBefore(4)?.id, "a3");
  assert.equal(keys.shiftBefore(Infinity)?.id, "b5");
  assert.equal(keys.shiftBefore(Infinity)?.id, "a7");
  assert.equal(keys.shiftBefore(Infinity), undefined);
  assert.equal(keys.length, 0);
});
