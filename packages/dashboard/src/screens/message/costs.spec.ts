import { expect, it } from "vitest";
import { costText, sumOf } from "./costs.ts";

it("adds what calls used; a cost is told only where one is known", () => {
  const calls = [
    { inputTokens: 1000, outputTokens: 20 },
    { inputTokens: 5, outputTokens: 0, cost: 0.01 },
  ];
  expect(sumOf(calls)).toEqual({ tokens: 1025, cost: 0.01 });
  expect(sumOf([])).toEqual({ tokens: 0 });
  expect([costText(sumOf(calls)), costText({ tokens: 3 }), costText()]).toEqual([
    "0.01 · 1,025 tokens",
    "3 tokens",
    "",
  ]);
});
