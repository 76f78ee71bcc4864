import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { toAddress } from "./address.ts";
import type { Envelope, EnvelopeFields } from "./envelope.ts";
import { parseFilter } from "./filter.ts";
import { MOST_CONTROL, Mailbox, type ClaimTerms, type Leaving, type OpenClaim } from "./mailbox.ts";
import { sample } from "./samples.test.kit.ts";
import { defaultMailboxRule, type Attempt, type MailboxRule } from "./store.ts";

const LEASE = 1000;
const again: Leaving = { type: "again" };
const gone: Leaving = { type: "gone" };
const failed: Attempt = { number: 1, startedAt: 0, endedAt: 1, outcome: "retried" };

let now = 0;
let box: Mailbox;
let expired: string[] = [];
let token = 0;

beforeEach(() => {
  now = 1000;
  expired = [];
  keep({});
});

/** Starts over with a mailbox of this rule. */
function keep(rule: Partial<MailboxRule>): void {
  box = new Mailbox(toAddress("critic"), { ...defaultMailboxRule, ...rule });
}

/** Offers a message for each id. */
function offer(ids: string, fields: Partial<EnvelopeFields> = {}): void {
  for (const id of ids.split(" ")) box.offer(sample({ id, sentAt: now, ...fields }), now);
}

function claim(max = 1, where?: string): OpenClaim[] {
  const out: OpenClaim[] = [];
  const terms: ClaimTerms = { now, lease: LEASE, token: () => ++token, expired: ({ id }) => void expired.push(id) };
  box.claim(max, where === undefined ? terms : { ...terms, where: parseFilter(where) }, out);
  return out;
}

function idsOf(list: Iterable<{ readonly envelope: Envelope }>): string {
  return Array.from(list, ({ envelope }) => envelope.id).join(" ");
}

/** Claims one message after the other and ends each, until nothing can be claimed. */
function drain(): string {
  const given: OpenClaim[] = [];
  for (let [next] = claim(); next; [next] = claim()) {
    given.push(next);
    box.leave(next, gone);
  }
  return idsOf(given);
}

function one(): OpenClaim {
  const [first] = claim();
  return first ?? assert.fail("nothing to claim");
}

test("higher priority goes first, first in first out inside one", () => {
  offer("n1 n2", { priority: 2 });
  offer("u1 u2", { priority: 4 });
  offer("l1 l2", { priority: 1 });
  offer("h1", { priority: 3 });
  offer("n3", { priority: 2 });
  assert.equal(drain(), "u1 u2 h1 n1 n2 n3 l1 l2");
});

test("in fifo order priority is ignored", () => {
  keep({ order: "fifo" });
  offer("l1", { priority: 1 });
  offer("u1", { priority: 4 });
  offer("n1", { priority: 2 });
  assert.equal(drain(), "l1 u1 n1");
});

test("every 32nd delivery is the oldest waiting, so that low priority advances under any load", () => {
  offer("low", { priority: 1 });
  offer(Array.from({ length: 100 }, (_, at) => `u${at}`).join(" "), { priority: 4 });
  assert.equal(drain().split(" ").indexOf("low"), 31);
});

test("a delivery that ageing chose but a busy key keeps back leaves its turn to the next oldest", () => {
  offer("k1 k2 k3", { orderKey: "k", priority: 1 });
  const running = one();
  assert.equal(running.envelope.id, "k1");
  offer("low", { priority: 1 });
  offer(Array.from({ length: 100 }, (_, at) => `u${at}`).join(" "), { priority: 4 });
  const given = idsOf(claim(31));
  assert.ok(given.endsWith("low"), given);
});

test("a message whose key is busy waits, others pass it", () => {
  offer("a1 a2", { orderKey: "a" });
  offer("b1", { orderKey: "b" });
  assert.equal(idsOf(claim(3)), "a1 b1");
  assert.equal(box.waiting, 1);
});

