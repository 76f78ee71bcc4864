import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { RecentMap } from "./recentmap.ts";
import { tries } from "./samples.test.kit.ts";

test("it never holds more than its bound, and always the half that was set last, as the last value says", () =>
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(12), fc.nat(), fc.boolean())), (steps) => {
      const map = new RecentMap<number, number>(8);
      const last = new Map<number, number>();
      for (const [key, value, deletes] of steps) {
        last.delete(key);
        if (deletes) map.delete(key);
        else {
          map.set(key, value);
          last.set(key, value);
        }
        assert.equal(map.get(key), deletes ? undefined : value);
        const kept = map.keys();
        assert.ok(kept.size <= 8);
        assert.equal(map.isEmpty, kept.size === 0);
        for (const [recent, value] of [...last].slice(-4)) assert.equal(map.get(recent), value);
        for (const other of kept) assert.equal(map.get(other), last.get(other));
      }
    }),
    tries(20_000),
  ));

test("what was set longest ago goes first", () => {
  const map = new RecentMap<string, number>(4);
  for (const [at, key] of ["a", "b", "a", "c", "d", "e"].entries()) map.set(key, at);
  assert.deepEqual([...map.keys()].toSorted(), ["c", "d", "e"]);
  assert.equal(map.get("a"), undefined);
});
