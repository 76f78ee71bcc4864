import { expect, test } from "vitest";
import type { SavedView } from "../../api/types.ts";
import { asFile, seenIn, viewsIn, wordsOf } from "./views.ts";

const view: SavedView = {
  ...{ id: "1", name: "failures", screen: "/dead-letters", search: { where: "to:b", group: "it broke" } },
  ...{ shared: true, own: true, by: "ana", at: "2026-11-22T12:00:00.000Z" },
};

test("views go out as a file, and come in again as they were, each with its screen", () => {
  const { name, screen, search, shared } = view;
  expect(viewsIn(asFile([view]))).toEqual([{ name, screen, search, shared }]);
});

test("what a browser kept before is taken, and what is no view is left", () => {
  const kept = JSON.stringify([{ name: "a", where: "to:b" }, { name: "" }, { name: "c", where: 1 }, 7, null]);
  const taken = { name: "a", screen: "/messages", search: { where: "to:b" }, shared: false };
  expect(viewsIn(kept)).toEqual([taken]);
  for (const text of ["", "{", "7", "{}", '{"views":7}', '{"views":[{"name":"a","screen":1}]}'])
    expect(viewsIn(text)).toEqual([]);
});

test("a view is what is shown, and not what is chosen of it or where somebody is in it", () => {
  const search = { where: "to:b", view: "system" };
  expect(seenIn({ ...search, id: "1", after: "2026-11-22T12:00:00.000Z" })).toEqual(search);
  expect(wordsOf(search)).toBe("to:b · view system");
  expect(wordsOf({})).toBe("everything");
});