test("messages of one key stay in order when another of the key overtakes them by priority", () => {
  offer("k1 k2 k3", { orderKey: "k" });
  const k1 = one();
  assert.equal(claim().length, 0);
  box.leave(k1, gone);
  offer("k4", { orderKey: "k", priority: 4 });
  const k4 = one();
  assert.equal(k4.envelope.id, "k4");
  assert.equal(claim().length, 0);
  box.leave(k4, gone);
  assert.equal(drain(), "k2 k3");
});

test("an urgent message set aside behind a busy key goes first when the key is free", () => {
  offer("k1 k2", { orderKey: "k" });
  const k1 = one();
  assert.equal(claim().length, 0);
  offer("k3", { orderKey: "k", priority: 4 });
  assert.equal(claim().length, 0);
  box.leave(k1, gone);
  assert.equal(drain(), "k3 k2");
});

test("released messages come back at their old places, in whatever order they are released", () => {
  offer("m1 m2 m3 m4");
  const [m1, m2, m3] = claim(3) as [OpenClaim, OpenClaim, OpenClaim];
  for (const released of [m2, m1, m3]) box.leave(released, again);
  assert.equal(drain(), "m1 m2 m3 m4");
});

test("a released message of a key goes before those set aside behind it, which keep their order", () => {
  offer("k1 k2 k3", { orderKey: "k" });
  const k1 = one();
  claim();
  box.leave(k1, again);
  offer("k4", { orderKey: "k", priority: 4 });
  const k4 = one();
  claim();
  box.leave(k4, gone);
  assert.equal(drain(), "k1 k2 k3");
});

test("retries come back at their old places, whichever is due first", () => {
  offer("m1 m2 m3");
  const [m1, m2] = claim(2) as [OpenClaim, OpenClaim];
  box.leave(m1, { type: "again", at: now + 10, attempt: failed });
  box.leave(m2, { type: "again", at: now + 20, attempt: failed });
  now += 20;
  assert.equal(drain(), "m1 m2 m3");
});

test("a retry is overtaken in priority order and holds its key in strict order", () => {
  for (const order of ["priority", "strict"] as const) {
    keep({ order });
    offer("k1 k2", { orderKey: "k" });
    box.leave(one(), { type: "again", at: now + 10, attempt: failed });
    assert.equal(drain(), order === "strict" ? "" : "k2");
    now += 10;
    assert.equal(drain(), order === "strict" ? "k1 k2" : "k1");
  }
});

test("in strict order the sender stands in for a missing key", () => {
  keep({ order: "strict" });
  offer("a1 a2", { from: toAddress("a") });
  offer("b1", { from: toAddress("b") });
  assert.equal(idsOf(claim(3)), "a1 b1");
});

test("a message is not given before its time, and takes its place in line when it is due", () => {
  offer("later", { notBefore: now + 10 });
  offer("m1");
  now += 9;
  assert.equal(drain(), "m1");
  assert.equal(box.nextDue, 1010);
  now += 1;
  assert.equal(drain(), "later");
});

test("a message lives at exactly its deadline, and after it is told as expired and never given", () => {
  offer("in-time late", { deadline: now + 30_000 });
  now += 30_000;
  assert.equal(one().envelope.id, "in-time");
  now += 1;
  assert.equal(claim().length, 0);
  assert.deepEqual(expired, ["late"]);
  assert.equal(box.waiting, 0);
});

test("when the next of a key expires in line, the one behind it takes its turn", () => {
  offer("k1", { orderKey: "k" });
  offer("k2", { orderKey: "k", deadline: now + 5 });
  offer("k3", { orderKey: "k" });
  const first = one();
  claim();
  box.leave(first, gone);
  now += 10;
  assert.equal(drain(), "k3");
  assert.deepEqual(expired, ["k2"]);
});

test("a filter chooses among all that may start, and leaves the others as they were", () => {
  offer("m1 m2 m3");
  offer("x1", { operation: "other" });
  assert.equal(idsOf(claim(5, "operation:other")), "x1");
  assert.equal(idsOf(claim(1, "id:m2")), "m2");
  assert.equal(drain(), "m1 m3");
});

test("a filter finds a message that was set aside behind a key which is free again", () => {
  offer("k1 k2", { orderKey: "k" });
  offer("k3", { orderKey: "k", operation: "other" });
  const k1 = one();
  claim();
  assert.equal(idsOf(claim(1, "operation:other")), "");
  box.leave(k1, gone);
  assert.equal(idsOf(claim(1, "operation:other")), "k3");
});

