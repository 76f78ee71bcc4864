import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Intensity, toIntensity, type IntensityOptions } from "./intensity.ts";
import { thrownBy, tries } from "./samples.test.kit.ts";

test("the default allows 3 restarts in 5 s and refuses the fourth", () => {
  const intensity = toIntensity();
  assert.deepEqual([intensity.restarts, intensity.period], [3, 5000]);
  assert.deepEqual(
    [0, 1, 2, 4999].map((now) => intensity.note(now)),
    [true, true, true, false],
  );
});

test("a restart exactly one period ago no longer counts", () => {
  const intensity = new Intensity({ restarts: 1, period: 100 });
  assert.deepEqual(
    [7, 106.9, 107].map((now) => intensity.note(now)),
    [true, false, true],
  );
});

test("a restart that was refused does not count", () => {
  const intensity = new Intensity({ restarts: 1, period: 100 });
  assert.deepEqual(
    [0, 50, 99, 100].map((now) => intensity.note(now)),
    [true, false, false, true],
  );
});

test("those that count are told, and no longer than they count", () => {
  const intensity = new Intensity({ restarts: 3, period: 100 });
  for (const now of [0, 10, 20, 30]) intensity.note(now);
  assert.deepEqual(
    [30, 99, 100, 115, 120].map((now) => intensity.used(now)),
    [3, 3, 2, 1, 0],
  );
});

test("with no restarts allowed the first failure is too much, and so is every later one", () => {
  const intensity = toIntensity({ restarts: 0 });
  assert.deepEqual(
    [0, 1_000_000].map((now) => intensity.note(now)),
    [false, false],
  );
});

test("an intensity made from another starts afresh", () => {
  const used = toIntensity({ restarts: 1 });
  used.note(0);
  assert.equal(new Intensity(used).note(0), true);
});

test("at any time an intensity allows what a list of all restarts that were allowed says", () => {
  const check = (restarts: number, period: number, waits: readonly number[]): void => {
    const intensity = toIntensity({ restarts, period });
    const allowed: number[] = [];
    let now = 0;
    for (const wait of waits) {
      now += wait;
      const expected = allowed.filter((at) => at > now - period).length < restarts;
      assert.equal(intensity.note(now), expected);
      if (expected) allowed.push(now);
    }
  };
  const waits = fc.array(fc.nat(12), { maxLength: 60, size: "max" });
  fc.assert(fc.property(fc.nat(5), fc.integer({ min: 1, max: 30 }), waits, check), tries(20_000));
});

const bad: readonly (readonly [string, unknown])[] = [
  ["intensity.restarts", { restarts: -1 }],
  ["intensity.restarts", { restarts: 1.5 }],
  ["intensity.restarts", { restarts: 1001 }],
  ["intensity.restarts", { restarts: null }],
  ["intensity.period", { period: 0 }],
  ["intensity.period", { period: "soon" }],
  ["perod", { perod: 5 }],
  ["intensity", 3],
  ["intensity", null],
];

test("an option out of its range, or misspelt, is refused by name", () => {
  for (const [named, options] of bad) {
    const error = thrownBy(() => toIntensity(options as IntensityOptions));
    assert.equal(error.code, "HERMOD_BAD_OPTION");
    assert.ok(error.message.includes(named), error.message);
  }
});
