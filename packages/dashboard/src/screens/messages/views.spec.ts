import { expect, test } from "vitest";
import type { SavedView } from "../../api/types.ts";
import { asFile, viewsIn } from "./views.ts";

const view: SavedView = {
  ...{ id: "1", name: "failures", screen: "/messages", search: { where: "state:failed", range: "1h" } },
  ...{ shared: true, own: true, by: "ana", at: "2026-11-22T12:00:00.000Z" },
};

test("views go out as a file, and come in again as they were", () => {
  const seen = { where: "state:failed", range: "1h" };
  expect(viewsIn(asFile([view]))).toEqual([{ name: "failures", seen, shared: true }]);
});

test("what a browser kept before is taken, and what is no view is left", () => {
  const kept = JSON.stringify([{ name: "a", where: "to:b" }, { name: "" }, { name: "c", where: 1 }, 7, null]);
  expect(viewsIn(kept)).toEqual([{ name: "a", seen: { where: "to:b" }, shared: false }]);
  for (const text of ["", "{", "7", "{}", '{"views":7}']) expect(viewsIn(text)).toEqual([]);
});
