import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { slotOf } from "./rendezvous.ts";
import { anyText, tries } from "./samples.test.kit.ts";

const key = fc.oneof(fc.string(), anyText, fc.uuid());
const slots = fc.integer({ min: 1, max: 40 });

test("a key has one slot, which is one of those that there are", () => {
  const check = (text: string, count: number): void => {
    const slot = slotOf(text, count);
    assert.ok(Number.isInteger(slot) && slot >= 0 && slot < count, `slot ${slot} of ${count}`);
    assert.equal(slotOf(`${text}`, count), slot);
  };
  fc.assert(fc.property(key, slots, check), tries(20_000));
});

test("one slot more takes keys to itself, and moves none between the others", () => {
  const check = (text: string, count: number): void => {
    const [before, after] = [slotOf(text, count), slotOf(text, count + 1)];
    assert.ok(after === before || after === count, `from ${before} to ${after} of ${count + 1}`);
  };
  fc.assert(fc.property(key, slots, check), tries(20_000));
});

/** How many of 10,000 keys belong to each of some slots. */
function spread(count: number, keyAt: (at: number) => string): number[] {
  const found = Array<number>(count).fill(0);
  for (let at = 0; at < 10_000; at++) (found[slotOf(keyAt(at), count)] as number)++;
  return found;
}

const kinds: Readonly<Record<string, (at: number) => string>> = {
  "numbers at the end": (at) => `user-${at}`,
  "numbers in front": (at) => `${at}@example.org`,
  "letters beyond Latin": (at) => String.fromCodePoint(0x4e00 + at),
  "ids of one time": (at) => `0198f3a2-7c11-7${at.toString(16).padStart(4, "0")}-8000-0a1b2c3d4e5f`,
};

for (const [kind, keyAt] of Object.entries(kinds)) {
  test(`10,000 keys with ${kind} are spread over 7 slots evenly, within 15 %`, () => {
    for (const count of spread(7, keyAt))
      assert.ok(Math.abs(count - 10_000 / 7) < (0.15 * 10_000) / 7, `${count}`);
  });
}

test("the eighth slot takes its share from all others alike", () => {
  const moved = Array<number>(7).fill(0);
  for (let at = 0; at < 10_000; at++)
    if (slotOf(`user-${at}`, 8) === 7) (moved[slotOf(`user-${at}`, 7)] as number)++;
  for (const count of moved) assert.ok(Math.abs(count - 10_000 / 56) < (0.3 * 10_000) / 56, moved.join(" "));
});

test("slots are those that every process finds: they do not change", () => {
  const found = ["user-1", "user-2", "研究者", "", "a", "b"].map((text) => slotOf(text, 100));
  assert.deepEqual(found, [81, 13, 73, 39, 52, 29]);
});
