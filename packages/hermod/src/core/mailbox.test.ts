import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Hand, LEASE, again, failed, gone, idsOf } from "./hand.test.kit.ts";
import { MOST_CONTROL, type OpenClaim } from "./mailbox.ts";
import { sample } from "./samples.test.kit.ts";

let hand: Hand;

beforeEach(() => {
  hand = new Hand();
});

test("control messages come first, whatever is asked for, and are not counted as waiting", () => {
  hand.offer("m1", { priority: 4 });
  hand.offer("i1 i2", { verb: "info", priority: 1 });
  assert.equal(hand.box.waiting, 1);
  assert.equal(idsOf(hand.claim(0)), "i1 i2");
  assert.equal(hand.drain(), "m1");
});

test("control messages pass a full mailbox, up to a bound of their own", () => {
  hand.keep({ count: 1, bytes: 10 });
  hand.offer("m1", { size: 10 });
  const notice = sample({ verb: "info" });
  for (let count = 0; count < MOST_CONTROL; count++) {
    assert.equal(hand.box.fullness(notice), undefined);
    hand.box.offer(notice, hand.now);
  }
  assert.equal(hand.box.fullness(notice), "count");
});

test("a control message waits for its time like any other", () => {
  hand.offer("i1", { verb: "info", notBefore: hand.now + 10 });
  assert.equal(hand.claim().length, 0);
  assert.equal(hand.box.waiting, 0);
  assert.ok(!hand.box.idle);
  hand.now += 10;
  assert.equal(idsOf(hand.claim(0)), "i1");
});

test("released control messages keep their order", () => {
  hand.offer("i1 i2", { verb: "info" });
  const [i1, i2] = hand.claim(0) as [OpenClaim, OpenClaim];
  hand.box.leave(i1, again);
  hand.box.leave(i2, again);
  assert.equal(idsOf(hand.claim(0)), "i1 i2");
});

test("fullness names the limit that one more message would pass", () => {
  hand.keep({ count: 2, bytes: 100 });
  const message = sample({ size: 60 });
  assert.equal(hand.box.fullness(message), undefined);
  hand.box.offer(message, hand.now);
  assert.equal(hand.box.fullness(message), "bytes");
  assert.equal(hand.box.fullness(sample({ size: 40 })), undefined);
  hand.offer("m2", { size: 0 });
  assert.equal(hand.box.fullness(sample({ size: 0 })), "count");
});

test("the total counts what is in line and runs, and no control message", () => {
  hand.keep({ total: 2, count: 2 });
  const message = sample();
  hand.offer("m1");
  const running = hand.one();
  hand.offer("i1 i2", { verb: "info" });
  hand.claim(0);
  hand.offer("i3", { verb: "info" });
  assert.equal(hand.box.fullness(message), undefined);
  assert.equal(hand.box.fullness(message, { count: 1, bytes: 0 }), "total");
  hand.offer("m2");
  assert.equal(hand.box.fullness(message), "total");
  assert.equal(hand.box.fullness(sample({ verb: "info" })), undefined);
  hand.box.leave(running, again);
  assert.equal(hand.box.fullness(message), "total");
  hand.box.leave(hand.claim().at(-1) as OpenClaim, gone);
  assert.equal(hand.box.fullness(message), undefined);
});

test("what waits for a time counts to the total when it is due, and is let in whatever that is", () => {
  hand.keep({ total: 2 });
  const message = sample();
  const later = { notBefore: hand.now + 10 };
  hand.offer("later", later);
  hand.offer("m1");
  const held = { count: 1, bytes: 0 };
  assert.equal(hand.box.fullness(message), undefined);
  assert.equal(hand.box.fullness(message, { count: 1, bytes: 0, held }), undefined);
  assert.equal(hand.box.fullness(message, { count: 2, bytes: 0, held }), "total");
  hand.box.leave(hand.one(), { type: "again", at: hand.now + 10, attempt: failed });
  hand.offer("m2");
  assert.equal(hand.box.fullness(message), undefined);
  hand.offer("m3");
  assert.equal(hand.box.fullness(message), "total");
  assert.equal(hand.box.fullness(sample(later), undefined, hand.now), undefined);
  hand.now += 10;
  assert.equal(hand.box.fullness(sample(later), undefined, hand.now), "total");
  hand.box.leave(hand.one(), gone);
  hand.box.ripen(hand.now);
  assert.equal(hand.box.waiting, 3);
  assert.equal(hand.box.fullness(message), "total");
});

