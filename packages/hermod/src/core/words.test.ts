import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { anyText, tries } from "./samples.test.kit.ts";
import { containsWords, saidBy, wordsOf } from "./words.ts";

test("words are letters and digits in lower case, whatever stands between them", () => {
  assert.equal(wordsOf("The sea, 7m deep: Größe_東京!"), " the sea 7m deep größe 東京");
  for (const none of ["", " ", "->", "…\n", "\ud800"]) assert.equal(wordsOf(none), "");
  assert.equal(wordsOf("a\ud800b"), " a b");
});

test("an operation and its payload say keys and values in their order, and nothing of bytes", () => {
  const payload = {
    topic: "the sea\nis deep",
    list: [1.5, true, null],
    raw: new Uint8Array([1]),
    deep: { a: {} },
  };
  assert.equal(saidBy("Say:it", payload), " say it topic the sea is deep list 1 5 true null raw deep a");
  assert.equal(saidBy("note", undefined), " note");
});

test("words stand in a text where they follow one another, the last perhaps cut off", () => {
  const words = wordsOf("the tide turns at noon");
  for (const text of ["the", "tide turns", "TIDE tur", "noon", "the tide turns at noon", "n"])
    assert.ok(containsWords(words, wordsOf(text)), text);
  for (const text of ["ide", "the turns", "tid turns", "noon the", "noons"])
    assert.ok(!containsWords(words, wordsOf(text)), text);
});

const word = fc.stringMatching(/^[a-zäж東\d]{1,4}$/);

test("of any text, every run of its words is found, also with the last one cut off", () => {
  const check = (before: string[], wanted: string[], after: string[], cut: number): void => {
    const text = wordsOf([...before, ...wanted, ...after].join(" - "));
    const asked = wanted.join(", ");
    assert.ok(containsWords(text, wordsOf(asked.slice(0, Math.max(1, asked.length - cut)))));
  };
  const some = fc.array(word, { maxLength: 4 });
  fc.assert(
    fc.property(some, fc.array(word, { minLength: 1, maxLength: 4 }), some, fc.nat(3), check),
    tries(20_000),
  );
});

test("what any payload says are the words of its JSON text without the escapes", () => {
  const check = (operation: string, payload: unknown): void => {
    const json = (JSON.stringify(payload) ?? "").replaceAll(/\\(?:u[\da-f]{4}|.)/g, " ");
    assert.equal(saidBy(operation, payload), wordsOf(`${operation} ${json}`));
  };
  const values = [anyText, fc.integer(), fc.boolean(), fc.constant(null)] as const;
  const payload = fc.object({ values: [...values], maxDepth: 3 }).filter((value) => !("toJSON" in value));
  fc.assert(fc.property(fc.string(), payload, check), tries(5000));
});
