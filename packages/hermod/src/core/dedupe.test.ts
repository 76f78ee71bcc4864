import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { toAddress } from "./address.ts";
import { Copier } from "./codec.ts";
import { fingerprint, marksOf, ownedKey, saidKey } from "./dedupe.ts";
import { codeOf, sample, tries } from "./samples.test.kit.ts";

const key = fc.oneof(fc.string(), fc.constantFrom("__proto__", "$bytes", "a", "b", "1", "10"));
const record = fc.dictionary(key, fc.oneof(fc.jsonValue(), fc.uint8Array()), { maxKeys: 6 });

function printOf(payload: unknown, operation = "note"): string {
  return fingerprint(sample({ payload: new Copier().copy(payload), operation }));
}

function reordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reordered);
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([name, item]) => [name, reordered(item)]),
  );
}

test("a message is recognised by its id, and by its idempotency key where it has one", () => {
  assert.deepEqual(marksOf(sample({ id: "m1" })), ["critic id m1"]);
  assert.equal(marksOf(sample({ id: "m1", idempotencyKey: "k" })).length, 2);
});

test("the same id or key for another recipient, topic or operation is another mark", () => {
  const variants = [
    sample({ idempotencyKey: "k" }),
    sample({ idempotencyKey: "k", to: toAddress("editor") }),
    sample({ idempotencyKey: "k", to: undefined, topic: "critic" }),
    sample({ idempotencyKey: "k", operation: "review", id: "m2" }),
    sample({ idempotencyKey: "l", id: "m3" }),
    sample({ idempotencyKey: "m1", id: "m4" }),
  ];
  const marks = variants.flatMap(marksOf);
  assert.equal(new Set(marks).size, marks.length);
});

test("the order of keys does not change what a message says", () => {
  fc.assert(
    fc.property(record, (payload) => assert.equal(printOf(reordered(payload)), printOf(payload))),
    tries(),
  );
});

test("other content, another operation or no content at all say something else", () => {
  const payloads: readonly unknown[] = [
    undefined,
    0,
    1,
    "1",
    "",
    [],
    {},
    [1],
    { a: 1 },
    { a: 2 },
    { b: 1 },
    { a: [1] },
    { a: { b: 1 } },
    [[1]],
  ];
  const bytes = [new Uint8Array([1]), new Uint8Array([2]), { $bytes: "AQ==" }];
  const prints = [...payloads, ...bytes].map((payload) => printOf(payload));
  assert.equal(new Set(prints).size, prints.length);
  assert.notEqual(printOf(1, "a"), printOf(1, "b"));
  assert.notEqual(printOf("b", "a"), printOf("", "a b"));
});

test("a key that has an owner is nobody else's, and is said again as its owner said it", () => {
  const names = fc.tuple(
    fc.constantFrom("", "t"),
    fc.constantFrom("system", "person"),
    fc.stringMatching(/^[\w.-]{1,80}$/),
  );
  const owners = names.map((each) => each.join("/"));
  fc.assert(
    fc.property(
      owners,
      fc.string({ minLength: 1, maxLength: 300 }),
      owners,
      fc.string(),
      (one, key, other, second) => {
        assert.equal(saidKey(ownedKey(one, key)), key);
        assert.equal(ownedKey(one, key) === ownedKey(other, second), one === other && key === second);
      },
    ),
    tries(),
  );
  assert.equal(saidKey("order ~7~ of"), "order ~7~ of");
});

test("a key for which no room is left beside its owner is refused with the limit", () => {
  assert.equal(ownedKey("/system/a", "k".repeat(500)).length, 512);
  assert.equal(
    codeOf(() => ownedKey("/system/a", "k".repeat(501))),
    "HERMOD_BAD_ENVELOPE",
  );
});
