/** Breakers: each state is a sentence with its numbers. */
import { expect, test } from "vitest";
import type { BreakerStatus } from "../../api/types.ts";
import { narrowedBreakers } from "./order.ts";
import { canBegin, changesOf, sentenceOf, toneOf, untilRetry, wordOf } from "./sentence.ts";

const NOW = Date.parse("2026-01-01T00:00:10Z");
const breaker = (over: Partial<BreakerStatus> = {}): BreakerStatus => ({
  ...{ system: "~1", agent: "critic", state: "closed", forced: false, deliveries: 8, failures: 1 },
  changes: [],
  ...over,
});
const open = breaker({
  ...{ state: "open", failures: 6, openedAt: "2026-01-01T00:00:00Z", retryAt: "2026-01-01T00:00:30Z" },
});

test("each state is explained with its numbers, and the time until it tries again", () => {
  expect(sentenceOf(breaker(), NOW)).toBe("lets everything through; 1 of 8 deliveries failed in its window");
  expect(sentenceOf(breaker({ deliveries: 0, failures: 0 }), NOW)).toMatch(/no deliveries/);
  expect(sentenceOf(breaker({ deliveries: 1 }), NOW)).toMatch(/1 of 1 delivery failed/);
  expect(sentenceOf(open, NOW)).toMatch(
    /^lets nothing through since .*: 6 of 8 deliveries failed; half-open in 20 s$/,
  );
  expect(sentenceOf(open, NOW + 60_000)).toMatch(/half-open now$/);
  expect(sentenceOf({ ...open, state: "half-open" }, NOW)).toMatch(/to try/);
  expect(sentenceOf(breaker({ state: "open", forced: true }), NOW)).toMatch(/^held open by hand/);
  expect(sentenceOf(breaker({ forced: true }), NOW)).toMatch(/^held closed by hand/);
  expect([toneOf(open), toneOf(breaker()), toneOf(breaker({ forced: true }))]).toEqual([
    "bad",
    "good",
    "warn",
  ]);
  expect([untilRetry(open, NOW), untilRetry(breaker(), NOW)]).toEqual([20_000, undefined]);
});

test("those that rest stand first; words narrow them", () => {
  const all = [
    breaker({ agent: "b" }),
    breaker({ agent: "a" }),
    breaker({ agent: "c", state: "half-open" }),
    open,
  ];
  expect(narrowedBreakers(all, "").map(({ agent }) => agent)).toEqual(["critic", "c", "a", "b"]);
  expect(narrowedBreakers(all, "OPEN crit").map(({ agent }) => agent)).toEqual(["critic"]);
});

test("the changes of all breakers are one list, the newest first", () => {
  const change = (at: string, reason: string) =>
    ({ at, state: "open", forced: reason === "hand", reason }) as const;
  const one = breaker({
    changes: [change("2026-01-01T00:00:05Z", "hand"), change("2026-01-01T00:00:01Z", "a")],
  });
  const other = breaker({ agent: "writer", changes: [change("2026-01-01T00:00:03Z", "b")] });
  expect(changesOf([one, other]).map(({ agent, reason }) => [agent, reason])).toEqual([
    ["critic", "hand"],
    ["writer", "b"],
    ["critic", "a"],
  ]);
  expect(changesOf([one]).map(wordOf)).toEqual(["open by hand", "open"]);
});

test("only what was forced, has opened or has counted something can begin anew", () => {
  const fresh = breaker({ deliveries: 0, failures: 0 });
  expect(canBegin(fresh)).toBe(false);
  expect([breaker(), open, { ...fresh, forced: true }].map(canBegin)).toEqual([true, true, true]);
});
