import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { partsOf, suggested, taken, without, wrongsIn } from "./terms.ts";

const known = { from: ["writer", "critic", "the reader"], to: ["writer"], operation: ["draft"] };
const at = (text: string) => suggested(text, text.length, known).texts;

describe("terms", () => {
  it("finds the part that is wrong, and says why", () => {
    expect(wrongsIn('from:writer state:failed age:<1h "two words"')).toEqual([]);
    const text = "from:writer frm:critic age:<1h stat:failed";
    const wrongs = wrongsIn(text);
    expect(wrongs.map(({ from, to }) => text.slice(from, to))).toEqual(["frm:critic", "stat:failed"]);
    expect(wrongs[0]?.why).toMatch(/no field/);
    expect(wrongs[1]?.why).toMatch(/Did you mean/);
    expect(wrongsIn("at:>2026-13-01")[0]?.why).toMatch(/no time/);
    expect(wrongsIn('from:writer "open')).toMatchObject([{ from: 12 }]);
  });
  it("goes on with fields, with words of the language, and with what is known", () => {
    expect(at("fr")).toEqual(["from:"]);
    expect(at("state:fa")).toEqual(["state:failed"]);
    expect(at("from:writer -to:w")).toEqual(["-to:writer"]);
    expect(at("from:re")).toEqual(['from:"the reader"']);
    expect(at("data.topic:x")).toEqual([]);
    expect(at("constructor:x")).toEqual([]);
  });
  it("puts a suggestion in the place of what was typed, and the caret behind it", () => {
    const text = "fr state:done";
    const { span, texts } = suggested(text, 2, known);
    expect(taken(text, span, texts[0] ?? "")).toEqual({ text: "from: state:done", caret: 5 });
    expect(taken("state:d", { from: 0, to: 7 }, "state:done")).toEqual({ text: "state:done ", caret: 11 });
  });
  it("takes a part away, and leaves the others as they are", () => {
    const text = 'from:writer  "two words" age:<1h';
    expect(partsOf(text).map((part) => without(text, part))).toEqual([
      '"two words" age:<1h',
      "from:writer age:<1h",
      'from:writer  "two words"',
    ]);
  });
  it("cuts any text into parts that are its letters in order, without the blanks between", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom("a", " ", '"', ":", "\\") }), (text) => {
        const parts = partsOf(text);
        const inside = parts.map(({ from, to }) => text.slice(from, to)).join("");
        expect(inside.replaceAll(/\s/g, "")).toBe(text.replaceAll(/\s/g, ""));
        expect(parts.every(({ from, to }) => to > from)).toBe(true);
        wrongsIn(text);
        suggested(text, text.length, known);
      }),
    );
  });
});
