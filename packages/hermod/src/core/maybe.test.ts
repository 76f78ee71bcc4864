import assert from "node:assert/strict";
import { test } from "node:test";
import { adopt, chain, isPromise } from "./maybe.ts";

// oxlint-disable-next-line unicorn/no-thenable -- what is tried here
const thenable = { then: (fulfil: (value: number) => void) => fulfil(7) } as PromiseLike<number>;

test("what is ready is handed on at once", () => {
  assert.equal(
    chain(3, (value) => value + 1),
    4,
  );
  assert.equal(
    chain(undefined, () => "next"),
    "next",
  );
});

test("a promise is handed on when it is fulfilled, and its rejection passes by", async () => {
  assert.equal(await chain(Promise.resolve(3), (value) => value + 1), 4);
  const rejected = chain(Promise.reject<number>(new Error("no")), () => assert.fail("must not run"));
  await assert.rejects(async () => rejected, /no/);
});

test("whatever can be awaited is adopted as a promise, anything else stays as it is", async () => {
  const adopted = adopt(thenable);
  assert.ok(isPromise(adopted));
  assert.equal(await adopted, 7);
  // oxlint-disable-next-line unicorn/no-thenable -- what is tried here
  const values: readonly unknown[] = [undefined, null, 0, "then", { then: 1 }, [], () => 1];
  for (const value of values) {
    assert.equal(adopt(value), value);
    assert.ok(!isPromise(value));
  }
});
