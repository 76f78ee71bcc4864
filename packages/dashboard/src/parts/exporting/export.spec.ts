import { expect, test } from "vitest";
import { linesIn } from "./export.ts";
import { amountText, wordsFor } from "./useexport.ts";

test("an export is counted by the lines that have ended", () => {
  const bytes = new TextEncoder().encode('{"a":1}\n{"b":"ü\\n"}\n{"c"');
  expect(linesIn(bytes)).toBe(2);
  expect(linesIn(new Uint8Array())).toBe(0);
});

test("how far it is says of how many, where that is known", () => {
  expect(amountText({ count: 1200 })).toBe("1,200");
  expect(amountText({ count: 1200, total: 50_000 })).toBe("1,200 of 50,000");
  expect(amountText({ count: 48_000, unit: "bytes" })).toBe("48 kB");
  expect(wordsFor({ is: "stopped", count: 3 })).toBe("Stopped; the first 3 are in the file.");
});