test("whoever waits with a filter is told when a key becomes free", () => {
  offer("k1 k2", { orderKey: "k" });
  const k1 = one();
  assert.equal(claim(1, "id:k2").length, 0);
  assert.ok(box.leave(k1, gone));
  assert.equal(idsOf(claim(1, "id:k2")), "k2");
});

test("the end of a delivery without a key, or with nothing behind it, tells nobody", () => {
  offer("m1 m2");
  assert.equal(box.leave(one(), gone), false);
  keep({});
  offer("k1", { orderKey: "k" });
  assert.equal(box.leave(one(), gone), false);
});

test("control messages come first, whatever is asked for, and are not counted as waiting", () => {
  offer("m1", { priority: 4 });
  offer("i1 i2", { verb: "info", priority: 1 });
  assert.equal(box.waiting, 1);
  assert.equal(idsOf(claim(0)), "i1 i2");
  assert.equal(drain(), "m1");
});

test("control messages pass a full mailbox, up to a bound of their own", () => {
  keep({ count: 1, bytes: 10 });
  offer("m1", { size: 10 });
  const notice = sample({ verb: "info" });
  for (let count = 0; count < MOST_CONTROL; count++) {
    assert.equal(box.fullness(notice), undefined);
    box.offer(notice, now);
  }
  assert.equal(box.fullness(notice), "count");
});

test("a control message waits for its time like any other", () => {
  offer("i1", { verb: "info", notBefore: now + 10 });
  assert.equal(claim().length, 0);
  assert.equal(box.waiting, 0);
  assert.ok(!box.idle);
  now += 10;
  assert.equal(idsOf(claim(0)), "i1");
});

test("released control messages keep their order", () => {
  offer("i1 i2", { verb: "info" });
  const [i1, i2] = claim(0) as [OpenClaim, OpenClaim];
  box.leave(i1, again);
  box.leave(i2, again);
  assert.equal(idsOf(claim(0)), "i1 i2");
});

test("fullness names the limit that one more message would pass", () => {
  keep({ count: 2, bytes: 100 });
  const message = sample({ size: 60 });
  assert.equal(box.fullness(message), undefined);
  box.offer(message, now);
  assert.equal(box.fullness(message), "bytes");
  assert.equal(box.fullness(sample({ size: 40 })), undefined);
  offer("m2", { size: 0 });
  assert.equal(box.fullness(sample({ size: 0 })), "count");
});

test("what makes room is the message that waits longest, also one behind a busy key", () => {
  offer("k1 k2 k3", { orderKey: "k" });
  one();
  claim();
  offer("m1", { priority: 1 });
  const evicted = Array.from({ length: 4 }, () => box.evictOldest()?.envelope.id);
  assert.deepEqual(evicted, ["k2", "k3", "m1", undefined]);
  assert.equal(box.waiting, 0);
  assert.equal(box.bytes, 0);
});

test("attempts are counted outside the message, which stays the same object; a release counts none", () => {
  offer("m1");
  const first = one();
  const { envelope } = first;
  assert.equal(first.attempt, 1);
  box.leave(first, { type: "again", attempt: failed });
  const second = one();
  assert.equal(second.attempt, 2);
  box.leave(second, again);
  const third = one();
  assert.equal(third.attempt, 2);
  assert.equal(third.envelope, envelope);
  assert.deepEqual(box.attemptsOf(envelope), [failed]);
  box.leave(third, gone);
  assert.deepEqual(box.attemptsOf(envelope), []);
});

test("a message that comes back from the dead letters keeps its generation", () => {
  box.offer(sample(), now, { attempts: [], generation: 2 });
  const claimed = one();
  assert.deepEqual([claimed.generation, claimed.attempt], [2, 1]);
});

