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

test("whoever asks in the midst of an answer comes behind those who have asked before", async () => {
  const { reading, go } = played([[part("a")], [part("b")], [part("c")]], true);
  const reader = new PartReader(async () => reading);
  const first = reader.next();
  const third = first.then(() => reader.next());
  const all = Promise.all([first, reader.next(), third]);
  for (let each = 0; each < 3; each++) {
    await turn();
    go(true);
  }
  assert.deepEqual(
    (await all).map(({ value }) => value?.value),
    ["a", "b", "c"],
  );
});

test("whoever asks for the next part is done with the one before at once, and with each of them once", async () => {
  const { reading } = played([[part("a"), part("b")]]);
  const done: number[] = [];
  const reader = new PartReader(async () => ({ ...reading, read: (number) => void done.push(number) }));
  await Promise.all([reader.next(), reader.next()]);
  const end = reader.next();
  assert.deepEqual(done, [1, 2]);
  await end;
  await reader.next();
  assert.deepEqual(done, [1, 2]);
});

test("a task that has failed ends its parts with the error, once", async () => {
  const { reading } = played([[part("a")]]);
  const check = (): never => {
    throw new Error("no ink");
  };
  const reader = new PartReader(async () => ({ ...reading, check }));
  await reader.next();
  await assert.rejects(reader.next(), /no ink/u);
  assert.deepEqual(await reader.next(), { done: true, value: undefined });
});

test("one that is dropped while a part is waited for ends without a word, and then its drop", async () => {
  const waits = (dropped: AbortSignal) =>
    new Promise<never>((_, reject) => {
      dropped.addEventListener("abort", () => setImmediate(() => reject(new Error("dropped"))));
    });
  const reader = new PartReader(waits);
  const order: unknown[] = [];
  const asked = reader.next().then(({ done }) => order.push("next", done));
  await reader.return();
  order.push("return");
  await asked;
  assert.deepEqual(order, ["next", true, "return"]);
});
