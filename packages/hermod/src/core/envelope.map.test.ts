/** Envelopes as plain maps: what JSON files, hubs and other languages see. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { systemAddress, toAddress } from "./address.ts";
import { Copier } from "./codec.ts";
import { deliveryModes, fromMap, messageTypes, seal, toMap, verbs, type Envelope, type EnvelopeFields } from "./envelope.ts";
import { HermodError } from "./errors.ts";
import { toRetryPolicy } from "./retry.ts";
import { codeOf, sample, thrownBy, tries } from "./samples.test.kit.ts";

const NOW = 1_700_000_000_000;
const least = { id: "m1", from: "writer" };

const word = fc.stringMatching(/^[^\p{Cc}]{1,20}$/u);
const address = fc.constantFrom("writer", "team.critic", "研究者").map((name) => toAddress(name));
const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(arbitrary, { nil: undefined });
const time = fc.integer({ min: 0, max: 8_640_000_000_000_000 });
const data = fc.oneof(fc.jsonValue(), fc.uint8Array(), fc.constant({ $bytes: "AQI=" }), fc.constant({ a: [{ $$bytes: 1 }] }));
const metadata = fc.dictionary(fc.oneof(word, fc.constantFrom("$bytes", "__proto__")), data, { maxKeys: 3 });

/** Envelopes of all kinds, as a send makes them. */
const envelopes: fc.Arbitrary<Envelope> = fc
  .record({
    id: word,
    verb: fc.constantFrom(...verbs),
    type: fc.constantFrom(...messageTypes),
    operation: fc.oneof(word, fc.constant("")),
    from: fc.oneof(address, fc.constant(systemAddress("s1"))),
    to: maybe(address),
    topic: maybe(word),
    payload: maybe(data),
    priority: fc.constantFrom(1, 2, 3, 4),
    delivery: fc.constantFrom(...deliveryModes),
    retry: maybe(fc.integer({ min: 0, max: 9 }).map((retries) => toRetryPolicy({ retries }))),
    replyTo: maybe(address),
    inReplyTo: maybe(word),
    correlationId: maybe(word),
    causeId: maybe(word),
    conversationId: word,
    idempotencyKey: maybe(word),
    orderKey: maybe(word),
    sequence: fc.nat(),
    sentAt: time,
    notBefore: maybe(time),
    deadline: maybe(time),
    hops: fc.array(address, { maxLength: 3 }),
    trace: maybe(word),
    metadata,
  })
  .map((fields) => seal(copied(fields as Omit<EnvelopeFields, "size">)));

function copied(fields: Omit<EnvelopeFields, "size">): EnvelopeFields {
  const copier = new Copier();
  const payload = copier.copy(fields.payload);
  const { size } = copier;
  return { ...fields, payload, size, metadata: copier.copy(fields.metadata) };
}

test("an envelope written as JSON and read back loses nothing", () => {
  const check = (envelope: Envelope): void => {
    assert.deepEqual(fromMap(JSON.parse(JSON.stringify(toMap(envelope)))), envelope);
  };
  fc.assert(fc.property(envelopes, check), tries(2000));
});

test("a map has plain enum values, ISO 8601 times in UTC and no absent fields [(22)]", () => {
  const map = toMap(sample({ priority: 4, sentAt: NOW, notBefore: NOW + 1, deadline: undefined, payload: { b: new Uint8Array([1]) } }));
  assert.deepEqual([map["verb"], map["type"], map["delivery"], map["priority"]], ["cast", "notification", "at-least-once", 4]);
  assert.equal(map["sentAt"], "2023-11-14T22:13:20.000Z");
  assert.equal(map["notBefore"], "2023-11-14T22:13:20.001Z");
  assert.ok(!("deadline" in map) && !("topic" in map));
  assert.deepEqual(map["payload"], { b: { $bytes: "AQ==" } });
});

test("what is absent gets its stated default, and an envelope survives the way out and back [2] [4] [5] [6]", () => {
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

test("each of the seven types is read, and nothing else is a type", () => {
  for (const type of messageTypes) assert.equal(fromMap({ ...least, type }).type, type);
  for (const type of ["Request", "info", "", 1, {}]) assert.equal(codeOf(() => fromMap({ ...least, type })), "HERMOD_BAD_ENVELOPE");
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
      for (const [sentAt, at] of readings) assert.equal(fromMap({ ...least, sentAt }).sentAt, at, String(sentAt));
    });
  }
});

