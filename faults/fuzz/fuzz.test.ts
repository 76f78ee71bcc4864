/** The fuzzer finds a hub that dies, and sends the same again for the same seed. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { drawsOf } from "../random.ts";
import { fuzz } from "./fuzz.ts";
import { generate, mutated } from "./generate.ts";

test("a hub with a planted fault crashes, and one without does not", async () => {
  const planted = await fuzz(1, 1500, "planted");
  assert.ok(planted.crashes > 0);
  assert.ok(planted.evidence[0]?.inputs.some((text) => text.includes("load")));
  const { crashes, inputs } = await fuzz(1, 1000);
  assert.equal(crashes, 0);
  assert.ok(inputs > 100);
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
