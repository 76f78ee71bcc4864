import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { toAddress } from "./address.ts";
import { Hand, again, failed, gone, idsOf } from "./hand.test.kit.ts";
import type { OpenClaim } from "./mailbox.ts";
import { defaultMailboxRule } from "./store.ts";

let hand: Hand;

beforeEach(() => {
  hand = new Hand();
});

test("a delivery that ageing chose but a busy key keeps back leaves its turn to the next oldest", () => {
  hand.offer("k1 k2 k3", { orderKey: "k", priority: 1 });
  const running = hand.one();
  assert.equal(running.envelope.id, "k1");
  hand.offer("low", { priority: 1 });
  hand.offer(Array.from({ length: 100 }, (_, at) => `u${at}`).join(" "), { priority: 4 });
  const given = idsOf(hand.claim(31));
  assert.ok(given.endsWith("low"), given);
});

test("a message whose key is busy waits, others pass it", () => {
  hand.offer("a1 a2", { orderKey: "a" });
  hand.offer("b1", { orderKey: "b" });
  assert.equal(idsOf(hand.claim(3)), "a1 b1");
  assert.equal(hand.box.waiting, 1);
});

test("messages of one key stay in order when another of the key overtakes them by priority", () => {
  hand.offer("k1 k2 k3", { orderKey: "k" });
  const k1 = hand.one();
  assert.equal(hand.claim().length, 0);
  hand.box.leave(k1, gone);
  hand.offer("k4", { orderKey: "k", priority: 4 });
  const k4 = hand.one();
  assert.equal(k4.envelope.id, "k4");
  assert.equal(hand.claim().length, 0);
  hand.box.leave(k4, gone);
  assert.equal(hand.drain(), "k2 k3");
});

test("an urgent message set aside behind a busy key goes first when the key is free", () => {
  hand.offer("k1 k2", { orderKey: "k" });
  const k1 = hand.one();
  assert.equal(hand.claim().length, 0);
  hand.offer("k3", { orderKey: "k", priority: 4 });
  assert.equal(hand.claim().length, 0);
  hand.box.leave(k1, gone);
  assert.equal(hand.drain(), "k3 k2");
});

test("a released message of a key goes before those set aside behind it, which keep their order", () => {
  hand.offer("k1 k2 k3", { orderKey: "k" });
  const k1 = hand.one();
  hand.claim();
  hand.box.leave(k1, again);
  hand.offer("k4", { orderKey: "k", priority: 4 });
  const k4 = hand.one();
  hand.claim();
  hand.box.leave(k4, gone);
  assert.equal(hand.drain(), "k1 k2 k3");
});

test("a message released until later keeps its key where that is asked for, under any rule and over a change of it", () => {
  for (const slots of [1, 4]) {
    hand.keep({ keyBy: "slot", slots: 1 });
    hand.offer("k1 k2", { orderKey: "k" });
    const k1 = hand.one();
    hand.box.leave(k1, { type: "again", at: hand.now + 10, keepsKey: true });
    hand.box.adopt({ ...hand.box.rule, slots });
    hand.offer("k3", { orderKey: "k", priority: 4 });
    assert.equal(hand.drain(), "");
    hand.now += 10;
    assert.equal(hand.drain(), "k3 k1 k2");
    assert.equal(hand.box.idle, true);
    hand.offer("k4", { orderKey: "k" });
    assert.equal(hand.drain(), "k4");
  }
});

test("a retry is overtaken in priority order and holds its key in strict order", () => {
  for (const order of ["priority", "strict"] as const) {
    hand.keep({ order });
    hand.offer("k1 k2", { orderKey: "k" });
    hand.box.leave(hand.one(), { type: "again", at: hand.now + 10, attempt: failed });
    assert.equal(hand.drain(), order === "strict" ? "" : "k2");
    hand.now += 10;
    assert.equal(hand.drain(), order === "strict" ? "k1 k2" : "k1");
  }
});

test("in strict order the sender stands in for a missing key", () => {
  hand.keep({ order: "strict" });
  hand.offer("a1 a2", { from: toAddress("a") });
  hand.offer("b1", { from: toAddress("b") });
  assert.equal(idsOf(hand.claim(3)), "a1 b1");
});

test("when the next of a key expires in line, the one behind it takes its turn", () => {
  hand.offer("k1", { orderKey: "k" });
  hand.offer("k2", { orderKey: "k", deadline: hand.now + 5 });
  hand.offer("k3", { orderKey: "k" });
  const first = hand.one();
  hand.claim();
  hand.box.leave(first, gone);
  hand.now += 10;
  assert.equal(hand.drain(), "k3");
  assert.deepEqual(hand.expired, ["k2"]);
});

test("a filter chooses among all that may start, and leaves the others as they were", () => {
  hand.offer("m1 m2 m3");
  hand.offer("x1", { operation: "other" });
  assert.equal(idsOf(hand.claim(5, "operation:other")), "x1");
  assert.equal(idsOf(hand.claim(1, "id:m2")), "m2");
  assert.equal(hand.drain(), "m1 m3");
});

test("claims by a filter age as well", () => {
  hand.offer("low", { priority: 1, operation: "other" });
  hand.offer(Array.from({ length: 100 }, (_, at) => `u${at}`).join(" "), { priority: 4, operation: "other" });
  const given = idsOf(hand.claim(100, "operation:other")).split(" ");
  assert.equal(given.indexOf("low"), 31);
});

