import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import * as errors from "./errors.ts";
import {
  HermodError,
  describe,
  errorTable,
  fromRecord,
  isErrorCode,
  toRecord,
  type ErrorCode,
} from "./errors.ts";
import { tries } from "./samples.test.kit.ts";

const codes = Object.keys(errorTable) as ErrorCode[];
const categories = ["usage", "routing", "timeout", "overload", "failure", "lifecycle", "storage"];

type Made = new (message: string, options?: errors.ErrorOptions) => HermodError;

/** The classes that stand for one code each. */
const classes = Object.entries(errors as Readonly<Record<string, unknown>>).flatMap(([name, value]) =>
  typeof value === "function" && value.prototype instanceof HermodError
    ? [[name, value as Made] as const]
    : [],
);

test("each code has a known category and a hint that is a sentence", () => {
  for (const code of codes) {
    const { category, hint } = errorTable[code];
    assert.match(code, /^HERMOD_[A-Z_]+$/);
    assert.ok(categories.includes(category), code);
    assert.match(hint, /^[A-Z].*[.]$/, code);
  }
});

test("an error carries code, category, whether a retry can help, details, hint, docs and cause", () => {
  const cause = new Error("disk");
  const error = new HermodError("HERMOD_STORE", "commit failed", { cause, details: { step: "commit" } });
  assert.ok(error instanceof Error);
  assert.equal(error.name, "HermodError");
  assert.equal(error.message, "commit failed");
  assert.equal(error.category, "storage");
  assert.equal(error.retryable, true);
  assert.deepEqual(error.details, { step: "commit" });
  assert.equal(error.hint, errorTable.HERMOD_STORE.hint);
  assert.equal(error.docs, "docs/errors.md#hermod_store");
  assert.equal(error.cause, cause);
});

test("an error without a cause has no such property", () => {
  assert.ok(!Object.hasOwn(new HermodError("HERMOD_STORE", "x"), "cause"));
});

test("hint and retryable of the error itself are stronger than the table's", () => {
  const error = new HermodError("HERMOD_FAILED", "x", { hint: "Look at the tide.", retryable: false });
  assert.equal(error.hint, "Look at the tide.");
  assert.equal(error.retryable, false);
});

test("each class has its own name and a code that no other class has", () => {
  const own = classes.map(([name, Class]) => {
    const error = new Class("x");
    assert.equal(error.name, name);
    assert.ok(isErrorCode(error.code));
    return error.code;
  });
  assert.ok(own.length >= 9);
  assert.equal(new Set(own).size, own.length);
});

test("an error of each code survives the way to plain data and back, with its class", () => {
  for (const code of codes) {
    const Class = classes.find(([, Known]) => new Known("x").code === code)?.[1];
    const options = { details: { agent: "critic" }, hint: "Try the other one." };
    const error = Class ? new Class("gone", options) : new HermodError(code, "gone", options);
    const back = fromRecord(JSON.parse(JSON.stringify(error)) as errors.ErrorRecord);
    assert.equal(back.constructor, error.constructor, code);
    assert.deepEqual(back.toJSON(), error.toJSON());
  }
});

test("a record with a code of a later release becomes a FailedError that keeps what it says", () => {
  const record = {
    code: "HERMOD_NEW",
    name: "NewError",
    message: "m",
    category: "usage",
    retryable: false,
    hint: "h",
  } as const;
  for (const code of ["HERMOD_NEW", "toString", "__proto__", ""]) {
    const back = fromRecord({ ...record, code });
    assert.ok(back instanceof errors.FailedError);
    assert.deepEqual([back.message, back.retryable, back.hint], ["m", false, "h"]);
  }
});

test("a record read back can be given its cause", () => {
  const cause = new Error("the first");
  assert.equal(fromRecord(toRecord(cause), cause).cause, cause);
});

test("a user's error keeps its name, message and the lines where it was thrown as plain data", () => {
  const { stack, ...record } = toRecord(new RangeError("too far"));
  assert.match(stack ?? "", /^RangeError: too far\n.*errors\.test\.ts/);
  assert.deepEqual(record, {
    code: "HERMOD_FAILED",
    name: "RangeError",
    message: "too far",
    category: "failure",
    retryable: true,
  });
});

test("a very long message is cut", () => {
  assert.equal(toRecord(new Error("x".repeat(100_000))).message.length, 4096);
});

const thrown: readonly (readonly [unknown, string])[] = [
  ["text", "text"],
  [undefined, "undefined"],
  [null, "null"],
  [42, "42"],
  [10n, "a thrown bigint that cannot be read"],
  [Symbol("x"), "Symbol(x)"],
  [{ reason: "tide" }, '{"reason":"tide"}'],
];

test("whatever a handler throws has a text", () => {
  for (const [value, text] of thrown) assert.equal(describe(value), text);
});

// oxfmt-ignore
const hostile: readonly (readonly [string, () => unknown])[] = [
  ["a message that is no text", () => Object.assign(new Error("x"), { message: { code: 42 } })],
  ["a message that throws", () => Object.defineProperty(new Error("x"), "message", { get: () => assert.fail("no") })],
  ["a name that throws", () => Object.defineProperty(new Error("x"), "name", { get: () => assert.fail("no") })],
  ["a name without text", () => Object.assign(new Error("x"), { name: Object.create(null) as unknown })],
  ["a name that is a symbol", () => Object.assign(new Error("x"), { name: Symbol("x") })],
  ["a toJSON that throws", () => ({ toJSON: () => assert.fail("no") })],
  ["a cycle", cycle],
  ["100,000 levels", deep],
  ["a revoked proxy", revoked],
  ["an error behind a proxy that throws", () => new Proxy(new Error("x"), { get: () => assert.fail("no") })],
];

for (const [what, make] of hostile) {
  test(`a thrown value with ${what} becomes plain data all the same`, () => {
    const record = toRecord(make());
    assert.equal(record.code, "HERMOD_FAILED");
    assert.equal(typeof record.name, "string");
    assert.equal(typeof record.message, "string");
    assert.equal(typeof JSON.stringify(record), "string");
  });
}

test("any thrown value becomes a record that comes back as an error with the same message", () => {
  const check = (value: unknown): void => {
    const record = toRecord(value);
    assert.equal(fromRecord(record).message, record.message);
  };
  fc.assert(
    fc.property(fc.anything({ withBigInt: true, withDate: true, withNullPrototype: true }), check),
    tries(),
  );
});

function cycle(): unknown {
  const ring: { next?: unknown } = {};
  ring.next = ring;
  return ring;
}

function deep(): unknown {
  let value: unknown = [];
  for (let level = 0; level < 100_000; level++) value = [value];
  return value;
}

function revoked(): unknown {
  const { proxy, revoke } = Proxy.revocable(new Error("x"), {});
  revoke();
  return proxy;
}
