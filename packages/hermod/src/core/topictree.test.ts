import assert from "node:assert/strict";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { tries } from "./samples.test.kit.ts";
import { matchesTopic } from "./topic.ts";
import { TopicTree } from "./topictree.ts";

/** The tree told plainly: a list of entries in the order in which they came. */
class Plain {
  entries: (readonly [pattern: string, value: number])[] = [];

  add(pattern: string, value: number): boolean {
    if (this.has(pattern, value)) return false;
    this.entries.push([pattern, value]);
    return true;
  }

  delete(pattern: string, value: number): boolean {
    const was = this.has(pattern, value);
    this.entries = this.entries.filter((entry) => entry[0] !== pattern || entry[1] !== value);
    return was;
  }

  has(pattern: string, value: number): boolean {
    return this.entries.some((entry) => entry[0] === pattern && entry[1] === value);
  }

  /** The more exact pattern first; a sort keeps the order of what is equal. */
  matches(topic: string): number[] {
    const fitting = this.entries.filter(([pattern]) => matchesTopic(pattern, topic));
    return fitting.sort(([a], [b]) => compare(exactness(a), exactness(b))).map(([, value]) => value);
  }
}

/** A text that sorts by exactness: 0 for a word, 1 for `*`, 2 for `>`. */
function exactness(pattern: string): string {
  return pattern
    .replace(/[^.*>]+/g, "0")
    .replaceAll("*", "1")
    .replaceAll(">", "2");
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

const word = fc.constantFrom("a", "b");
const topic = fc.array(word, { minLength: 1, maxLength: 4 }).map((tokens) => tokens.join("."));
const pattern = fc
  .tuple(
    fc.array(fc.oneof(word, fc.constant("*")), { maxLength: 3 }),
    fc.oneof(word, fc.constantFrom("*", ">")),
  )
  .map(([tokens, last]) => [...tokens, last].join("."));
const step = fc.record({
  do: fc.constantFrom("add", "add", "add", "delete", "delete", "match"),
  pattern,
  topic,
  value: fc.nat(2),
});

test("a tree finds what a list of all patterns finds, the more exact first, whatever came and went", () => {
  const check = (steps: readonly { do: string; pattern: string; topic: string; value: number }[]): void => {
    const [tree, plain] = [new TopicTree<number>(), new Plain()];
    for (const { do: what, pattern: under, topic: asked, value } of steps) {
      if (what === "match") assert.deepEqual(tree.matches(asked), plain.matches(asked));
      else if (what === "add") assert.equal(tree.add(under, value), plain.add(under, value));
      else assert.equal(tree.delete(under, value), plain.delete(under, value));
      assert.equal(tree.size, plain.entries.length);
    }
    const sorted = (entries: Iterable<readonly [string, number]>) => [...entries].map(String).sort();
    assert.deepEqual(sorted(tree), sorted(plain.entries));
  };
  fc.assert(fc.property(fc.array(step, { maxLength: 40, size: "max" }), check), tries(20_000));
});

test("an entry under several patterns is found for each that fits", () => {
  const tree = new TopicTree<string>();
  for (const under of [">", "*.*", "a.*", "a.b", "a.b.c"]) tree.add(under, "x");
  assert.deepEqual(tree.matches("a.b"), ["x", "x", "x", "x"]);
});

test("what is found comes pattern by pattern, the more exact first, each in the order of adding", () => {
  const tree = new TopicTree<string>();
  for (const under of [">", "*.>", "*.*", "*.b", "a.>", "a.*", "a.b"])
    for (const value of ["2", "1"]) tree.add(under, `${under} ${value}`);
  const order = ["a.b", "a.*", "a.>", "*.b", "*.*", "*.>", ">"].flatMap((under) => [
    `${under} 2`,
    `${under} 1`,
  ]);
  assert.deepEqual(tree.matches("a.b"), order);
});

test("values are told apart by identity", () => {
  const tree = new TopicTree<object>();
  const [one, other] = [{}, {}];
  for (const value of [one, other, one]) tree.add("a", value);
  assert.equal(tree.size, 2);
  assert.equal(tree.delete("a", {}), false);
  assert.equal(tree.delete("a", one), true);
  assert.equal(tree.matches("a")[0], other);
});

test("names of an object's own fields are words like any other", () => {
  const tree = new TopicTree<number>();
  assert.deepEqual(tree.matches("constructor.__proto__"), []);
  tree.add("constructor.__proto__", 1);
  assert.deepEqual(tree.matches("constructor.__proto__"), [1]);
  assert.deepEqual(tree.matches("toString.__proto__"), []);
});

test("all 8,192 patterns of `a` and `*` with 13 tokens are found once each, and a topic of the longest kind is walked", () => {
  const tree = new TopicTree<number>();
  for (let drawn = 0; drawn < 2 ** 13; drawn++) {
    const tokens = Array.from({ length: 13 }, (_, at) => ((drawn >> at) & 1 ? "*" : "a"));
    tree.add(tokens.join("."), drawn);
  }
  assert.equal(new Set(tree.matches("a.".repeat(12) + "a")).size, 2 ** 13);
  assert.deepEqual(tree.matches("b.".repeat(12) + "b"), [2 ** 13 - 1]);
  assert.deepEqual(tree.matches("a.".repeat(99) + "a"), []);
});

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

test("patterns that are gone leave nothing of their paths behind", () => {
  const tree = new TopicTree<number>();
  tree.add("a.b", 0);
  collect();
  const before = process.memoryUsage().heapUsed;
  for (let at = 0; at < 50_000; at++) {
    for (const under of [`a.${at}.*.x.>`, `*.*.${at}`]) {
      tree.add(under, at);
      assert.ok(tree.delete(under, at));
    }
  }
  collect();
  const grown = process.memoryUsage().heapUsed - before;
  assert.ok(grown < 2 ** 21, `${grown} bytes are left of the paths`);
  assert.deepEqual([...tree], [["a.b", 0]]);
});
