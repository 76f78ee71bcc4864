/** Fair line: against a naive one that keeps a list of lists, and what fairness means. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { FairLine } from "./fairline.ts";
import { tries } from "./samples.test.kit.ts";

interface Item {
  readonly who: string;
}

/** Whose turn is next stands first. */
class NaiveLine {
  #turns: (readonly [string, readonly Item[]])[] = [];

  get first(): Item | undefined {
    return this.#turns[0]?.[1][0];
  }

  get all(): readonly Item[] {
    return this.#turns.flatMap(([, items]) => items);
  }

  put(item: Item, isFirst: boolean): void {
    const known = this.#turns.some(([who]) => who === item.who);
    if (!known) this.#turns.push([item.who, []]);
    this.#change(item.who, (items) => (isFirst ? [item, ...items] : [...items, item]));
  }

  take(): void {
    const [next, ...others] = this.#turns;
    if (next === undefined) return;
    const [who, [, ...left]] = next;
    this.#turns = left.length > 0 ? [...others, [who, left]] : others;
  }

  remove(item: Item): void {
    this.#change(item.who, (items) => items.filter((other) => other !== item));
  }

  #change(who: string, change: (items: readonly Item[]) => readonly Item[]): void {
    this.#turns = this.#turns
      .map(([name, items]) => [name, name === who ? change(items) : items] as const)
      .filter(([, items]) => items.length > 0);
  }
}

describe("a fair line", () => {
  test("does what a naive one does, whatever comes and leaves", () => {
    const step = fc.record({
      what: fc.constantFrom("push", "push", "first", "take", "remove"),
      who: fc.constantFrom("a", "b", "c"),
      which: fc.nat(30),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60, size: "max" }), (steps) => {
        const line = new FairLine<Item>();
        const naive = new NaiveLine();
        const items: Item[] = [];
        for (const { what, who, which } of steps) {
          const item = what === "remove" ? items[which] : { who };
          if (what === "push" || what === "first") items.push(item as Item);
          if (what === "push") line.push(who, item as Item);
          if (what === "first") line.putFirst(who, item as Item);
          if (what === "push" || what === "first") naive.put(item as Item, what === "first");
          if (what === "take") assert.equal(line.take(), naive.first);
          if (what === "take") naive.take();
          if (item && what === "remove") assert.equal(line.remove(item.who, item), naive.all.includes(item));
          if (item && what === "remove") naive.remove(item);
          assert.equal(line.first, naive.first);
          assert.deepEqual([...line], naive.all);
        }
      }),
      tries(500),
    );
  });
  test("gives who comes late a turn after each of those who were there, however much those have waiting", () => {
    const line = new FairLine<string>();
    for (let at = 0; at < 100; at++) line.push("flood", `flood ${at}`);
    line.push("one", "one");
    line.push("two", "two");
    const taken = Array.from({ length: 4 }, () => line.take());
    assert.deepEqual(taken, ["flood 0", "one", "two", "flood 1"]);
  });
});
