import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Copier, defaultLimits } from "./codec.ts";
import { HermodError, TooLargeError } from "./errors.ts";
import { thrownBy, tries } from "./samples.test.kit.ts";

function copy<T>(value: T): T {
  return new Copier().copy(value);
}

function refusal(value: unknown, copier = new Copier()): HermodError {
  return thrownBy(() => copier.copy(value));
}

function nested(levels: number): unknown {
  let value: unknown = [];
  for (let level = 1; level < levels; level++) value = [value];
  return value;
}

function isFrozenAllThrough(value: unknown): boolean {
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return true;
  return Object.isFrozen(value) && Object.values(value).every(isFrozenAllThrough);
}

/** Plain data as users send it, with awkward keys and bytes. */
const plain = fc.letrec((tie) => ({
  any: fc.oneof({ maxDepth: 4 }, tie("leaf"), fc.array(tie("any"), { maxLength: 5 }), tie("record")),
  record: fc.dictionary(fc.oneof(fc.string(), fc.constantFrom("__proto__", "constructor", "toString", "length")), tie("any"), {
    maxKeys: 5,
  }),
  leaf: fc.oneof(fc.string({ unit: "binary" }), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.boolean(), fc.constant(null), fc.uint8Array()),
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

test("keys that are inherited or symbols are not copied", () => {
  const value = Object.assign(Object.create(null) as object, { own: 1, [Symbol("hidden")]: 2 });
  assert.deepEqual(copy(value), { own: 1 });
});

const refused: readonly (readonly [string, unknown, string])[] = [
  ["a date", new Date(0), "a Date"],
  ["a map", new Map(), "a Map"],
  ["a set", new Set(), "a Set"],
  ["a regular expression", /x/, "a RegExp"],
  ["an error", new TypeError("x"), "a TypeError"],
  ["a promise", Promise.resolve(), "a Promise"],
  ["a list of other numbers", new Float64Array(1), "a Float64Array"],
  ["an instance of a class", new (class Sea {})(), "a Sea"],
  ["a boxed number", Object(1), "a Number"],
  ["a big integer", 10n, "bigint (10)"],
  ["a function", () => 1, "function"],
  ["a symbol", Symbol("x"), "symbol (Symbol(x))"],
  ["no number", NaN, "NaN"],
  ["an endless number", -Infinity, "-Infinity"],
];

for (const [what, value, named] of refused) {
  test(`${what} is refused by its name, wherever it stands`, () => {
    for (const payload of [value, [value], { key: value }, { a: [{ b: value }] }]) {
      const error = refusal(payload);
      assert.equal(error.code, "HERMOD_BAD_PAYLOAD");
      assert.ok(error.message.includes(named) && error.message.includes("plain data"), error.message);
    }
  });
}

test("a hole in a list is refused, since JSON could not tell it from null", () => {
  assert.match(refusal([1, undefined]).message, /undefined/);
  // oxlint-disable-next-line no-sparse-arrays
  assert.match(refusal([1, , 2]).message, /undefined/);
});

const hostile: readonly (readonly [string, () => unknown])[] = [
  ["a getter that throws", () => Object.defineProperty({}, "x", { enumerable: true, get: () => assert.fail("no") })],
  ["a getter that throws nothing at all", () => ({ get x() { throw undefined; } })], // oxlint-disable-line
  ["a proxy whose traps throw", () => new Proxy({}, { ownKeys: () => assert.fail("no") })],
  ["a proxy without a prototype to tell", () => new Proxy({}, { getPrototypeOf: () => assert.fail("no") })],
  ["a proxy of a list that throws", () => new Proxy([1], { get: () => assert.fail("no") })],
  ["a revoked proxy", revoked],
  ["an object with a constructor that throws", () => Object.create({ get constructor() { return assert.fail("no"); } })],
];

for (const [what, make] of hostile) {
  test(`${what} is a bad payload, not a crash`, () => {
    for (const payload of [make(), [make()], { a: make() }]) assert.equal(refusal(payload).code, "HERMOD_BAD_PAYLOAD");
  });
}

test("a list that claims to be endless ends at the limit of keys", () => {
  const endless = new Proxy([], { get: (_, key) => (key === "length" ? Infinity : 0) });
  assert.deepEqual(refusal(endless).details, { limit: "keys", value: 10_000 });
});

test("a value at a limit passes, one beyond it is too large and the limit is named", () => {
  const limits = { size: 100, depth: 3, keys: 5 };
  const fits = [nested(3), { a: { b: { c: 1 } } }, [1, 2, 3, 4, 5], { a: 1, b: 2, c: 3, d: 4, e: 5 }, "x".repeat(98)];
  for (const value of fits) new Copier(limits).copy(value);
  const beyond: [string, unknown][] = [
    ["depth", nested(4)],
    ["depth", { a: { b: { c: {} } } }],
    ["keys", [1, 2, 3, 4, 5, 6]],
    ["keys", { a: 1, b: [1, 2, 3, 4, 5] }],
    ["size", "x".repeat(99)],
    ["size", { ["k".repeat(100)]: 1 }],
    ["size", new Uint8Array(76)],
  ];
  for (const [limit, value] of beyond) {
    const error = refusal(value, new Copier(limits));
    assert.ok(error instanceof TooLargeError);
    assert.equal(error.details["limit"], limit);
    assert.ok(error.message.includes(limit), error.message);
  }
});

test("a cycle is too deep, and the hint says so", () => {
  const ring: { next?: unknown; list: unknown[] } = { list: [] };
  ring.next = ring;
  ring.list.push(ring.list);
  for (const value of [ring, ring.list]) {
    const error = refusal(value);
    assert.equal(error.details["limit"], "depth");
    assert.match(error.hint, /cycle/);
  }
});

test("data of 100,000 levels is refused without a stack overflow, whatever the limit of depth", () => {
  const deep = nested(100_000);
  assert.equal(refusal(deep).code, "HERMOD_TOO_LARGE");
  const boundless = new Copier({ ...defaultLimits, depth: Infinity, keys: Infinity });
  assert.equal(refusal(deep, boundless).code, "HERMOD_BAD_PAYLOAD");
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

test("a copier names what it copies", () => {
  assert.match(refusal(10n, new Copier(defaultLimits, "reply of critic.review")).message, /^reply of critic\.review holds/);
});

test("any value at all is copied or refused with a code", () => {
  const anything = fc.anything({ withBigInt: true, withDate: true, withMap: true, withSet: true, withTypedArray: true, withSparseArray: true });
  const check = (value: unknown): void => {
    try {
      copy(value);
    } catch (error) {
      assert.ok(error instanceof HermodError, String(error));
    }
  };
  fc.assert(fc.property(anything, check), tries());
});

function revoked(): unknown {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

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