test("priorities are read by name too", () => {
  assert.equal(fromMap({ ...least, priority: "urgent" }).priority, 4);
});

/** A field that breaks its rule; the error names it. */
const wrong: readonly (readonly [string, unknown])[] = [
  ["v", 2],
  ["v", "1"],
  ["id", undefined],
  ["id", ""],
  ["id", "a\u0000b"],
  ["id", "x".repeat(513)],
  ["from", undefined],
  ["from", "a b"],
  ["to", "*"],
  ["replyTo", 7],
  ["verb", "shout"],
  ["type", "request "],
  ["operation", 7],
  ["priority", 5],
  ["delivery", "once"],
  ["retry", { retries: -1 }],
  ["sequence", -1],
  ["sequence", 1.5],
  ["sentAt", "yesterday"],
  ["sentAt", "foo 1"],
  ["sentAt", "Tue, 14 Nov 2023 22:13:20 GMT"],
  ["sentAt", 1e300],
  ["sentAt", "2023-13-41T00:00:00Z"],
  ["deadline", NaN],
  ["deadline", {}],
  ["hops", "writer"],
  ["hops", ["a b"]],
  ["hops", Array.from({ length: 1001 }, () => "a")],
  ["topic", 7],
  ["trace", "a\nb"],
  ["metadata", []],
  ["metadata", "north"],
  ["orderKey", {}],
];

test("a field that breaks its rule is refused by name", () => {
  for (const [field, value] of wrong) {
    const error = thrownBy(() => fromMap({ ...least, [field]: value }));
    assert.equal(error.code, "HERMOD_BAD_ENVELOPE");
    assert.ok(error.message.includes(field) || (field === "hops" && error.message.includes("hop")), error.message);
  }
});

test("an unknown field is refused, with the nearest known one", () => {
  assert.match(thrownBy(() => fromMap({ ...least, corelationId: "x" })).message, /Did you mean "correlationId"/);
});

test("what is no map, or holds no plain data, is refused", () => {
  for (const map of [undefined, null, 7, "m1", [], () => 1]) assert.equal(codeOf(() => fromMap(map)), "HERMOD_BAD_ENVELOPE");
  for (const payload of [10n, NaN, new Map(), () => 1, deep(100_000), deep(65), "x".repeat(300_000)]) {
    assert.equal(codeOf(() => fromMap({ ...least, payload })), "HERMOD_BAD_ENVELOPE");
    assert.equal(codeOf(() => fromMap({ ...least, metadata: { payload } })), "HERMOD_BAD_ENVELOPE");
  }
});

test("a map that throws when it is read is refused like any other", () => {
  const throwing = (thrown: unknown): object => ({
    ...least,
    get topic(): string {
      // oxlint-disable-next-line typescript/only-throw-error -- whatever is thrown
      throw thrown;
    },
  });
  for (const thrown of [undefined, null, "x", new Error("x")]) assert.equal(codeOf(() => fromMap(throwing(thrown))), "HERMOD_BAD_ENVELOPE");
});

test("the size is measured anew, never taken from the map", () => {
  const envelope = sample({ payload: undefined, size: 0 });
  assert.equal(fromMap({ ...toMap(envelope), size: 999 }).size, 0);
});

test("any JSON, and any envelope with fields put out of order, is read or refused with one code", () => {
  const check = (map: unknown): void => {
    try {
      const envelope = fromMap(map);
      assert.deepEqual(fromMap(JSON.parse(JSON.stringify(toMap(envelope)))), envelope);
    } catch (error) {
      assert.ok(error instanceof HermodError && error.code === "HERMOD_BAD_ENVELOPE", String(error));
    }
  };
  const names = Object.keys(sample());
  const spoiled = fc.dictionary(fc.constantFrom(...names), fc.oneof(fc.jsonValue(), fc.constantFrom(2, "a", "2023-11-14", 1e16, -1)));
  fc.assert(fc.property(fc.jsonValue(), check), tries());
  fc.assert(fc.property(envelopes, spoiled, (envelope, changes) => check({ ...toMap(envelope), ...changes })), tries(2000));
  fc.assert(fc.property(spoiled, (changes) => check({ ...least, ...changes })), tries(2000));
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

function deep(levels: number): unknown {
  let value: unknown = {};
  for (let level = 0; level < levels; level++) value = { value };
  return value;
}
