import assert from "node:assert/strict";
import { test } from "node:test";
import { systemAddress, toAddress } from "./address.ts";
import {
  amend,
  answerType,
  expectsAnswer,
  hasAsker,
  isControl,
  isVolatile,
  messageTypes,
  priorities,
  seal,
  toPriority,
  type EnvelopeFields,
} from "./envelope.ts";
import { defaultRetry } from "./retry.ts";
import { codeOf, sample } from "./samples.test.kit.ts";

/** All fields, each with a value of its own. */
const all: EnvelopeFields = {
  id: "id-1",
  verb: "call",
  type: "request",
  operation: "review",
  from: toAddress("writer"),
  to: toAddress("critic"),
  topic: "research.sea",
  payload: { text: "x" },
  priority: 3,
  delivery: "at-least-once",
  retry: defaultRetry,
  replyTo: systemAddress("s1"),
  inReplyTo: "id-0",
  correlationId: "correlation-1",
  causeId: "cause-1",
  conversationId: "conversation-1",
  idempotencyKey: "key-1",
  orderKey: "order-1",
  sequence: 7,
  sentAt: 1000,
  notBefore: 2000,
  deadline: 3000,
  hops: [toAddress("planner")],
  trace: "00-1-2-01",
  metadata: { tenant: "north" },
  size: 10,
};

test("an envelope keeps each of its fields apart [2] [3] [C1]", () => {
  const envelope = seal(all);
  assert.deepEqual({ ...envelope }, { v: 1, ...all });
});

test("envelopes have all fields in one order, whatever order and fields they were made from", () => {
  const backwards = Object.fromEntries(Object.entries(all).toReversed()) as unknown as EnvelopeFields;
  const few = { id: "x" } as EnvelopeFields;
  const order = ["v", ...Object.keys(all)];
  for (const fields of [all, backwards, few]) assert.deepEqual(Object.keys(seal(fields)), order);
});

test("an envelope is frozen, and holds nothing that was not asked for", () => {
  const envelope = seal({ ...all, extra: 1 } as EnvelopeFields);
  assert.ok(Object.isFrozen(envelope));
  assert.ok(!("extra" in envelope));
});

test("an amended envelope differs in the given fields alone, and the original stays as it was", () => {
  const envelope = seal(all);
  const amended = amend(envelope, { to: toAddress("editor"), priority: 1 });
  assert.deepEqual({ ...amended }, { v: 1, ...all, to: "editor", priority: 1 });
  assert.deepEqual({ ...envelope }, { v: 1, ...all });
  assert.ok(Object.isFrozen(amended));
});

test("there are four priorities, by name or number", () => {
  assert.deepEqual(priorities, { low: 1, normal: 2, high: 3, urgent: 4 });
  for (const [name, number] of Object.entries(priorities)) {
    assert.equal(toPriority(name), number);
    assert.equal(toPriority(number), number);
  }
  for (const value of [0, 5, 1.5, "1", "High", "toString", "", null, undefined, [1], {}, NaN]) {
    assert.equal(codeOf(() => toPriority(value)), "HERMOD_BAD_OPTION");
  }
});

test("there are seven types of message", () => {
  assert.deepEqual(messageTypes, ["request", "response", "notification", "task", "result", "error", "status"]);
});

test("only requests and tasks expect an answer, and each has its type of answer", () => {
  for (const type of messageTypes) {
    assert.equal(expectsAnswer(sample({ type })), type === "request" || type === "task");
    assert.equal(answerType(sample({ type })), type === "task" ? "result" : "response");
  }
});

test("an error is told to whoever gave a reply address, unless the message is itself a reply", () => {
  const replyTo = toAddress("asker");
  assert.ok(hasAsker(sample({ verb: "call", replyTo })));
  assert.ok(hasAsker(sample({ verb: "cast", replyTo })));
  assert.ok(!hasAsker(sample({ verb: "reply", replyTo })));
  assert.ok(!hasAsker(sample({ verb: "call" })));
});

test("an at-most-once message may be lost in a crash, no other", () => {
  assert.ok(isVolatile(sample({ delivery: "at-most-once" })));
  assert.ok(!isVolatile(sample({ delivery: "at-least-once" })));
  assert.ok(!isVolatile(sample({ delivery: "exactly-once" })));
});

test("notices of the system are control messages, and nothing else is", () => {
  assert.ok(isControl(sample({ verb: "info" })));
  assert.ok(!isControl(sample({ verb: "cast", type: "status", priority: 4 })));
});