test("a filter finds a message that was set aside behind a key which is free again", () => {
  hand.offer("k1 k2", { orderKey: "k" });
  hand.offer("k3", { orderKey: "k", operation: "other" });
  const k1 = hand.one();
  hand.claim();
  assert.equal(idsOf(hand.claim(1, "operation:other")), "");
  hand.box.leave(k1, gone);
  assert.equal(idsOf(hand.claim(1, "operation:other")), "k3");
});

test("whoever waits with a filter is told when a key becomes free", () => {
  hand.offer("k1 k2", { orderKey: "k" });
  const k1 = hand.one();
  assert.equal(hand.claim(1, "id:k2").length, 0);
  assert.ok(hand.box.leave(k1, gone));
  assert.equal(idsOf(hand.claim(1, "id:k2")), "k2");
});

test("the end of a delivery without a key, or with nothing behind it, tells nobody", () => {
  hand.offer("m1 m2");
  assert.equal(hand.box.leave(hand.one(), gone), false);
  hand.keep({});
  hand.offer("k1", { orderKey: "k" });
  assert.equal(hand.box.leave(hand.one(), gone), false);
});

test("another rule keeps the order of what waits, the keys of what runs, and frees what only the old rule held", () => {
  hand.keep({ order: "strict" });
  hand.offer("a1 a2 a3");
  const a1 = hand.one();
  assert.equal(hand.claim().length, 0);
  hand.box.adopt({ ...defaultMailboxRule, order: "priority" });
  assert.equal(idsOf(hand.claim(1)), "a2");
  hand.box.adopt({ ...defaultMailboxRule, order: "strict" });
  assert.equal(hand.claim().length, 0);
  hand.box.leave(a1, gone);
  assert.equal(hand.claim().length, 0, "a2 still runs");
});

test("another rule keeps a waiting retry in front of its key", () => {
  hand.keep({ order: "strict" });
  hand.offer("a1 a2");
  hand.box.leave(hand.one(), { type: "again", at: hand.now + 10, attempt: failed });
  hand.box.adopt({ ...defaultMailboxRule, order: "strict", keyBy: "conversation" });
  assert.equal(hand.drain(), "");
  hand.now += 10;
  assert.equal(hand.drain(), "a1 a2");
});

test("messages sent in one millisecond keep their order under another rule", () => {
  hand.offer("u1", { priority: 4, sentAt: 5 });
  hand.offer("l1 l2", { priority: 1, sentAt: 5 });
  hand.offer("u2", { priority: 4, sentAt: 5 });
  hand.box.adopt({ ...defaultMailboxRule, order: "fifo" });
  assert.equal(hand.drain(), "u1 l1 l2 u2");
});

test("a claim beside what runs gives what is set aside behind busy keys, by priority and turn", () => {
  hand.offer("k1 k2 k3", { orderKey: "k" });
  hand.one();
  assert.equal(hand.claim().length, 0);
  hand.offer("low", { priority: 1 });
  hand.offer("k4", { orderKey: "k", priority: 4 });
  assert.equal(idsOf(hand.claim(2, undefined, true)), "k4 k2");
  assert.equal(idsOf(hand.claim(9)), "low", "k3 waits as ever");
  assert.equal(idsOf(hand.claim(9, undefined, true)), "k3");
});

test("a key is free when what ran and what was claimed beside it are both over, in whatever order", () => {
  for (const first of [0, 1]) {
    hand.keep({});
    hand.offer("k1 k2 k3", { orderKey: "k" });
    const both = [hand.one(), ...hand.claim(1, undefined, true)] as [OpenClaim, OpenClaim];
    hand.box.leave(both[first] as OpenClaim, gone);
    assert.equal(hand.claim().length, 0);
    assert.ok(hand.box.leave(both[1 - first] as OpenClaim, gone));
    assert.equal(hand.drain(), "k3");
  }
});

test("what was claimed beside and is released goes back to its place behind the key", () => {
  hand.offer("k1 k2 k3", { orderKey: "k" });
  const k1 = hand.one();
  const [k2] = hand.claim(1, undefined, true) as [OpenClaim];
  hand.box.leave(k2, again);
  assert.equal(hand.claim().length, 0);
  hand.box.leave(k1, gone);
  assert.equal(hand.drain(), "k2 k3");
});

test("in strict order a claim beside does not pass a waiting retry of its key", () => {
  hand.keep({ order: "strict" });
  hand.offer("k1 k2", { orderKey: "k" });
  hand.offer("l1", { orderKey: "l" });
  hand.box.leave(hand.one(), { type: "again", at: hand.now + 10, attempt: failed });
  assert.equal(idsOf(hand.claim(9, undefined, true)), "l1");
  assert.equal(idsOf(hand.claim(9, "id:k2", true)), "");
  hand.now += 10;
  assert.equal(idsOf(hand.claim(9, undefined, true)), "k1 k2");
});

test("other slots keep one at a time of a key that runs, and let go of those that only shared its slot", () => {
  const rule = { ...defaultMailboxRule, keyBy: "slot" } as const;
  hand.keep({ keyBy: "slot" });
  hand.offer("a1 a2", { orderKey: "user-1" });
  hand.offer("b1", { orderKey: "user-2" });
  const a1 = hand.one();
  assert.equal(hand.claim(9).length, 0);
  hand.box.adopt({ ...rule, slots: 100 });
  assert.equal(idsOf(hand.claim(9)), "b1");
  hand.box.adopt(rule);
  hand.box.leave(a1, gone);
  assert.equal(hand.claim(9).length, 0, "b1 runs in the one slot");
});
