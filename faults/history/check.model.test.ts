/** The checker against runs by chance: a right one has no fault, and a fault put into one is found under its name. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { tries } from "../../packages/hermod/src/core/samples.test.kit.ts";
import { check } from "./check.ts";
import { drawsOf } from "../random.ts";
import { correctRun } from "./model.test.kit.ts";
import { plants } from "./plant.test.kit.ts";
import { noCounts } from "./verdict.ts";

const run = fc.tuple(fc.nat(), fc.integer({ min: 5, max: 120 }));

test("a right run has no fault", () => {
  fc.assert(
    fc.property(run, ([seed, steps]) => {
      const { findings, counts } = check(correctRun(drawsOf(seed), steps));
      assert.deepEqual(findings, []);
      assert.ok(Object.keys(noCounts()).every((name) => name in counts));
    }),
    tries(5000),
  );
});

test("right runs hold what the classes are about", () => {
  const sum = { OK: 0, RECOVERED: 0, DUPLICATE_EXPLAINED: 0 };
  for (let seed = 0; seed < 100; seed++) {
    const { counts } = check(correctRun(drawsOf(seed), 100));
    for (const name of ["OK", "RECOVERED", "DUPLICATE_EXPLAINED"] as const) sum[name] += counts[name];
  }
  assert.ok(sum.OK > 1000 && sum.RECOVERED > 100 && sum.DUPLICATE_EXPLAINED > 100, JSON.stringify(sum));
});

describe("in a right run a planted fault is found:", () => {
  for (const [what, [names, plant]] of Object.entries(plants))
    test(what, () => {
      let planted = 0;
      fc.assert(
        fc.property(run, ([seed, steps]) => {
          const history = plant(correctRun(drawsOf(seed), steps), drawsOf(seed + 1));
          if (history === undefined) return;
          planted++;
          const { counts } = check(history);
          assert.ok(names.some((name) => counts[name] > 0));
        }),
        tries(1000),
      );
      assert.ok(planted > 100, `planted ${planted} times`);
    });
});
