import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { priorities } from "./envelope.ts";
import { fromMap } from "./envelopemap.ts";
import { Hand, again, failed, gone } from "./hand.test.kit.ts";
import type { OpenClaim } from "./mailbox.ts";

let hand: Hand;

beforeEach(() => {
  hand = new Hand();
});

test("there are four priorities, normal is the default, and the greater number goes first [5]", () => {
  assert.deepEqual(priorities, { low: 1, normal: 2, high: 3, urgent: 4 });
  assert.equal(fromMap({ id: "m1", from: "writer" }).priority, priorities.normal);
  for (const [name, priority] of Object.entries(priorities)) hand.offer(name, { priority });
  assert.equal(hand.drain(), "urgent high normal low");
});

test("higher priority goes first, first in first out inside one", () => {
  hand.offer("n1 n2", { priority: 2 });
  hand.offer("u1 u2", { priority: 4 });
  hand.offer("l1 l2", { priority: 1 });
  hand.offer("h1", { priority: 3 });
  hand.offer("n3", { priority: 2 });
  assert.equal(hand.drain(), "u1 u2 h1 n1 n2 n3 l1 l2");
});

test("in fifo order priority is ignored", () => {
  hand.keep({ order: "fifo" });
  hand.offer("l1", { priority: 1 });
  hand.offer("u1", { priority: 4 });
  hand.offer("n1", { priority: 2 });
  assert.equal(hand.drain(), "l1 u1 n1");
});

test("every 32nd delivery is the oldest waiting, so that low priority advances under any load", () => {
  hand.offer("low", { priority: 1 });
  hand.offer(Array.from({ length: 100 }, (_, at) => `u${at}`).join(" "), { priority: 4 });
  assert.equal(hand.drain().split(" ").indexOf("low"), 31);
});

test("released messages come back at their old places, in whatever order they are released", () => {
  hand.offer("m1 m2 m3 m4");
  const [m1, m2, m3] = hand.claim(3) as [OpenClaim, OpenClaim, OpenClaim];
  for (const released of [m2, m1, m3]) hand.box.leave(released, again);
  assert.equal(hand.drain(), "m1 m2 m3 m4");
});

test("retries come back at their old places, whichever is due first", () => {
  hand.offer("m1 m2 m3");
  const [m1, m2] = hand.claim(2) as [OpenClaim, OpenClaim];
  hand.box.leave(m1, { type: "again", at: hand.now + 10, attempt: failed });
  hand.box.leave(m2, { type: "again", at: hand.now + 20, attempt: failed });
  hand.now += 20;
  assert.equal(hand.drain(), "m1 m2 m3");
});

test("a message is not given before its time, and takes its place in line when it is due", () => {
  hand.offer("later", { notBefore: hand.now + 10 });
  hand.offer("m1");
  hand.now += 9;
  assert.equal(hand.drain(), "m1");
  assert.equal(hand.box.nextDue, 1010);
  hand.now += 1;
  assert.equal(hand.drain(), "later");
});

test("a message lives at exactly its deadline, and after it is told as expired and never given", () => {
  hand.offer("in-time late", { deadline: hand.now + 30_000 });
  hand.now += 30_000;
  assert.equal(hand.one().envelope.id, "in-time");
  hand.now += 1;
  assert.equal(hand.claim().length, 0);
  assert.deepEqual(hand.expired, ["late"]);
  assert.equal(hand.box.waiting, 0);
});

test("a mailbox that held 100,000 messages gives all of them, and none twice", () => {
  const count = 100_000;
  hand.offer(Array.from({ length: count }, (_, at) => `m${at}`).join(" "));
  const given = new Set<string>();
  for (let list = hand.claim(1000); list.length > 0; list = hand.claim(1000)) {
    for (const each of list) {
      given.add(each.envelope.id);
      hand.box.leave(each, gone);
    }
  }
  assert.equal(given.size, count);
  assert.ok(hand.box.idle);
});
