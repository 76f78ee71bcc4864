import { expect, test } from "vitest";
import { leftOf, nextOf, readAnswer } from "./answers.ts";

const NOW = Date.UTC(2026, 0, 1);
const deadline = (ms: number) => ({ deadline: new Date(NOW + ms).toISOString() });

test("a deadline is counted down, and presses at its end", () => {
  expect(leftOf({}, NOW)).toBeUndefined();
  expect(leftOf(deadline(3_600_000), NOW)).toEqual({ text: "1 h 0 m left", pressing: "calm" });
  expect(leftOf(deadline(599_000), NOW)).toEqual({ text: "9 m 59 s left", pressing: "soon" });
  expect(leftOf(deadline(0), NOW)?.pressing).toBe("over");
});

test("when a question has gone, the one in its place is next", () => {
  expect(nextOf(["a", "b", "c"], "b")).toBe("c");
  expect(nextOf(["a", "b", "c"], "c")).toBe("b");
  expect(nextOf(["a"], "a")).toBeUndefined();
  expect(nextOf(["a", "b"], "z")).toBe("a");
});

test("an answer is text, or JSON where that is wanted, and never nothing", () => {
  expect(readAnswer("yes", false)).toEqual({ answer: "yes" });
  expect(readAnswer("{}", false)).toEqual({ answer: "{}" });
  expect(readAnswer(" [1] ", true)).toEqual({ answer: [1] });
  expect(readAnswer("{", true)).toHaveProperty("wrong");
  expect(readAnswer("  ", false)).toHaveProperty("wrong");
});
