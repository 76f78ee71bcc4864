import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { codeOf, tries } from "./samples.test.kit.ts";
import { matchesTopic, toPattern } from "./topic.ts";

const cases: readonly (readonly [string, string, boolean])[] = [
  ["a", "a", true],
  ["a", "b", false],
  ["a", "a.b", false],
  ["a.b", "a", false],
  ["*", "a", true],
  ["*", "a.b", false],
  ["a.*", "a.b", true],
  ["a.*", "a", false],
  ["a.*.c", "a.b.c", true],
  ["a.*.c", "a.b.b.c", false],
  ["*.*", "a.b", true],
  [">", "a", true],
  [">", "a.b.c", true],
  ["a.>", "a.b", true],
  ["a.>", "a.b.c", true],
  ["a.>", "a", false],
  ["a.*.>", "a.b", false],
  ["a.*.>", "a.b.c", true],
  ["A", "a", false],
];

for (const [pattern, topic, fits] of cases) {
  test(`the pattern ${pattern} ${fits ? "takes" : "leaves"} the topic ${topic}`, () => {
    assert.equal(matchesTopic(toPattern(pattern), topic), fits);
  });
}

test("dotted tokens with wildcards in their places are patterns", () => {
  for (const pattern of ["a", "a.b", "*", ">", "*.a.>", "research.sea-1.done", "ä.研究", "a".repeat(200)]) {
    assert.equal(toPattern(pattern), pattern);
  }
});

test("empty tokens, blanks and wildcards out of place are refused", () => {
  // oxfmt-ignore
  const bad: readonly unknown[] = [
    "", ".", "a.", ".a", "a..b", "a b", ">.a", "a.>.b", "a*", "*a", "a>", "**", "a".repeat(201), "a\n", "a.\u0000",
    undefined, null, 7, {}, ["a"],
  ];
  for (const pattern of bad)
    assert.equal(
      codeOf(() => toPattern(pattern)),
      "HERMOD_BAD_ADDRESS",
      String(pattern),
    );
});

test("a topic fits each pattern made of it by wildcards", () => {
  const token = fc.stringMatching(/^[a-z]{1,5}$/);
  const check = (tokens: readonly string[], masked: readonly boolean[], cut: number): void => {
    const topic = tokens.join(".");
    const starred = tokens.map((each, at) => (masked[at] === true ? "*" : each));
    assert.ok(matchesTopic(toPattern(starred.join(".")), topic));
    const kept = starred.slice(0, cut % tokens.length);
    assert.ok(matchesTopic(toPattern([...kept, ">"].join(".")), topic));
  };
  const tokens = fc.array(token, { minLength: 1, maxLength: 6 });
  fc.assert(fc.property(tokens, fc.array(fc.boolean(), { maxLength: 6 }), fc.nat(), check), tries());
});

test("without wildcards a pattern takes itself alone", () => {
  const name = fc.stringMatching(/^[a-c]{1,2}(\.[a-c]{1,2}){0,3}$/);
  fc.assert(
    fc.property(name, name, (pattern, topic) => matchesTopic(pattern, topic) === (pattern === topic)),
    tries(),
  );
});