test("tokens grow, and a claim that ended is no longer open", () => {
  offer("m1 m2");
  const [m1, m2] = claim(2) as [OpenClaim, OpenClaim];
  assert.ok(m1.token < m2.token);
  box.leave(m1, again);
  assert.ok(!box.isOpen(m1) && box.isOpen(m2));
  const renewed = one();
  assert.ok(renewed.token > m2.token);
  assert.ok(box.isOpen(renewed) && !box.isOpen(m1));
  assert.ok(!box.isOpen({ ...renewed }), "a copy is no claim");
});

test("a claim outlives its lease at the moment the lease ends", () => {
  offer("m1");
  const claimed = one();
  assert.deepEqual(box.outlived(now + LEASE - 1), []);
  assert.deepEqual(box.outlived(now + LEASE), [claimed]);
});

test("another rule keeps the order of what waits, the keys of what runs, and frees what only the old rule held", () => {
  keep({ order: "strict" });
  offer("a1 a2 a3");
  const a1 = one();
  assert.equal(claim().length, 0);
  box.adopt({ ...defaultMailboxRule, order: "priority" });
  assert.equal(idsOf(claim(1)), "a2");
  box.adopt({ ...defaultMailboxRule, order: "strict" });
  assert.equal(claim().length, 0);
  box.leave(a1, gone);
  assert.equal(claim().length, 0, "a2 still runs");
});

test("another rule keeps a waiting retry in front of its key", () => {
  keep({ order: "strict" });
  offer("a1 a2");
  box.leave(one(), { type: "again", at: now + 10, attempt: failed });
  box.adopt({ ...defaultMailboxRule, order: "strict", keyBy: "conversation" });
  assert.equal(drain(), "");
  now += 10;
  assert.equal(drain(), "a1 a2");
});

test("messages sent in one millisecond keep their order under another rule", () => {
  offer("u1", { priority: 4, sentAt: 5 });
  offer("l1 l2", { priority: 1, sentAt: 5 });
  offer("u2", { priority: 4, sentAt: 5 });
  box.adopt({ ...defaultMailboxRule, order: "fifo" });
  assert.equal(drain(), "u1 l1 l2 u2");
});

test("the numbers tell what waits, what is delayed, what runs and since when the oldest waits", () => {
  offer("k1 k2", { orderKey: "k", size: 10 });
  one();
  claim();
  now += 5;
  offer("m1", { size: 10 });
  offer("later", { size: 10, notBefore: now + 10 });
  offer("i1", { verb: "info", size: 10 });
  const { mailbox: _, ...counts } = box.counts();
  const expected = { served: false, waiting: 3, delayed: 1, running: 1, bytes: 40, received: 5, oldestSentAt: 1000 };
  assert.deepEqual(counts, expected);
});

test("the contents are listed without being changed: control, then the line, what is set aside, and what waits for a time", () => {
  offer("k1 k2", { orderKey: "k" });
  one();
  claim();
  offer("l1", { priority: 1 });
  offer("u1", { priority: 4 });
  offer("second", { notBefore: now + 20 });
  offer("first", { notBefore: now + 10 });
  offer("i1", { verb: "info" });
  const list = (): string => Array.from(box.contents(), ({ id }) => id).join(" ");
  assert.equal(list(), "i1 u1 l1 k2 first second");
  assert.equal(list(), "i1 u1 l1 k2 first second");
});

test("clearing gives back all messages with their past, and what runs is open no more", () => {
  offer("m1 m2");
  box.leave(one(), { type: "again", attempt: failed });
  const running = one();
  const left = box.clear();
  assert.equal(idsOf(left), "m2 m1");
  assert.equal(left[1]?.past.attempts.length, 1);
  assert.ok(!box.isOpen(running) && box.idle);
  assert.deepEqual([box.waiting, box.bytes, box.nextDue], [0, 0, undefined]);
});

test("a mailbox that held 100,000 messages gives all of them, and none twice", () => {
  const count = 100_000;
  offer(Array.from({ length: count }, (_, at) => `m${at}`).join(" "));
  const given = new Set<string>();
  for (let list = claim(1000); list.length > 0; list = claim(1000)) {
    for (const each of list) {
      given.add(each.envelope.id);
      box.leave(each, gone);
    }
  }
  assert.equal(given.size, count);
  assert.ok(box.idle);
});
