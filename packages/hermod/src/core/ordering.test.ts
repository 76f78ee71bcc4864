import assert from "node:assert/strict";
import { test } from "node:test";
import { toAddress } from "./address.ts";
import { keyOf, laneOf, retryBlocks, type OrderRule } from "./ordering.ts";
import { slotOf } from "./rendezvous.ts";
import { sample } from "./samples.test.kit.ts";

const critic = toAddress("critic");
const first = toAddress("critic#1");
const keyed = sample({ orderKey: "k", conversationId: "c", from: toAddress("a"), to: first });
const plain = sample({ orderKey: undefined, conversationId: "c", from: toAddress("a"), to: first });
const slot = (key: string): string => `slot ${slotOf(key, 5)}`;

/** Order, key by, key of a message with an order key, and of one without. */
const table: readonly (readonly [OrderRule["order"], OrderRule["keyBy"], string, string | undefined])[] = [
  ["priority", "none", "k", undefined],
  ["fifo", "none", "k", undefined],
  ["strict", "none", "k", "a"],
  ["priority", "conversation", "c", "c"],
  ["fifo", "conversation", "c", "c"],
  ["strict", "conversation", "c", "c"],
  ...(["priority", "fifo", "strict"] as const).flatMap((order) => [
    [order, "recipient", "critic#1", "critic#1"] as const,
    [order, "slot", slot("k"), slot("c")] as const,
  ]),
];

for (const [order, keyBy, own, other] of table) {
  test(`in ${order} order, keyed by ${keyBy}, a message without an order key has ${other ?? "none"}`, () => {
    assert.equal(keyOf(keyed, { order, keyBy, slots: 5 }), own);
    assert.equal(keyOf(plain, { order, keyBy, slots: 5 }), other);
  });
}

test("an empty order key is a key", () => {
  assert.equal(keyOf(sample({ orderKey: "" }), { order: "strict", keyBy: "none", slots: 1 }), "");
});

test("keyed by recipient, a published message shares the key of those sent to the mailbox itself", () => {
  const rule: OrderRule = { order: "priority", keyBy: "recipient", slots: 1 };
  assert.equal(keyOf(sample({ to: undefined, topic: "tide" }), rule, critic), "critic");
  assert.equal(keyOf(sample({ to: critic }), rule, critic), "critic");
  assert.equal(keyOf(plain, rule, critic), "critic#1");
});

test("a waiting retry blocks its key in strict order alone", () => {
  const blocks = (["priority", "fifo", "strict"] as const).filter((order) =>
    retryBlocks({ order, keyBy: "none", slots: 1 }),
  );
  assert.deepEqual(blocks, ["strict"]);
});

test("each priority has its lane in priority order, and all share one in the others", () => {
  const lanes = (order: OrderRule["order"]): number[] =>
    ([1, 2, 3, 4] as const).map((priority) =>
      laneOf(sample({ priority }), { order, keyBy: "none", slots: 1 }),
    );
  assert.deepEqual(lanes("priority"), [1, 2, 3, 4]);
  assert.deepEqual(lanes("fifo"), [1, 1, 1, 1]);
  assert.deepEqual(lanes("strict"), [1, 1, 1, 1]);
});
