/** Holdings: what a session holds is known by its token and by its message, and bounded. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Claim } from "../core/store.ts";
import { Holdings } from "./holdings.ts";

const claim = (token: number, id: string) => ({ token, envelope: { id } }) as Claim;

test("a message is held as long as one of its claims is", () => {
  const holdings = new Holdings(9);
  for (const [token, id] of [
    [1, "a"],
    [2, "a"],
    [3, "b"],
  ] as const)
    holdings.add(claim(token, id));
  assert.deepEqual([holdings.size, holdings.of(2)?.envelope.id], [3, "a"]);
  holdings.delete(1);
  holdings.delete(1);
  assert.deepEqual([holdings.has("a"), holdings.size, holdings.of(1)], [true, 2, undefined]);
  holdings.delete(2);
  assert.deepEqual([holdings.has("a"), holdings.has("b")], [false, true]);
  holdings.clear();
  assert.deepEqual([holdings.has("b"), holdings.size, holdings.of(3)], [false, 0, undefined]);
});

test("beyond the bound the oldest is forgotten", () => {
  const holdings = new Holdings(2);
  for (const token of [1, 2, 3]) holdings.add(claim(token, `m${token}`));
  assert.deepEqual(
    [holdings.size, holdings.has("m1"), holdings.has("m2"), holdings.has("m3")],
    [2, false, true, true],
  );
});
