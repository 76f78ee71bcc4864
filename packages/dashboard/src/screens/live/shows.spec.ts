/** What the live table is told to show. */
import { parseFilter } from "hermod";
import { expect, test } from "vitest";
import { watched, withWord, wordsOf } from "./shows.ts";
import { stripeOf } from "./stripe.ts";

test("the traffic of systems is left out unless it is wanted or asked for", () => {
  expect(watched("", false)).toBe("-verb:info -type:status");
  expect(watched("from:writer", false)).toBe("from:writer -verb:info -type:status");
  expect(watched("from:writer", true)).toBe("from:writer");
  expect(watched("verb:info", false)).toBe("verb:info");
  expect(() => parseFilter(watched('"free text"', false))).not.toThrow();
});

test("words of the view come and go, and none leaves nothing behind", () => {
  expect(withWord(undefined, "colours")).toBe("colours");
  expect(withWord("colours", "system")).toBe("colours system");
  expect(withWord("colours", "colours")).toBeUndefined();
  expect(wordsOf("colours system").has("system")).toBe(true);
});

test("a conversation always has the same stripe, and many have different ones", () => {
  const stripes = Array.from({ length: 200 }, (_, at) => stripeOf(`01a200cf-${at}`));
  expect(stripeOf("01a200cf-7")).toBe(stripes[7]);
  expect(new Set(stripes).size).toBeGreaterThan(10);
});
