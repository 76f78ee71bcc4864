import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { TimeHeap } from "./heap.ts";
import { tries } from "./samples.test.kit.ts";

type Step =
  | { readonly do: "push"; readonly at: number }
  | { readonly do: "take"; readonly now: number }
  | { readonly do: "remove"; readonly by: number };

const time = fc.nat(8);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant("push"), at: time }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("take"), now: time }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("remove"), by: fc.integer({ min: 2, max: 5 }) }) },
);

interface Item {
  readonly at: number;
  readonly item: number;
}

/** The earliest item of a plain list, the first among equals, if its time has come. */
function takeFrom(list: Item[], now: number): number | undefined {
  const earliest = list.toSorted((a, b) => a.at - b.at || a.item - b.item)[0];
  if (earliest === undefined || earliest.at > now) return undefined;
  list.splice(list.indexOf(earliest), 1);
  return earliest.item;
}

function apply(heap: TimeHeap<number>, list: Item[], each: Step, item: number): void {
  switch (each.do) {
    case "push":
      heap.push(each.at, item);
      list.push({ at: each.at, item });
      break;
    case "take":
      assert.equal(heap.take(each.now), takeFrom(list, each.now));
      break;
    case "remove": {
      const gone = list.filter((entry) => entry.item % each.by === 0).map((entry) => entry.item);
      assert.deepEqual(new Set(heap.removeWhere((entry) => entry % each.by === 0)), new Set(gone));
      list.splice(0, list.length, ...list.filter((entry) => entry.item % each.by !== 0));
      break;
    }
  }
}

test("a heap gives the earliest item first, and the first that came among equal times, as a sorted list does", () => {
  const check = (steps: readonly Step[]): void => {
    const heap = new TimeHeap<number>();
    const list: Item[] = [];
    steps.forEach((each, item) => {
      apply(heap, list, each, item);
      assert.equal(heap.length, list.length);
      assert.equal(heap.next ?? Infinity, Math.min(...list.map(({ at }) => at)));
      assert.deepEqual(
        new Set(Array.from(heap, (entry) => entry.item)),
        new Set(list.map((entry) => entry.item)),
      );
    });
    while (list.length > 0) assert.equal(heap.take(Infinity), takeFrom(list, Infinity));
  };
  fc.assert(fc.property(fc.array(step, { maxLength: 60, size: "max" }), check), tries());
});

test("nothing is given before its time, and all of one time in the order it came", () => {
  const heap = new TimeHeap<string>();
  for (const name of ["a", "b", "c"]) heap.push(10, name);
  heap.push(5, "early");
  assert.equal(heap.take(4), undefined);
  assert.equal(heap.next, 5);
  assert.deepEqual(
    [heap.take(5), heap.take(5), heap.take(10), heap.take(11), heap.take(12)],
    ["early", undefined, "a", "b", "c"],
  );
  assert.equal(heap.next, undefined);
});
