/** Tokens: an estimate that is rather too high than too low, whatever the script. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { tokensOf } from "./tokens.ts";

test("a text has about as many tokens as its script gives it", () => {
  for (const [text, tokens] of [
    ["", 0],
    ["The tide turns twice a day.", 8],
    ["潮は一日に二度変わる", 10],
    ["조수는 하루에 두 번", 9],
    ["ज्वार दिन में", 12],
    ["🌊🌊", 4],
    ["sea 海", 3],
  ] as const)
    assert.equal(tokensOf(text), tokens, text);
});

test("the same text has the same tokens every time", () => {
  assert.deepEqual([tokensOf("海"), tokensOf("海"), tokensOf("海")], [1, 1, 1]);
});
