/** Part reader: what is asked for at once comes in its order, and a dropped iteration leaves nothing. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { TaskEntry } from "../core/tasklog.ts";
import type { Following } from "./following.ts";
import { PartReader, type Reading } from "./partreader.ts";

const part = (value: unknown): TaskEntry => ({ type: "part", attempt: 1, value });

/** A following of which a test says when there is more. */
function played(pages: (readonly TaskEntry[])[], waits = false) {
  let number = 0;
  let left = 0;
  let go: (more: boolean) => void = () => undefined;
  const following = {
    more: () => (waits ? new Promise<boolean>((resolve) => (go = resolve)) : pages.length > 0),
    read: () => pages.shift() ?? [],
    take: () => ++number,
  } as unknown as Following;
  const reading: Reading<unknown> = {
    ...{ following, leave: () => void left++, valueOf: (value: unknown) => value },
    ...{ read: () => undefined, check: () => undefined },
  };
  return { reading, left: () => left, go: (more: boolean) => go(more) };
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

test("parts that are asked for all at once come in order, and then the end", async () => {
  const { reading, left } = played([[part("a"), part("b")], [], [part("c")]]);
  const reader = new PartReader(async () => reading);
  const results = await Promise.all(Array.from({ length: 5 }, () => reader.next()));
  assert.deepEqual(
    results.map(({ value }) => value && [value.number, value.value]),
    [[1, "a"], [2, "b"], [3, "c"], undefined, undefined],
  );
  assert.equal(left(), 1);
});

test("so do those that are waited for", async () => {
  const { reading, go } = played([[part("a")], [part("b")]], true);
  const reader = new PartReader(async () => reading);
  const both = [reader.next(), reader.next()];
  for (let each = 0; each < 2; each++) {
    await turn();
    go(true);
  }
  assert.deepEqual(
    (await Promise.all(both)).map(({ value }) => value?.value),
    ["a", "b"],
  );
});

test("a value that does not fit ends it with the error, once", async () => {
  const { reading, left } = played([[part("a"), part("b")]]);
  const strict = { ...reading, valueOf: async () => Promise.reject(new Error("no fit")) };
  const reader = new PartReader(async () => strict);
  await assert.rejects(reader.next(), /no fit/u);
  assert.deepEqual([await reader.next(), left()], [{ done: true, value: undefined }, 1]);
});

test("one that is dropped before it began holds nothing, and one that failed to begin says why", async () => {
  const { reading, left } = played([[part("a")]]);
  const reader = new PartReader(async () => reading);
  await reader.return();
  assert.deepEqual([await reader.next(), left()], [{ done: true, value: undefined }, 0]);
  await assert.rejects(new PartReader(() => Promise.reject(new Error("no task"))).next(), /no task/u);
});
