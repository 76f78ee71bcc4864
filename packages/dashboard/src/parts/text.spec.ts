/** How names, times and amounts are written. */
import { expect, test } from "vitest";
import { agoText, counted, nameOf, plain, sizeText, spanText } from "./text.ts";

test("spans and sizes are short and say their unit", () => {
  expect([0, 12.4, 999, 999.7, 1400, 9960, 59_600, 61_000, 7_500_000, 273_600_000].map(spanText)).toEqual([
    ...["0 ms", "12 ms", "999 ms", "1.0 s", "1.4 s", "10 s", "1 m 0 s", "1 m 1 s", "2 h 5 m", "3 d 4 h"],
  ]);
  expect([0, 812, 14_200, 2_100_000, 98_000_000].map(sizeText)).toEqual([
    "0 B",
    "812 B",
    "14 kB",
    "2.1 MB",
    "98 MB",
  ]);
  expect([agoText(1000, 5000), agoText(125_000, 5000)]).toEqual(["4.0 s ago", "in 2 m 0 s"]);
  expect([counted(1, "message"), counted(2143, "message")]).toEqual(["1 message", "2,143 messages"]);
});

test("what could turn the reading order or hide stands as a mark", () => {
  expect(plain("a\u202Eb\u001b[31mc\u200Bd\ne")).toBe("a␣b␣[31mc␣d␣e");
});

test("people have their names, systems are systems", () => {
  expect(["~people/ana", "~0a1b2c3d-9", "writer", undefined].map(nameOf)).toEqual([
    "ana",
    "system",
    "writer",
    "nobody",
  ]);
});