test("what makes room is the message that waits longest, also one behind a busy key", () => {
  hand.offer("k1 k2 k3", { orderKey: "k" });
  hand.one();
  hand.claim();
  hand.offer("m1", { priority: 1 });
  const evicted = Array.from({ length: 4 }, () => hand.box.evictOldest()?.envelope.id);
  assert.deepEqual(evicted, ["k2", "k3", "m1", undefined]);
  assert.equal(hand.box.waiting, 0);
  assert.equal(hand.box.bytes, 0);
});

test("attempts are counted outside the message, which stays the same object; a release counts none", () => {
  hand.offer("m1");
  const first = hand.one();
  const { envelope } = first;
  assert.equal(first.attempt, 1);
  hand.box.leave(first, { type: "again", attempt: failed });
  const second = hand.one();
  assert.equal(second.attempt, 2);
  hand.box.leave(second, again);
  const third = hand.one();
  assert.equal(third.attempt, 2);
  assert.equal(third.envelope, envelope);
  assert.deepEqual(hand.box.attemptsOf(envelope), [failed]);
  hand.box.leave(third, gone);
  assert.deepEqual(hand.box.attemptsOf(envelope), []);
});

test("a message that comes back from the dead letters keeps its generation", () => {
  hand.box.offer(sample(), hand.now, { attempts: [], generation: 2 });
  const claimed = hand.one();
  assert.deepEqual([claimed.generation, claimed.attempt], [2, 1]);
});

test("tokens grow, and a claim that ended is no longer open", () => {
  hand.offer("m1 m2");
  const [m1, m2] = hand.claim(2) as [OpenClaim, OpenClaim];
  assert.ok(m1.token < m2.token);
  hand.box.leave(m1, again);
  assert.ok(!hand.box.isOpen(m1) && hand.box.isOpen(m2));
  const renewed = hand.one();
  assert.ok(renewed.token > m2.token);
  assert.ok(hand.box.isOpen(renewed) && !hand.box.isOpen(m1));
  assert.ok(!hand.box.isOpen(structuredClone(renewed)), "a copy is no claim");
});

test("a claim outlives its lease at the moment the lease ends", () => {
  hand.offer("m1");
  const claimed = hand.one();
  assert.deepEqual(hand.box.outlived(hand.now + LEASE - 1), []);
  assert.deepEqual(hand.box.outlived(hand.now + LEASE), [claimed]);
});

test("the numbers tell what waits, what is delayed, what runs and since when the oldest waits", () => {
  hand.offer("k1 k2", { orderKey: "k", size: 10 });
  hand.one();
  hand.claim();
  hand.now += 5;
  hand.offer("m1", { size: 10 });
  hand.offer("later", { size: 10, notBefore: hand.now + 10 });
  hand.offer("i1", { verb: "info", size: 10 });
  const { mailbox: _, ...counts } = hand.box.counts();
  const expected = {
    served: false,
    waiting: 3,
    delayed: 1,
    running: 1,
    bytes: 40,
    received: 5,
    oldestSentAt: 1000,
  };
  assert.deepEqual(counts, expected);
});

test("the contents are listed without being changed: control, then the line, what is set aside, and what waits for a time", () => {
  hand.offer("k1 k2", { orderKey: "k" });
  hand.one();
  hand.claim();
  hand.offer("l1", { priority: 1 });
  hand.offer("u1", { priority: 4 });
  hand.offer("second", { notBefore: hand.now + 20 });
  hand.offer("first", { notBefore: hand.now + 10 });
  hand.offer("i1", { verb: "info" });
  const list = (): string => Array.from(hand.box.contents(), ({ id }) => id).join(" ");
  assert.equal(list(), "i1 u1 l1 k2 first second");
  assert.equal(list(), "i1 u1 l1 k2 first second");
});

test("clearing gives back all messages with their past, and what runs is open no more", () => {
  hand.offer("m1 m2");
  hand.box.leave(hand.one(), { type: "again", attempt: failed });
  const running = hand.one();
  const left = hand.box.clear();
  assert.equal(idsOf(left), "m2 m1");
  assert.equal(left[1]?.past.attempts.length, 1);
  assert.ok(!hand.box.isOpen(running) && hand.box.idle);
  assert.deepEqual([hand.box.waiting, hand.box.bytes, hand.box.nextDue], [0, 0, undefined]);
});
