/** Envelopes as plain maps: what JSON files, hubs and other languages see. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { systemAddress, toAddress } from "./address.ts";
import { messageTypes, type Envelope } from "./envelope.ts";
import { fromMap, toMap } from "./envelopemap.ts";
import { envelopes } from "./envelopes.test.kit.ts";
import { defaultRetry } from "./retry.ts";
import { codeOf, sample, tries } from "./samples.test.kit.ts";

const NOW = 1_700_000_000_000;
const least = { id: "m1", from: "writer" };

/** All fields, each with a value of its own. */
const full = sample({
  id: "id-1",
  verb: "call",
  type: "request",
  operation: "review",
  from: toAddress("writer"),
  to: toAddress("critic"),
  topic: "research.sea",
  payload: { text: "x" },
  priority: 3,
  delivery: "exactly-once",
  retry: defaultRetry,
  replyTo: systemAddress("s1"),
  inReplyTo: "id-0",
  correlationId: "correlation-1",
  causeId: "cause-1",
  conversationId: "conversation-1",
  idempotencyKey: "key-1",
  orderKey: "order-1",
  sequence: 7,
  published: { by: toAddress("publisher"), number: 3 },
  sentAt: NOW,
  notBefore: NOW + 1,
  deadline: NOW + 2,
  hops: ["a", "b", "c", "d", "planner"].map((name) => toAddress(name)),
  waits: 5,
  trace: "00-1-2-01",
  metadata: { tenant: "north" },
  size: 13,
  task: { done: { to: toAddress("planner"), operation: "stepDone" }, idle: 5000 },
  budget: { messages: 10, tokens: 2000, cost: 0.5, until: NOW + 3 },
});

test("an envelope has a place of its own for each thing it holds, and mixes none on the way out and back [2] [3] [C1]", () => {
  const map = toMap(full);
  assert.deepEqual(Object.keys(map), Object.keys(full));
  const values = Object.values(map).map((value) => JSON.stringify(value));
  assert.equal(new Set(values).size, values.length);
  assert.deepEqual(fromMap(map), full);
  assert.equal(fromMap(least).delivery, "at-least-once");
});

test("an envelope written as JSON and read back loses nothing [6]", () => {
  const check = (envelope: Envelope): void => {
    assert.deepEqual(fromMap(JSON.parse(JSON.stringify(toMap(envelope)))), envelope);
  };
  fc.assert(fc.property(envelopes, check), tries(2000));
});

test("a map has plain enum values, ISO 8601 times in UTC and no absent fields [(22)]", () => {
  const map = toMap(
    sample({
      priority: 4,
      sentAt: NOW,
      notBefore: NOW + 1,
      deadline: undefined,
      payload: { b: new Uint8Array([1]) },
    }),
  );
  assert.deepEqual(
    [map["verb"], map["type"], map["delivery"], map["priority"]],
    ["cast", "notification", "at-least-once", 4],
  );
  assert.equal(map["sentAt"], "2023-11-14T22:13:20.000Z");
  assert.equal(map["notBefore"], "2023-11-14T22:13:20.001Z");
  assert.ok(!("deadline" in map) && !("topic" in map));
  assert.deepEqual(map["payload"], { b: { $bytes: "AQ==" } });
});

test("what is absent gets its stated default, and an envelope survives the way out and back [6]", () => {
  const envelope = fromMap(least);
  assert.equal(envelope.v, 1);
  assert.equal(envelope.type, "notification");
  assert.equal(envelope.priority, 2);
  assert.equal(envelope.delivery, "at-least-once");
  assert.equal(envelope.verb, "cast");
  assert.equal(envelope.conversationId, "m1");
  assert.deepEqual(envelope.metadata, {});
  assert.deepEqual(envelope.hops, []);
  assert.equal(envelope.payload, undefined);
  assert.deepEqual(fromMap(toMap(envelope)), envelope);
});

test("there are seven types, nothing else is one, and notification is the default [4]", () => {
  assert.equal(messageTypes.length, 7);
  assert.equal(fromMap(least).type, "notification");
  for (const type of messageTypes) assert.equal(fromMap({ ...least, type }).type, type);
  for (const type of ["Request", "info", "", 1, {}])
    assert.equal(
      codeOf(() => fromMap({ ...least, type })),
      "HERMOD_BAD_ENVELOPE",
    );
});

test("times are read from ISO 8601 of any zone and from milliseconds, and without a zone they are UTC", () => {
  const readings: readonly (readonly [unknown, number])[] = [
    ["2023-11-14T22:13:20.000Z", NOW],
    ["2023-11-14T22:13:20Z", NOW],
    ["2023-11-14T23:13:20+01:00", NOW],
    ["2023-11-14T22:13:20.000", NOW],
    ["2023-11-14T22:13:20.000123", NOW],
    [NOW, NOW],
    [NOW + 0.75, NOW],
    [0, 0],
  ];
  for (const zone of ["UTC", "Pacific/Auckland"]) {
    inZone(zone, () => {
      for (const [sentAt, at] of readings)
        assert.equal(fromMap({ ...least, sentAt }).sentAt, at, String(sentAt));
    });
  }
});

test("priorities are read by name too", () => {
  assert.equal(fromMap({ ...least, priority: "urgent" }).priority, 4);
});

/** Runs as on a machine in another time zone. */
function inZone(zone: string, run: () => void): void {
  const before = process.env.TZ;
  process.env.TZ = zone;
  try {
    run();
  } finally {
    if (before === undefined) delete process.env.TZ;
    else process.env.TZ = before;
  }
}
