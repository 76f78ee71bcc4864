/** Maps that are no envelopes: each is refused with one code, and no other error comes through. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fromMap, toMap } from "./envelopemap.ts";
import { envelopes } from "./envelopes.test.kit.ts";
import { HermodError } from "./errors.ts";
import { codeOf, sample, thrownBy, tries } from "./samples.test.kit.ts";

const least = { id: "m1", from: "writer" };

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
    assert.ok(
      error.message.includes(field) || (field === "hops" && error.message.includes("hop")),
      error.message,
    );
  }
});

test("an unknown field is refused, with the nearest known one", () => {
  assert.match(
    thrownBy(() => fromMap({ ...least, corelationId: "x" })).message,
    /Did you mean "correlationId"/,
  );
});

test("what is no map, or holds no plain data, is refused", () => {
  for (const map of [undefined, null, 7, "m1", [], () => 1])
    assert.equal(
      codeOf(() => fromMap(map)),
      "HERMOD_BAD_ENVELOPE",
    );
  for (const payload of [10n, NaN, new Map(), () => 1, deep(100_000), deep(65), "x".repeat(300_000)]) {
    assert.equal(
      codeOf(() => fromMap({ ...least, payload })),
      "HERMOD_BAD_ENVELOPE",
    );
    assert.equal(
      codeOf(() => fromMap({ ...least, metadata: { payload } })),
      "HERMOD_BAD_ENVELOPE",
    );
  }
});

test("a map that throws when it is read is refused like any other", () => {
  const throwing = (thrown: unknown): object => ({
    ...least,
    get topic(): string {
      throw thrown;
    },
  });
  for (const thrown of [undefined, null, "x", new Error("x")])
    assert.equal(
      codeOf(() => fromMap(throwing(thrown))),
      "HERMOD_BAD_ENVELOPE",
    );
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
  const spoiled = fc.dictionary(
    fc.constantFrom(...names),
    fc.oneof(fc.jsonValue(), fc.constantFrom(2, "a", "2023-11-14", 1e16, -1)),
  );
  fc.assert(fc.property(fc.jsonValue(), check), tries());
  fc.assert(
    fc.property(envelopes, spoiled, (envelope, changes) => check({ ...toMap(envelope), ...changes })),
    tries(2000),
  );
  fc.assert(
    fc.property(spoiled, (changes) => check({ ...least, ...changes })),
    tries(2000),
  );
});

function deep(levels: number): unknown {
  let value: unknown = {};
  for (let level = 0; level < levels; level++) value = { value };
  return value;
}
