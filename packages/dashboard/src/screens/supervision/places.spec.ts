/** Places: the tree as lines, narrowed and folded, and walked by arrow keys. */
import { expect, test } from "vitest";
import type { Child, SystemStatus } from "../../api/types.ts";
import { affectedBy, namesBelow, restartsText, toLines, type Wish } from "./places.ts";
import { walk } from "./walk.ts";

const place = (name: string, over: Partial<Child> = {}): Child => ({
  name,
  type: "agent",
  state: "running",
  ...over,
});
const shop = place("shop", {
  type: "supervisor",
  children: [
    place("clerk"),
    place("kitchen", {
      type: "supervisor",
      children: [
        place("cook", { restarts: 3, error: { code: "HERMOD_FAILED", message: "burnt", retryable: true } }),
      ],
    }),
  ],
});
const systems: readonly SystemStatus[] = [
  { system: "~1", client: "eu", answers: true, tree: [shop, place("post")] },
  { system: "~2", client: "us", answers: false },
];
const lines = (wish: Partial<Wish> = {}) =>
  toLines(systems, { words: "", onlyIll: false, folded: new Set(), ...wish });
const names = (wish: Partial<Wish> = {}) => lines(wish).map(({ level, name }) => `${level} ${name}`);

test("systems stand above what runs in them, each with its place among its like", () => {
  expect(names()).toEqual(["1 eu", "2 shop", "3 clerk", "3 kitchen", "4 cook", "2 post", "1 us"]);
  const kitchen = lines()[3];
  expect([kitchen?.position, kitchen?.siblings, kitchen?.ill, kitchen?.hasChildren]).toEqual([2, 2, 1, true]);
});

test("what is folded hides what is below, and says how many there are not well", () => {
  const folded = new Set(["~1\nshop"]);
  expect(names({ folded })).toEqual(["1 eu", "2 shop", "2 post", "1 us"]);
  expect(lines({ folded })[1]?.ill).toBe(1);
});

test("words find places with what is above and below them; what is not well is found without", () => {
  expect(names({ words: "kitchen" })).toEqual(["1 eu", "2 shop", "3 kitchen", "4 cook"]);
  expect(names({ words: "BURNT agent" })).toEqual(["1 eu", "2 shop", "3 kitchen", "4 cook"]);
  expect(names({ words: "us" })).toEqual(["1 us"]);
  expect(names({ onlyIll: true })).toEqual(["1 eu", "2 shop", "3 kitchen", "4 cook", "1 us"]);
  expect(names({ words: "nobody" })).toEqual([]);
});

test("arrows walk the lines, open and close branches, and lead up", () => {
  const all = lines();
  const id = (name: string) => all.find((line) => line.name === name)?.id;
  expect(walk(all, undefined, "ArrowDown")).toEqual({ choose: id("eu") });
  expect(walk(all, id("clerk"), "ArrowDown")).toEqual({ choose: id("kitchen") });
  expect(walk(all, id("clerk"), "ArrowLeft")).toEqual({ choose: id("shop") });
  expect(walk(all, id("shop"), "ArrowLeft")).toEqual({ fold: { id: id("shop"), isOpen: false } });
  expect(walk(all, id("shop"), "ArrowRight")).toEqual({ choose: id("clerk") });
  expect(walk(all, id("cook"), "ArrowRight")).toBe(undefined);
  expect(walk(all, id("eu"), "ArrowUp")).toBe(undefined);
  expect(walk(all, id("eu"), "End")).toEqual({ choose: id("us") });
  const folded = lines({ folded: new Set([id("shop") as string]) });
  expect(walk(folded, id("shop"), "ArrowRight")).toEqual({ fold: { id: id("shop"), isOpen: true } });
});

test("who is below is counted to the last", () => {
  expect(namesBelow(shop)).toEqual(["clerk", "kitchen", "cook"]);
});

test("a restart takes along those that the strategy says, and all below them", () => {
  const [clerk, kitchen] = shop.children as readonly [Child, Child];
  const below = (strategy: string, of: Child) => affectedBy(of, { ...shop, strategy });
  expect(below("one-for-one", clerk)).toEqual([]);
  expect(below("one-for-one", kitchen)).toEqual(["cook"]);
  expect(below("one-for-all", kitchen)).toEqual(["cook", "clerk"]);
  expect(below("rest-for-one", clerk)).toEqual(["kitchen", "cook"]);
  expect(below("rest-for-one", kitchen)).toEqual(["cook"]);
  expect(affectedBy(shop, undefined)).toEqual(["clerk", "kitchen", "cook"]);
});

test("a supervisor tells how much of its intensity is used, an agent how often it was started again", () => {
  const intensity = { used: 1, restarts: 3, period: 5000 };
  expect(restartsText({ ...shop, intensity })).toBe("1 of 3 in 5.0 s");
  expect(restartsText(place("a", { restarts: 2 }))).toBe("2");
});

test("five thousand places are lines at once", () => {
  const many = {
    system: "~3",
    answers: true,
    tree: Array.from({ length: 5000 }, (_, at) => place(`a${at}`)),
  };
  expect(toLines([many], { words: "", onlyIll: false, folded: new Set() })).toHaveLength(5001);
});
