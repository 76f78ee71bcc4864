/** Texts behind their lengths come out of a stream as they went in, however it was cut on its way. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { anyText, tries } from "../core/samples.test.kit.ts";
import { toBytes, Texts } from "./texts.ts";

const texts = fc.array(
  anyText.map((text) => text.toWellFormed()),
  { maxLength: 8 },
);

function all(coming: Texts, chunk: Buffer): string[] {
  coming.add(chunk);
  const found: string[] = [];
  for (let text = coming.next(); text !== undefined; text = coming.next()) found.push(text);
  return found;
}

function cut(bytes: Buffer, sizes: readonly number[]): readonly Buffer[] {
  const chunks: Buffer[] = [];
  let from = 0;
  for (const size of sizes) chunks.push(bytes.subarray(from, (from += size)));
  return [...chunks, bytes.subarray(from)];
}

test("texts come out as they went in, wherever the stream was cut", () => {
  fc.assert(
    fc.property(texts, fc.array(fc.nat(9)), (list, sizes) => {
      const coming = new Texts(Infinity);
      const chunks = cut(Buffer.concat(list.map(toBytes)), sizes);
      assert.deepEqual(
        chunks.flatMap((chunk) => all(coming, chunk)),
        list,
      );
    }),
    tries(),
  );
});

test("a text comes out once its last byte is there, and not before", () => {
  const coming = new Texts(Infinity);
  const bytes = toBytes("tide");
  assert.deepEqual(all(coming, bytes.subarray(0, -1)), []);
  assert.deepEqual(all(coming, bytes.subarray(-1)), ["tide"]);
});

test("one that is too long is refused by its length alone, before it is there", () => {
  const coming = new Texts(4);
  assert.deepEqual(all(coming, toBytes("tide")), ["tide"]);
  assert.throws(() => all(coming, toBytes("tides").subarray(0, 4)), /a text of 5 bytes: 4 is the most/);
});
