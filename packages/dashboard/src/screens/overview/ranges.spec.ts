import { parseFilter } from "hermod";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { AgentStatus } from "../../api/types.ts";
import { deepest } from "./depths.ts";
import { isRange, wherein } from "./ranges.ts";
import { ratesOf, secondsOf } from "./rates.ts";

test("a part of a chart is a filter that the hub understands, and holds all of that part", () => {
  expect(wherein(1000, 5000, 10_000)).toBe("age:<9s age:>5s");
  expect(wherein(9_500, 11_000, 10_000)).toBe("age:<1s");
  fc.assert(
    fc.property(fc.nat(1e9), fc.nat(1e9), fc.nat(1e9), (a, b, later) => {
      const [from, to] = [Math.min(a, b), Math.max(a, b)];
      expect(() => parseFilter(wherein(from, to, to + later))).not.toThrow();
    }),
  );
});

test("only what is a range is one", () => {
  expect([isRange("5m"), isRange("9d"), isRange(undefined)]).toEqual([true, false, false]);
});

test("the deepest mailboxes come first, of equals the older one, and empty ones not at all", () => {
  const agent = (name: string, waiting: number, oldestSentAt?: string) =>
    ({ name, mailbox: { waiting, oldestSentAt } }) as AgentStatus;
  const all = [agent("a", 1, "2026-02"), agent("b", 0), agent("c", 9, "2026-01"), agent("d", 1, "2026-01")];
  expect(deepest(all, 5).map(({ name }) => name)).toEqual(["c", "d", "a"]);
  expect(deepest(all, 1).map(({ name }) => name)).toEqual(["c"]);
});

test("counts are told a second, of the time that was counted alone", () => {
  const at = (s: number): string => new Date(s * 1000).toISOString();
  const span = { from: at(0), step: 10_000, since: at(5), until: at(36) };
  expect(ratesOf(span, [10, 20, 30, 24])).toEqual([2, 2, 3, 4]);
  expect(ratesOf({ ...span, until: at(31) }, [null, 20, 30, 24])).toEqual([null, 2, 3, null]);
  expect([secondsOf(span), secondsOf({ ...span, until: at(5) })]).toEqual([31, 1]);
});
