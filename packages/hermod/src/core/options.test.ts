import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { aDuration, aFunction, checkOptions, oneOf, wholeNumber } from "./options.ts";
import { codeOf, thrownBy, tries } from "./samples.test.kit.ts";

const known = ["timeout", "retry", "priority"];

test("known options and none at all pass", () => {
  for (const options of [
    {},
    { timeout: 1 },
    { timeout: undefined, retry: {}, priority: "high" },
    Object.create(null) as object,
  ]) {
    checkOptions("call", options, known);
  }
});

test("a misspelt option is refused with the nearest known one and the whole list", () => {
  const error = thrownBy(() => checkOptions("call", { timout: "5s" }, known));
  assert.equal(error.code, "HERMOD_BAD_OPTION");
  assert.equal(error.message, 'call has no option "timout". Did you mean "timeout"?');
  assert.equal(error.details["option"], "timout");
  assert.equal(error.hint, "Known options of call: timeout, retry, priority.");
});

test("options that are inherited, or named like parts of every object, are refused too", () => {
  for (const options of [
    Object.create({ extra: 1 }),
    JSON.parse('{"__proto__":1}'),
    { constructor: 1 },
    { toString: 1 },
  ] as object[]) {
    assert.equal(
      codeOf(() => checkOptions("call", options, known)),
      "HERMOD_BAD_OPTION",
    );
  }
});

test("options that are no object are refused with what was given", () => {
  for (const options of [undefined, null, 5, "5s", [], () => 1]) {
    assert.match(
      thrownBy(() => checkOptions("call", options, known)).message,
      /^call options must be an object, got /,
    );
  }
});

test("the caller's object stays as it was", () => {
  const options = Object.freeze({ timeout: 1 });
  checkOptions("call", options, known);
  assert.deepEqual(options, { timeout: 1 });
});

test("one of the choices is given back, anything else is refused with all of them", () => {
  assert.equal(oneOf("order", "fifo", ["priority", "fifo"]), "fifo");
  const error = thrownBy(() => oneOf("order", "lifo", ["priority", "fifo"]));
  assert.equal(error.message, 'order must be one of "priority", "fifo", got "lifo"');
  assert.equal(error.code, "HERMOD_BAD_OPTION");
});

test("a whole number in its range is given back, anything else is refused with the range", () => {
  const check = (value: unknown): void => {
    const fits = Number.isSafeInteger(value) && (value as number) >= 1 && (value as number) <= 10;
    if (fits) assert.equal(wholeNumber("size", value, 1, 10), value);
    else
      assert.match(
        thrownBy(() => wholeNumber("size", value, 1, 10)).message,
        /^size must be a whole number from 1 to 10, got /,
      );
  };
  const value = fc.oneof(fc.integer({ min: -2, max: 12 }), fc.double(), fc.anything({ withBigInt: true }));
  fc.assert(fc.property(value, check), tries());
});

test("a duration that is long enough is given back in milliseconds, a shorter one is refused with the least", () => {
  assert.equal(aDuration("window", "1s", 1000), 1000);
  assert.equal(aDuration("window", 10.5, 10), 10.5);
  const error = thrownBy(() => aDuration("window", "9ms", 10));
  assert.equal(error.code, "HERMOD_BAD_OPTION");
  assert.equal(error.message, 'window must be at least 10 ms, got "9ms"');
  assert.match(thrownBy(() => aDuration("window", "soon", 10)).message, /^window must be a duration/);
});

test("a function is given back, anything else is refused by name", () => {
  assert.equal(aFunction("on.note", check), check);
  assert.match(
    thrownBy(() => aFunction("on.note", "note")).message,
    /^on\.note must be a function, got "note"$/,
  );
  function check(): void {}
});
