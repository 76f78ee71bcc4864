import fc from "fast-check";
import { expect, test } from "vitest";
import type { Attempt } from "../../api/types.ts";
import { linesOf, toldOf } from "./difference.ts";

const attempt = (number: number, ms: number, stack?: string): Attempt => ({
  number,
  startedAt: new Date(1000).toISOString(),
  endedAt: new Date(1000 + ms).toISOString(),
  outcome: stack === undefined ? "acked" : "retried",
  ...(stack !== undefined && {
    error: { code: "HERMOD_HANDLER", message: stack.split("\n")[0] ?? "", retryable: true, stack },
  }),
});

test("what two attempts have apart is told by name, also where one of them has no error", () => {
  const [before, after] = [attempt(1, 12, "no ink"), attempt(2, 1400)];
  expect(toldOf(before, after).map(({ name, before: a, after: b }) => [name, a, b])).toEqual([
    ["outcome", "retried", "acked"],
    ["took", "12 ms", "1.4 s"],
    ["code", "HERMOD_HANDLER", "none"],
    ["message", "no ink", "none"],
  ]);
});

test("the lines of two errors: what is gone stands before what is new", () => {
  const lines = linesOf(attempt(1, 1, "top\n a\n b"), attempt(2, 1, "top\n c\n b\n d"));
  expect(lines.map(({ sign, text }) => `${sign} ${text.trim()}`)).toEqual([
    "same top",
    "gone a",
    "new c",
    "same b",
    "new d",
  ]);
});

test("without what is new the lines are those of the earlier error, and without what is gone those of the later", () => {
  const text = fc.array(fc.constantFrom("a", "b", "c"), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(text, text, (a, b) => {
      const lines = linesOf(attempt(1, 1, a.join("\n")), attempt(2, 1, b.join("\n")));
      const without = (sign: string) => lines.filter((line) => line.sign !== sign).map((line) => line.text);
      expect(without("new")).toEqual(a);
      expect(without("gone")).toEqual(b);
      if (a.join() === b.join()) expect(lines.every(({ sign }) => sign === "same")).toBe(true);
    }),
  );
});
