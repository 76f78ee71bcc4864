import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { tries } from "./samples.test.kit.ts";
import { RollingWindow } from "./window.ts";

test("an outcome counts until the tenth bucket after its own begins", () => {
  const window = new RollingWindow(100);
  window.note(true, 9);
  window.note(false, 10);
  assert.deepEqual([window.ended(99), window.failed(99)], [2, 1]);
  assert.deepEqual([window.ended(100), window.failed(100)], [1, 0]);
  assert.deepEqual([window.ended(109), window.ended(110)], [1, 0]);
});

test("a bucket that comes round again has forgotten what it held", () => {
  const window = new RollingWindow(100);
  window.note(true, 5);
  window.note(false, 105);
  assert.deepEqual([window.ended(105), window.failed(105)], [1, 0]);
  window.note(true, 10_005);
  assert.deepEqual([window.ended(10_005), window.failed(10_005)], [1, 1]);
});

test("reading ahead of time takes nothing away", () => {
  const window = new RollingWindow(100);
  window.note(true, 0);
  assert.equal(window.ended(1_000_000), 0);
  assert.deepEqual([window.ended(50), window.failed(50)], [1, 1]);
});

const outcome = fc.record({ wait: fc.nat(30), failed: fc.boolean() });

test("whatever is younger than nine tenths of the window counts, and nothing of its age or older", () => {
  const check = (
    size: number,
    start: number,
    outcomes: readonly { wait: number; failed: boolean }[],
  ): void => {
    const window = new RollingWindow(size);
    const times: number[] = [];
    let now = start;
    for (const { wait, failed } of outcomes) {
      now += wait;
      window.note(failed, now);
      times.push(now);
      const younger = times.filter((at) => now - at < size * 0.9).length;
      const old = times.filter((at) => now - at >= size).length;
      assert.ok(window.ended(now) >= younger && window.ended(now) <= times.length - old);
      assert.ok(window.failed(now) <= window.ended(now));
    }
  };
  const size = fc.constantFrom(10, 20, 50, 100, 130);
  fc.assert(
    fc.property(size, fc.nat(500), fc.array(outcome, { maxLength: 60, size: "max" }), check),
    tries(),
  );
});
