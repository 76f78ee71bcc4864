import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Ring } from "./ring.ts";
import { tries } from "./samples.test.kit.ts";

type Step = { readonly do: "push" | "unshift" | "shift" } | { readonly do: "removeAt"; readonly at: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constantFrom("push", "unshift", "shift") }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("push") }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("removeAt"), at: fc.nat(20) }) },
);

/** The same step on a ring and on an array; both must answer alike. */
function apply(ring: Ring<number>, array: number[], step: Step, item: number): void {
  switch (step.do) {
    case "push":
    case "unshift":
      ring[step.do](item);
      array[step.do](item);
      break;
    case "shift":
      assert.equal(ring.shift(), array.shift());
      break;
    case "removeAt":
      assert.equal(ring.removeAt(step.at), array.splice(step.at, 1)[0]);
      break;
  }
}

test("a ring does what an array does, at both ends and in the middle", () => {
  const check = (steps: readonly Step[]): void => {
    const ring = new Ring<number>();
    const array: number[] = [];
    steps.forEach((each, item) => {
      apply(ring, array, each, item);
      assert.equal(ring.length, array.length);
      assert.deepEqual([...ring], array);
      for (let at = 0; at <= array.length; at++) assert.equal(ring.at(at), array[at]);
    });
  };
  fc.assert(fc.property(fc.array(step, { maxLength: 60, size: "max" }), check), tries());
});

test("a ring that was long goes on after it ran empty", () => {
  const ring = new Ring<number>();
  for (let round = 0; round < 3; round++) {
    for (let item = 0; item < 5000; item++) ring.push(item);
    for (let item = 0; item < 5000; item++) assert.equal(ring.shift(), item);
    assert.equal(ring.shift(), undefined);
    assert.equal(ring.at(0), undefined);
  }
});

test("what was taken out is not held on to", () => {
  const ring = new Ring<object>();
  const items = Array.from({ length: 8 }, () => ({}));
  for (const item of items) ring.push(item);
  ring.removeAt(3);
  while (ring.length > 0) ring.shift();
  for (let at = 0; at < 8; at++) assert.equal(ring.at(at), undefined);
});
