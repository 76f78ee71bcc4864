import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Lane } from "./lane.ts";
import { sample, tries } from "./samples.test.kit.ts";

type Step =
  | { readonly do: "add"; readonly turn: number }
  | { readonly do: "next" | "shift" }
  | { readonly do: "removeAt"; readonly at: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Step>({ do: "next" }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("add"), turn: fc.nat(1000) }) },
  { weight: 3, arbitrary: fc.constant<Step>({ do: "shift" }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("removeAt"), at: fc.nat(20) }) },
);

/** A lane beside a sorted array of the same turns; the turn is also the message's sequence. */
class Pair {
  readonly lane = new Lane();
  readonly turns: number[] = [];

  apply(each: Step): void {
    switch (each.do) {
      case "next":
        return this.#add((this.turns.at(-1) ?? 0) + 1);
      case "add":
        return this.turns.includes(each.turn) ? undefined : this.#add(each.turn);
      case "shift":
        return assert.equal(this.lane.shift()?.sequence, this.turns.shift());
      case "removeAt":
        if (each.at >= this.turns.length) return;
        return assert.equal(this.lane.removeAt(each.at)?.sequence, this.turns.splice(each.at, 1)[0]);
    }
  }

  #add(turn: number): void {
    this.lane.add(sample({ sequence: turn }), turn);
    this.turns.push(turn);
    this.turns.sort((a, b) => a - b);
  }
}

test("a lane keeps messages by turn, however they come and go", () => {
  const check = (steps: readonly Step[]): void => {
    const pair = new Pair();
    for (const each of steps) {
      pair.apply(each);
      const { lane, turns } = pair;
      assert.equal(lane.length, turns.length);
      assert.equal(lane.first?.sequence, turns[0]);
      assert.deepEqual(
        Array.from(lane, ({ turn }) => turn),
        turns,
      );
      assert.deepEqual(
        Array.from(lane, ({ envelope }) => envelope.sequence),
        turns,
      );
      for (let at = 0; at <= turns.length; at++) assert.equal(lane.turnAt(at), turns[at] ?? Infinity);
    }
  };
  fc.assert(fc.property(fc.array(step, { maxLength: 60, size: "max" }), check), tries());
});

test("the place of the first match is told", () => {
  const lane = new Lane();
  for (const sequence of [1, 2, 3, 4]) lane.add(sample({ sequence }), sequence);
  assert.equal(
    lane.find(({ sequence }) => sequence > 2),
    2,
  );
  assert.equal(
    lane.find(() => false),
    -1,
  );
});

test("a lane that was long goes on after it ran empty", () => {
  const lane = new Lane();
  const envelope = sample();
  for (let round = 0; round < 3; round++) {
    for (let turn = 1; turn <= 3000; turn++) lane.add(envelope, turn);
    for (let turn = 1; turn <= 3000; turn++) assert.equal(lane.shift(), envelope);
    assert.equal(lane.shift(), undefined);
    assert.equal(lane.first, undefined);
    lane.add(envelope, 2);
    lane.add(envelope, 1);
    assert.equal(lane.turnAt(0), 1);
    lane.shift();
    lane.shift();
  }
});
