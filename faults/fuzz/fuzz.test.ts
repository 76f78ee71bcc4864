/** The fuzzer finds a hub that dies, and sends the same again for the same seed. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { drawsOf } from "../random.ts";
import { fuzz } from "./fuzz.ts";
import { generate, mutated } from "./generate.ts";
import { fuzzTyped } from "./typed.ts";

test("a hub with a planted fault crashes, and one without does not", async () => {
  const planted = await fuzz(1, { inputs: 100 }, "planted");
  assert.ok(planted.crashes > 0);
  assert.ok(planted.evidence[0]?.inputs.some((text) => text.includes("load")));
  const { crashes, inputs } = await fuzz(1, { inputs: 1000 });
  assert.deepEqual([crashes, inputs], [0, 1000]);
});

test("a command line with a planted fault crashes, and one without does not", async () => {
  const planted = await fuzzTyped(1, { inputs: 300 }, true);
  assert.ok(planted.crashes > 0);
  assert.match(planted.evidence[0]?.said ?? "", /planted/u);
  const { crashes, inputs, evidence } = await fuzzTyped(1, { inputs: 500 });
  assert.deepEqual([crashes, inputs, evidence], [0, 500, []]);
});

test("a seed decides what is sent, and text is changed", () => {
  const texts = (): string[] => {
    const draw = drawsOf(7);
    return Array.from({ length: 200 }, () => mutated(draw, '[{"n":1}]'));
  };
  assert.deepEqual(texts(), texts());
  assert.ok(texts().filter((text) => text !== '[{"n":1}]').length > 150);
  const draw = drawsOf(3);
  const ways = new Set(Array.from({ length: 100 }, () => generate(draw).way));
  assert.deepEqual([...ways].toSorted(), ["bytes", "frame"]);
});
