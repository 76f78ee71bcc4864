/** Who wants to know that a partition is gone hears it once, also where it is gone already. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Cancel } from "../../core/clock.ts";
import type { Store } from "../../core/store.ts";
import { goneOf } from "./gone.ts";

/** A partition, whether it is gone already, and who still waits for its end. */
function partition(isGone: boolean, waiting: Set<() => void>): Store {
  const whenGone = (_: number, gone: () => void): Cancel => {
    waiting.add(gone);
    if (isGone) gone();
    return () => void waiting.delete(gone);
  };
  return { whenGone } as unknown as Store;
}

test("who waits hears of the first that is gone, once, and waits for no other", () => {
  for (const places of [
    [false, true, false],
    [true, true],
    [false, false],
  ]) {
    const waiting = new Set<() => void>();
    let told = 0;
    goneOf(places.map((isGone) => partition(isGone, waiting)))?.(0, () => void told++);
    for (const gone of [...waiting]) gone();
    assert.equal(told, 1);
    assert.equal(waiting.size, 0);
  }
});
