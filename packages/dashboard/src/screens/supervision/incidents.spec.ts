/** Incidents: those of all systems stand on one strip, each at its time and with its place. */
import { expect, test } from "vitest";
import type { SystemStatus } from "../../api/types.ts";
import { incidentsOf, marksOf, SPAN } from "./incidents.ts";

const NOW = Date.parse("2026-01-01T01:00:00Z");
const at = (ago: number): string => new Date(NOW - ago).toISOString();
const cook = { name: "cook", type: "agent", state: "running" } as const;
const systems: readonly SystemStatus[] = [
  {
    ...{ system: "~1", answers: true },
    tree: [{ name: "shop", type: "supervisor", state: "running", children: [cook] }],
    incidents: [
      { at: at(SPAN * 2), name: "cook", what: "crashed", why: "burnt", message: "m1" },
      { at: at(SPAN / 2), name: "cook", what: "restarted" },
    ],
  },
  { system: "~2", answers: true, tree: [], incidents: [{ at: at(0), name: "gone", what: "failed" }] },
  { system: "~3", answers: false },
];

test("what broke in all systems is one list, the newest first, each with its line in the tree", () => {
  expect(incidentsOf(systems).map(({ what, line }) => [what, line])).toEqual([
    ["failed", "~2"],
    ["restarted", "~1\nshop\ncook"],
    ["crashed", "~1\nshop\ncook"],
  ]);
});

test("the strip holds what is not too old, each at its time", () => {
  const marks = marksOf(incidentsOf(systems), NOW);
  expect(marks.map(({ seen, share }) => [seen.what, share])).toEqual([
    ["failed", 1],
    ["restarted", 0.5],
  ]);
  expect(new Set(marks.map(({ key }) => key)).size).toBe(2);
});
