import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { toAddress, type Address } from "./address.ts";
import { isCallBack } from "./envelope.ts";
import { cycleOf, defaultLoops, endless } from "./loop.ts";
import { sample, tries } from "./samples.test.kit.ts";

const names = ["a", "b", "c"].map((name) => toAddress(name));
const address = fc.constantFrom(...names);
const chain = fc.array(address, { maxLength: 12 });

test("a circle is what lies between the last place of the called agent and the caller, where all of that waits", () => {
  const property = fc.property(chain, address, fc.nat({ max: 12 }), (hops, to, some) => {
    const waits = Math.min(some, hops.length);
    const waiting = waits === 0 ? [] : hops.slice(-waits);
    const circle = cycleOf({ to, hops, waits });
    const isCircle = waiting.includes(to);
    assert.equal(circle.length > 0, isCircle);
    assert.equal(isCallBack(sample({ to, hops, waits })), isCircle);
    if (!isCircle) return;
    assert.deepEqual([circle[0], circle.at(-1)], [to, hops.at(-1)]);
    assert.equal(circle.filter((each) => each === to).length, 1);
  });
  fc.assert(property, tries(5000));
});

test("a chain may be as long as its limit, and two agents may send to and fro as often as theirs", () => {
  const limits = fc.record({
    hops: fc.integer({ min: 1, max: 14 }),
    pingPong: fc.integer({ min: 1, max: 8 }),
  });
  const property = fc.property(chain, address, limits, (hops, to, { hops: most, pingPong }) => {
    const all = [...hops, to];
    const last = new Set(all.slice(-2));
    const isPair = (at: number): boolean =>
      last.symmetricDifference(new Set(all.slice(at - 1, at + 1))).size === 0;
    const often = all.filter((_, at) => at > 0 && isPair(at)).length;
    const error = endless({ to, hops }, { hops: most, pingPong });
    assert.equal(
      error?.details["most"],
      hops.length >= most ? most : often > pingPong ? pingPong : undefined,
    );
  });
  fc.assert(property, tries(5000));
});

test("by default a chain has 32 agents at most, and a pair 16 messages", () => {
  const round = (length: number): Address[] => Array.from({ length }, (_, at) => names[at % 3] as Address);
  assert.equal(endless({ to: names[0], hops: round(31) }, defaultLoops), undefined);
  assert.equal(endless({ to: names[0], hops: round(32) }, defaultLoops)?.code, "HERMOD_LOOP");
  const pair = (length: number): Address[] => Array.from({ length }, (_, at) => names[at % 2] as Address);
  assert.equal(endless({ to: names[0], hops: pair(16) }, defaultLoops), undefined);
  assert.equal(endless({ to: names[1], hops: pair(17) }, defaultLoops)?.code, "HERMOD_LOOP");
  assert.equal(endless({ to: undefined, hops: pair(20) }, defaultLoops), undefined);
});
