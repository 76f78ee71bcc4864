/** What is no payload: other data than plain, data that throws when it is read, and too much of it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Copier, defaultLimits } from "./codec.ts";
import { HermodError, TooLargeError } from "./errors.ts";
import { thrownBy, tries } from "./samples.test.kit.ts";

function refusal(value: unknown, copier = new Copier()): HermodError {
  return thrownBy(() => copier.copy(value));
}

function nested(levels: number): unknown {
  let value: unknown = [];
  for (let level = 1; level < levels; level++) value = [value];
  return value;
}

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

// oxfmt-ignore
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
    for (const payload of [make(), [make()], { a: make() }])
      assert.equal(refusal(payload).code, "HERMOD_BAD_PAYLOAD");
  });
}

test("a list that claims to be endless ends at the limit of keys", () => {
  const endless = new Proxy([], { get: (_, key) => (key === "length" ? Infinity : 0) });
  assert.deepEqual(refusal(endless).details, { limit: "keys", value: 10_000 });
});

test("a value at a limit passes, one beyond it is too large and the limit is named", () => {
  const limits = { size: 100, depth: 3, keys: 5 };
  const fits = [
    nested(3),
    { a: { b: { c: 1 } } },
    [1, 2, 3, 4, 5],
    { a: 1, b: 2, c: 3, d: 4, e: 5 },
    "x".repeat(98),
  ];
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

test("a copier names what it copies", () => {
  assert.match(
    refusal(10n, new Copier(defaultLimits, "reply of critic.review")).message,
    /^reply of critic\.review holds/,
  );
});

test("any value at all is copied or refused with a code", () => {
  const anything = fc.anything({
    withBigInt: true,
    withDate: true,
    withMap: true,
    withSet: true,
    withTypedArray: true,
    withSparseArray: true,
  });
  const check = (value: unknown): void => {
    try {
      new Copier().copy(value);
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
