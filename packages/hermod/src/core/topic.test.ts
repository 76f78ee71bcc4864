import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { codeOf, thrownBy, tries } from "./samples.test.kit.ts";
import { fillPattern, hasWildcards, matchesTopic, toPattern, toTopicName } from "./topic.ts";

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

test("a topic's name is a pattern without wildcards, and nothing else", () => {
  const text = fc.stringMatching(/^[aä:. *>!]{0,6}$/);
  const parts = fc.array(fc.constantFrom("a", "sea-1", "*", ">", ""), { maxLength: 4 });
  const taken = (check: (given: string) => string, given: string): boolean => {
    try {
      return check(given) === given;
    } catch {
      return false;
    }
  };
  const check = (given: string): void => {
    const isName = taken(toPattern, given) && !hasWildcards(given);
    assert.equal(taken(toTopicName, given), isName);
  };
  const given = fc.oneof(
    text,
    parts.map((each) => each.join(".")),
  );
  fc.assert(fc.property(given, check), tries(20_000));
});

test("a pattern in place of a topic's name is refused with the way to fill it", () => {
  for (const pattern of ["*", ">", "a.*", "a.>", "*.a", "a.*.c"]) {
    const { code, message, hint } = thrownBy(() => toTopicName(pattern));
    assert.equal(code, "HERMOD_BAD_ADDRESS");
    assert.match(message, /has wildcards/);
    assert.equal(hint, 'Publish to a name without wildcards: topic(...).name("sea") fills them in.');
  }
});

test("what is no dotted text of 200 characters is refused as a topic's name", () => {
  assert.equal(toTopicName("a".repeat(200)), "a".repeat(200));
  for (const bad of ["", "a..b", ".a", "a b", "a\n", "a*", "a".repeat(201), undefined, null, 7, {}, ["a"]]) {
    const { code, message } = thrownBy(() => toTopicName(bad));
    assert.deepEqual([code, /not a valid name/.test(message)], ["HERMOD_BAD_ADDRESS", true], message);
  }
});

test("a pattern without a wildcard fits itself alone, and one with a wildcard fits others too", () => {
  for (const pattern of ["a", "a.b", "a:b.c-d"]) assert.equal(hasWildcards(pattern), false);
  for (const pattern of ["*", ">", "a.*", "a.>", "*.b", "*.>"]) assert.equal(hasWildcards(pattern), true);
});

test("tokens fill a pattern's wildcards: one for each `*`, and all the rest for a last `>`", () => {
  assert.equal(fillPattern("research.*.done", ["sea"]), "research.sea.done");
  assert.equal(fillPattern("*.*", ["a", "b"]), "a.b");
  assert.equal(fillPattern("a.>", ["b"]), "a.b");
  assert.equal(fillPattern("*.a.>", ["x", "y", "z"]), "x.a.y.z");
  assert.equal(fillPattern("a.b", []), "a.b");
});

test("a filled pattern is a name that fits the pattern", () => {
  const part = fc.constantFrom("a", "b", "*");
  const tokens = fc.array(fc.constantFrom("a", "x", "y-1"), { minLength: 6, maxLength: 8 });
  const check = (parts: readonly string[], open: boolean, given: readonly string[]): void => {
    const pattern = [...parts, ...(open ? [">"] : [])].join(".");
    const stars = parts.filter((each) => each === "*").length;
    const name = fillPattern(pattern, open ? given : given.slice(0, stars));
    assert.equal(toTopicName(name), name);
    assert.ok(matchesTopic(pattern, name));
    assert.equal(name.split(".").length, parts.length + (open ? given.length - stars : 0));
  };
  const parts = fc.array(part, { minLength: 1, maxLength: 5 });
  fc.assert(fc.property(parts, fc.boolean(), tokens, check), tries(20_000));
});

test("too few and too many tokens are refused with the number that is wanted", () => {
  const wrong: readonly (readonly [string, readonly string[], string])[] = [
    ["a", ["b"], "takes 0 tokens, got 1"],
    ["a.*", [], "takes 1 token, got 0"],
    ["a.*", ["b", "c"], "takes 1 token, got 2"],
    ["*.*", ["a"], "takes 2 tokens, got 1"],
    ["a.>", [], "takes at least 1 token, got 0"],
    ["*.>", ["a"], "takes at least 2 tokens, got 1"],
  ];
  for (const [pattern, tokens, text] of wrong) {
    const { code, message } = thrownBy(() => fillPattern(pattern, tokens));
    assert.deepEqual([code, message], ["HERMOD_BAD_ADDRESS", `topic pattern "${pattern}" ${text}`]);
  }
});

test("what is no token, and a name that becomes too long, is refused", () => {
  for (const token of ["", "a.b", "*", ">", "a b", "\n", 7, undefined, null, {}, ["a"]]) {
    const { code, message } = thrownBy(() => fillPattern("a.*", [token]));
    assert.deepEqual([code, /is no token/.test(message)], ["HERMOD_BAD_ADDRESS", true], message);
  }
  assert.equal(fillPattern("a.*", ["b".repeat(198)]).length, 200);
  assert.equal(
    codeOf(() => fillPattern("a.*", ["b".repeat(199)])),
    "HERMOD_BAD_ADDRESS",
  );
});
