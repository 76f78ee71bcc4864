import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { show, toMs } from "./duration.ts";
import { codeOf, thrownBy, tries } from "./samples.test.kit.ts";

const good: readonly (readonly [unknown, number])[] = [
  [0, 0],
  [1, 1],
  [0.5, 0.5],
  ["0ms", 0],
  ["250ms", 250],
  ["5s", 5000],
  ["1.5s", 1500],
  ["10m", 600_000],
  ["2h", 7_200_000],
  ["1d", 86_400_000],
];

for (const [value, ms] of good) {
  test(`${JSON.stringify(value)} is ${ms} ms`, () => assert.equal(toMs(value, "timeout"), ms));
}

// oxfmt-ignore
const bad: readonly unknown[] = [
  -1, NaN, Infinity, -Infinity, 1n, "", "5", "s", "5 s", " 5s", "5s ", "-5s", "+5s", "5S", "5sec", "5.s", ".5s",
  "1e3ms", "0x5s", "١s", "5s\n", `${"9".repeat(40)}s`, null, undefined, true, {}, [], ["5s"], () => 5, Symbol("5s"),
];

test("anything but a number from 0 up or a number with a unit is refused with the option's name and what was given", () => {
  for (const value of bad) {
    const error = thrownBy(() => toMs(value, "timeout"));
    assert.equal(error.code, "HERMOD_BAD_OPTION", show(value));
    assert.ok(error.message.includes("timeout") && error.message.includes(show(value)), error.message);
  }
});

test("any value gives a finite duration of 0 or more, or a coded error", () => {
  const judge = (value: unknown): void => {
    let ms: number | undefined;
    const refused = codeOfOrNone(() => (ms = toMs(value, "timeout")));
    if (refused === undefined) assert.ok(Number.isFinite(ms) && (ms as number) >= 0);
    else assert.equal(refused, "HERMOD_BAD_OPTION");
  };
  fc.assert(fc.property(fc.anything({ withBigInt: true, withDate: true, withMap: true }), judge), tries());
  fc.assert(fc.property(fc.stringMatching(/^\d{0,30}(\.\d{0,4})?(ms|s|m|h|d)?$/), judge), tries());
});

test("a received value is shown short, on one line and without running its code", () => {
  const shouting = { toString: () => assert.fail("toString was called") };
  assert.equal(show(shouting), "an object");
  assert.equal(show([shouting]), "an array");
  assert.equal(
    show(() => 1),
    "a function",
  );
  assert.equal(show(Symbol("x")), "Symbol(x)");
  assert.equal(show(undefined), "undefined");
  assert.equal(show("a\nb"), String.raw`"a\nb"`);
  assert.ok(show("x".repeat(1000)).length < 100);
});

function codeOfOrNone(run: () => unknown): string | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    return codeOf(() => {
      throw error;
    });
  }
}
