/** What the memory store keeps beside messages, and how much of it: parts, spending, watchers. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { toAddress } from "../core/address.ts";
import { numbered, onMemory } from "./memory.test.kit.ts";

const LEAST = 10_000;

for (const [history, most] of [
  [{}, LEAST],
  [false, LEAST],
  [{ count: 1 }, LEAST],
  [{ count: 10_001 }, 10_001],
] as const) {
  test(`with history ${JSON.stringify(history)}, parts of ${most} messages are kept, and of a sixteenth more at the most`, () =>
    onMemory({ history }, async ({ store }) => {
      const more = Math.floor(most / 16);
      for (const { id } of numbered(most + more)) await store.record(id, "first");
      assert.equal(await store.record("1", "second"), 2);
      assert.deepEqual(await store.parts("2", 0, 9), ["first"]);
      await store.record("new", "first");
      assert.deepEqual(await store.parts("1", 0, 9), ["first", "second"]);
      const [gone, kept] = [String(more + 2), String(more + 3)];
      assert.deepEqual(await store.parts("2", 0, 9), []);
      assert.deepEqual(await store.parts(gone, 0, 9), []);
      assert.deepEqual(await store.parts(kept, 0, 9), ["first"]);
    }));

  test(`with history ${JSON.stringify(history)}, spending of ${most} conversations is kept`, () =>
    onMemory({ history }, async ({ store }) => {
      const spend = async (id: string, tokens = 1) =>
        (await store.spend(id, { tokens }, { tokens: 1 })).refused;
      for (const { id } of numbered(most)) await spend(id);
      assert.equal(await spend("1"), "tokens", "a refused amount counts as use");
      await spend("new");
      assert.equal(await spend("1"), "tokens");
      assert.equal(await spend("3"), "tokens");
      assert.equal(await spend("2"), undefined);
    }));
}

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

test("watches of addresses that nobody announces leave nothing behind when they end", () =>
  onMemory({}, async ({ store }) => {
    const watched = (from: number) => {
      for (let at = from; at < from + 50_000; at++) store.watch(toAddress(`early-${at}`), () => undefined)();
      collect();
      return process.memoryUsage().heapUsed;
    };
    const grown = -watched(0) + watched(50_000);
    assert.ok(grown < 1_000_000, `${grown} bytes are held`);
  }));

test("the end of one watch leaves the others of an address", () =>
  onMemory({}, async (bench) => {
    const early = toAddress("early");
    const [first, second] = [bench.listen(early), bench.listen(early)];
    first.end();
    const third = bench.listen(early);
    second.end();
    third.end();
    const last = bench.listen(early);
    second.end();
    await bench.announce({}, early);
    await bench.send({ to: early });
    assert.deepEqual([first.count, second.count, third.count, last.count > 0], [0, 0, 0, true]);
  }));
