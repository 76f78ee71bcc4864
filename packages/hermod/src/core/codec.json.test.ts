import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Copier, fromJson, toJson } from "./codec.ts";
import { HermodError } from "./errors.ts";
import { anyText, codeOf, tries } from "./samples.test.kit.ts";

/** Keys that the encoding itself uses, among others. */
const key = fc.oneof(
  fc.string(),
  fc.constantFrom("$bytes", "$$bytes", "$$$bytes", "bytes", "$", "__proto__", "toJSON"),
);

const plain = fc.letrec((tie) => ({
  any: fc.oneof({ maxDepth: 4 }, tie("leaf"), fc.array(tie("any"), { maxLength: 4 }), tie("record")),
  record: fc.dictionary(key, tie("any"), { maxKeys: 3 }),
  leaf: fc.oneof(
    anyText,
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.boolean(),
    fc.constant(null),
    fc.uint8Array(),
  ),
})).any;

test("plain data written as JSON and read back is the same, bytes and awkward keys too", () => {
  const copier = new Copier();
  const check = (value: unknown): void => {
    const sent = copier.copy(value);
    assert.deepEqual(copier.copy(fromJson(toJson(sent))), sent);
  };
  fc.assert(fc.property(plain, check), tries());
});

test("a user's own $bytes key is not mistaken for bytes, at any level", () => {
  for (const value of [
    { $bytes: "AQI=" },
    { $$bytes: "AQI=" },
    { $bytes: { $bytes: [{ $bytes: 1 }] } },
    { $bytes: 1, more: 2 },
  ]) {
    assert.deepEqual(fromJson(toJson(value)), value);
  }
  assert.deepEqual(fromJson(toJson({ $bytes: new Uint8Array([1, 2]) })), { $bytes: new Uint8Array([1, 2]) });
});

test("bytes are written as base64 under the key $bytes", () => {
  assert.equal(toJson({ a: new Uint8Array([1, 2]) }), '{"a":{"$bytes":"AQI="}}');
  assert.deepEqual(fromJson('{"$bytes":"AQI="}'), new Uint8Array([1, 2]));
});

test("bytes longer than one chunk of the encoder come back whole", () => {
  const bytes = Uint8Array.from({ length: 100_001 }, (_, at) => (at * 7) & 255);
  assert.deepEqual(fromJson(toJson(bytes)), bytes);
});

test("no payload is written as null", () => {
  assert.equal(toJson(undefined), "null");
});

test("text that is no JSON, or holds bytes that are no base64, is a bad payload", () => {
  for (const text of [
    "",
    "{",
    "undefined",
    "{a:1}",
    '{"$bytes":"*"}',
    '{"a":{"$bytes":1.5}}',
    "[".repeat(200_000),
  ]) {
    assert.equal(
      codeOf(() => fromJson(text)),
      "HERMOD_BAD_PAYLOAD",
      text.slice(0, 40),
    );
  }
});

test("reading any text gives data or a coded error, and changes no prototype", () => {
  const check = (text: string): void => {
    try {
      fromJson(text);
    } catch (error) {
      assert.ok(error instanceof HermodError && error.code === "HERMOD_BAD_PAYLOAD");
    }
    assert.equal(Object.keys(Object.prototype).length, 0);
  };
  fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), check), tries());
});
