import assert from "node:assert/strict";
import { test } from "node:test";
import { toAddress } from "./address.ts";
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
} from "./envelope.ts";
import { fromMap, toMap } from "./envelopemap.ts";
import { codeOf, sample } from "./samples.test.kit.ts";

test("a sealed envelope is frozen and stays the same object", () => {
  const envelope = { ...sample() };
  assert.equal(seal(envelope), envelope);
  assert.ok(Object.isFrozen(envelope));
});

test("an amended envelope differs in the given fields alone, and the original stays as it was", () => {
  const envelope = sample();
  const amended = amend(envelope, { to: toAddress("editor"), priority: 1 });
  assert.deepEqual({ ...amended }, { ...envelope, to: "editor", priority: 1 });
  assert.deepEqual(envelope, sample());
  assert.ok(Object.isFrozen(amended));
});

test("envelopes have all fields in one order, whatever they were made from", () => {
  const order = Object.keys(fromMap({ id: "m1", from: "writer" }));
  const backwards = Object.fromEntries(Object.entries(toMap(sample())).toReversed());
  const envelopes = [sample(), fromMap(backwards), amend(sample(), { size: 1, id: "m2", topic: "sea" })];
  for (const envelope of envelopes) assert.deepEqual(Object.keys(envelope), order);
});

test("there are four priorities, by name or number", () => {
  assert.deepEqual(priorities, { low: 1, normal: 2, high: 3, urgent: 4 });
  for (const [name, number] of Object.entries(priorities)) {
    assert.equal(toPriority(name), number);
    assert.equal(toPriority(number), number);
  }
  for (const value of [0, 5, 1.5, "1", "High", "toString", "", null, undefined, [1], {}, NaN]) {
    assert.equal(
      codeOf(() => toPriority(value)),
      "HERMOD_BAD_OPTION",
    );
  }
});

test("there are seven types of message", () => {
  assert.deepEqual(messageTypes, [
    "request",
    "response",
    "notification",
    "task",
    "result",
    "error",
    "status",
  ]);
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
