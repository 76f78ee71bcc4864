/** Turns are spread evenly, only what must move moves, and what a process does about its turn stands in a table. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { tries } from "../core/samples.test.kit.ts";
import { bestOwner } from "./spread/partitions.ts";
import { whatToDo, type Standing } from "./turns.ts";

const name = fc.stringMatching(/^[A-Z0-9]{22}$/);
const members = fc.uniqueArray(name, { minLength: 1, maxLength: 8 });
const partition = fc.nat(63);

test("it is the turn of one of those that are there, whatever their order, and nobody's where nobody is", () => {
  const check = (number: number, there: string[]): void => {
    const turn = bestOwner(number, there) as string;
    assert.ok(there.includes(turn));
    assert.equal(bestOwner(number, there.toReversed()), turn);
  };
  fc.assert(fc.property(partition, members, check), tries());
  assert.equal(bestOwner(0, []), undefined);
});

test("who comes takes over only for itself, and from who goes only its own partitions move", () => {
  const check = (number: number, [one, ...others]: string[]): void => {
    const [before, after] = [bestOwner(number, others), bestOwner(number, [...others, one as string])];
    assert.ok(after === before || after === one);
  };
  fc.assert(fc.property(partition, members, check), tries());
});

test("sixty-four thousand partitions are spread over five processes, a fifth for each", () => {
  const counts = new Map<string, number>();
  const there = ["a", "b", "c", "d", "e"].map((each) => `${each}XJ2M5`);
  for (let number = 0; number < 64_000; number++) {
    const turn = bestOwner(number, there) as string;
    counts.set(turn, (counts.get(turn) ?? 0) + 1);
  }
  assert.equal(counts.size, 5);
  for (const [each, count] of counts) assert.ok(count > 12_160 && count < 13_440, `${each} has ${count}`);
});

test("what a process does follows from who owns the partition, who is there, and whose turn it is", () => {
  const mine = { process: "me", name: "me-1" };
  const hers = { process: "her", name: "her-1" };
  const table: readonly [does: ReturnType<typeof whatToDo>, standing: Omit<Standing, "self">][] = [
    // Nobody owns it.
    ["take", { seat: undefined, isThere: false, held: undefined, turn: "me" }],
    [undefined, { seat: undefined, isThere: false, held: undefined, turn: "her" }],
    [undefined, { seat: undefined, isThere: false, held: undefined, turn: undefined }],
    // Another process owns it: only one that is gone loses it.
    [undefined, { seat: hers, isThere: true, held: undefined, turn: "me" }],
    ["take", { seat: hers, isThere: false, held: undefined, turn: "me" }],
    [undefined, { seat: hers, isThere: false, held: undefined, turn: "third" }],
    // The bucket says that this process owns it, which does not.
    ["take", { seat: mine, isThere: true, held: undefined, turn: "me" }],
    ["clear", { seat: mine, isThere: true, held: undefined, turn: "her" }],
    ["clear", { seat: mine, isThere: true, held: undefined, turn: undefined }],
    // This process owns it.
    [undefined, { seat: mine, isThere: true, held: "me-1", turn: "me" }],
    ["leave", { seat: mine, isThere: true, held: "me-1", turn: "her" }],
    ["leave", { seat: mine, isThere: true, held: "me-1", turn: undefined }],
    // It did, and lost it: to another one, to nobody, or to itself at a later time.
    ["drop", { seat: hers, isThere: true, held: "me-1", turn: "me" }],
    ["drop", { seat: hers, isThere: false, held: "me-1", turn: "her" }],
    ["drop", { seat: undefined, isThere: false, held: "me-1", turn: "me" }],
    ["drop", { seat: mine, isThere: true, held: "me-0", turn: "me" }],
  ];
  for (const [does, standing] of table)
    assert.equal(whatToDo({ self: "me", ...standing }), does, JSON.stringify(standing));
});
