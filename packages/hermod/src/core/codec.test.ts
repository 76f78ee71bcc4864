import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Copier, sizeOf } from "./codec.ts";
import { anyText, tries } from "./samples.test.kit.ts";

function copy<T>(value: T): T {
  return new Copier().copy(value);
}

function isFrozenAllThrough(value: unknown): boolean {
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return true;
  return Object.isFrozen(value) && Object.values(value).every(isFrozenAllThrough);
}

/** Plain data as users send it, with awkward keys and bytes. */
const plain = fc.letrec((tie) => ({
  any: fc.oneof({ maxDepth: 4 }, tie("leaf"), fc.array(tie("any"), { maxLength: 5 }), tie("record")),
  record: fc.dictionary(
    fc.oneof(fc.string(), fc.constantFrom("__proto__", "constructor", "toString", "length")),
    tie("any"),
    {
      maxKeys: 5,
    },
  ),
  leaf: fc.oneof(
    anyText,
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.boolean(),
    fc.constant(null),
    fc.uint8Array(),
  ),
})).any;

test("a copy equals its original, shares nothing with it and is frozen all through", () => {
  const check = (value: unknown): void => {
    const twin = copy(value);
    assert.deepEqual(normal(twin), normal(value));
    assert.ok(isFrozenAllThrough(twin));
    assert.ok(!sharesAnything(value, twin));
  };
  fc.assert(fc.property(plain, check), tries());
});

test("plain data is as large to whom it only measures as to whom it copies", () => {
  const copier = new Copier();
  const check = (value: unknown): void => {
    copier.copy(value);
    assert.equal(sizeOf(value), copier.size);
  };
  fc.assert(fc.property(plain, check), tries());
  check({ left: undefined, out: [[], {}] });
});

test("what the sender changes after the copy does not reach it", () => {
  const original = { list: [1, 2], bytes: new Uint8Array([1, 2]), deep: { text: "a" } };
  const twin = copy(original);
  original.list.push(3);
  original.bytes[0] = 9;
  original.deep.text = "b";
  assert.deepEqual(twin, { list: [1, 2], bytes: new Uint8Array([1, 2]), deep: { text: "a" } });
});

test("bytes stay bytes, whatever view or buffer they came in", () => {
  const shared = new Uint8Array(new SharedArrayBuffer(3));
  shared.set([7, 8, 9]);
  for (const bytes of [Buffer.from("tide"), new Uint8Array([1, 2, 3, 4]).subarray(1, 3), shared]) {
    const twin = copy({ bytes }).bytes;
    assert.equal(Object.getPrototypeOf(twin), Uint8Array.prototype);
    assert.deepEqual([...twin], [...bytes]);
  }
});

test("a key named __proto__ stays a key and changes no prototype", () => {
  const value: unknown = JSON.parse('{"__proto__":{"admin":true},"list":[{"__proto__":1}]}');
  const twin = copy(value) as { admin?: boolean };
  assert.equal(twin.admin, undefined);
  assert.equal(Object.getPrototypeOf(twin), Object.prototype);
  assert.equal(JSON.stringify(twin), JSON.stringify(value));
});

test("keys that are undefined are left out, and no payload at all is allowed", () => {
  assert.deepEqual(Object.keys(copy({ a: undefined, b: 1 })), ["b"]);
  assert.equal(copy(undefined), undefined);
});

test("a negative zero becomes zero, as on every store that writes JSON", () => {
  assert.ok(Object.is(copy(-0), 0));
});

test("an object without a prototype is plain data, and keys that are symbols are left out", () => {
  const value = Object.assign(Object.create(null) as object, { own: 1, [Symbol("hidden")]: 2 });
  assert.deepEqual(copy(value), { own: 1 });
});

test("the size is that of the last copy and close to the length of its JSON", () => {
  const copier = new Copier();
  copier.copy({ text: "x".repeat(1000), list: [1, true, null] });
  assert.ok(Math.abs(copier.size - 1040) < 30, String(copier.size));
  copier.copy(undefined);
  assert.equal(copier.size, 0);
});

test("a copier goes on after a refusal", () => {
  const copier = new Copier();
  assert.throws(() => copier.copy([[10n]]));
  assert.deepEqual(copier.copy([1]), [1]);
});

/** What a payload means: no prototypes, no negative zeros. */
function normal(value: unknown): unknown {
  if (typeof value === "number") return value + 0;
  if (Array.isArray(value)) return value.map(normal);
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value;
  return new Map(Object.entries(value).map(([key, item]) => [key, normal(item)]));
}

function sharesAnything(a: unknown, b: unknown): boolean {
  if (typeof a !== "object" || a === null || typeof b !== "object" || b === null) return false;
  if (a === b) return true;
  if (a instanceof Uint8Array) return b instanceof Uint8Array && a.length > 0 && a.buffer === b.buffer;
  return Object.keys(a).some((key) => sharesAnything(Reflect.get(a, key), Reflect.get(b, key)));
}
