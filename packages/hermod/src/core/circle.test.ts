/** Who of those that wait for one another is told of all of them, whatever way back each finds. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { circleOf, tangleOf, type WaitGraph } from "./circle.ts";

/** Two places of one agent, C and D, are taken by whoever waits for others: A may have either. B waits for A's end, and E only for that. */
const calls: Readonly<Record<string, readonly string[]>> = {
  A: ["a"],
  C: ["c"],
  D: ["d"],
  B: ["b"],
  E: ["e"],
};
const blockers: Readonly<Record<string, readonly string[]>> = {
  a: ["C", "D"],
  c: ["A"],
  d: ["B"],
  b: ["A"],
  e: ["A"],
};
const graph: WaitGraph<string, string> = {
  callsOf: (worker) => calls[worker] ?? [],
  blockersOf: (call) => blockers[call] ?? [],
};

test("all calls of a tangle are known to each of them, though the way back of each is another one", () => {
  assert.deepEqual(circleOf(graph, "A", "a").toSorted(), ["a", "c"]);
  for (const [asker, call] of [
    ["A", "a"],
    ["B", "b"],
    ["C", "c"],
    ["D", "d"],
  ] as const) {
    const { calls: all, holdsAsker } = tangleOf(graph, asker, call);
    assert.deepEqual([all.toSorted(), holdsAsker], [["a", "b", "c", "d"], true]);
  }
});

test("who only waits for a tangle is no part of it", () => {
  const { calls: all, holdsAsker } = tangleOf(graph, "E", "e");
  assert.deepEqual([all.toSorted(), holdsAsker], [["a", "b", "c", "d", "e"], false]);
});

test("where one of them may go on there is none", () => {
  const free = { ...graph, callsOf: (worker: string) => (worker === "D" ? [] : graph.callsOf(worker)) };
  assert.deepEqual(circleOf(free, "A", "a"), []);
});
