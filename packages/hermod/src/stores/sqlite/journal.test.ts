/** What becomes of groups when the file cannot be written: who hears of it, and in which order what must not be lost is tried again. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createEnv } from "../../testing/store/env.ts";
import { Journal } from "./journal.ts";
import { Change, type BatchAnswer, type Value } from "./protocol.ts";

const full: BatchAnswer = { type: "failed", error: { code: "HERMOD_STORE_FULL", message: "full" } };
const kept: BatchAnswer = { type: "kept", answers: [], discarded: [] };

/** A journal whose batches the test answers; `fill` adds groups of one change that name themselves. */
function trial(most?: number) {
  const { clock } = createEnv();
  const batches: { readonly names: readonly Value[]; readonly answer: (answer: BatchAnswer) => void }[] = [];
  const write = (changes: readonly Value[], answer: (answer: BatchAnswer) => void): void =>
    void batches.push({ names: changes.filter((value) => typeof value === "string"), answer });
  const ignore = (): void => undefined;
  let told = 0;
  const journal = new Journal({ write, ...(most !== undefined && { most }) }, clock, {
    sickened: () => void told++,
    recovered: ignore,
    discarded: ignore,
    filled: ignore,
    grew: ignore,
  });
  const heard: string[] = [];
  const fill = (from: number, to: number, insists = false): void => {
    for (let at = from; at < to; at++) {
      journal.group().add(Change.unbind, `${at}`, "box");
      journal.end((outcome) => heard.push(`${at} ${outcome?.type ?? "kept"}`), insists);
    }
  };
  return { clock, batches, heard, fill, journal, told: () => told, flushed: () => journal.flushed() };
}

test("all who wait hear at once that the file cannot be written, however many they are", async () => {
  const { clock, batches, heard, fill } = trial();
  fill(0, 1000);
  await clock.settle();
  assert.equal(batches.length, 2);
  batches[0]?.answer(full);
  batches[1]?.answer(full);
  await clock.settle();
  assert.equal(heard.length, 1000);
  assert.equal(heard.filter((each) => each.endsWith(" failed")).length, 1000);
});

test("a batch has as many groups as the way to the writer takes: 128, or what it says", async () => {
  for (const [most, first] of [
    [undefined, 128],
    [300, 300],
  ] as const) {
    const { clock, batches, fill } = trial(most);
    fill(0, 400);
    await clock.settle();
    assert.equal(batches[0]?.names.filter((name) => name !== "box").length, first);
  }
});

test("of two batches that failed, the first is tried again first", async () => {
  const { clock, batches, heard, fill } = trial();
  fill(0, 128, true);
  fill(128, 256, true);
  fill(256, 300, true);
  await clock.settle();
  for (const { answer } of [...batches]) answer(full);
  for (let at = 2; at < 8; at++) {
    await clock.advance(250);
    batches[at]?.answer(at < 4 ? full : kept);
    await clock.settle();
  }
  const tried = batches.slice(2).map(({ names }) => names[0]);
  assert.deepEqual(tried.slice(0, 3), ["0", "0", "0"]);
  assert.deepEqual(
    heard,
    Array.from({ length: 300 }, (_, at) => `${at} kept`),
  );
});

test("who waits for what was written so far does not wait for what comes later", async () => {
  const { clock, batches, heard, fill, flushed } = trial();
  const waited: string[][] = [];
  const look = (): void => void flushed().then(() => waited.push([...heard]));
  look();
  await clock.settle();
  assert.deepEqual(waited, [[]]);
  fill(0, 2);
  look();
  for (let at = 0; at < 5; at++) {
    await clock.settle();
    fill(at + 2, at + 3);
    batches[at]?.answer(kept);
  }
  await clock.settle();
  assert.deepEqual(waited.slice(1), [["0 kept", "1 kept"]]);
});

test("who waits for what cannot be written waits no longer", async () => {
  const { clock, batches, fill, flushed } = trial();
  let waits = 1;
  fill(0, 2, true);
  void flushed().then(() => waits--);
  await clock.settle();
  batches[0]?.answer(full);
  await clock.settle();
  assert.equal(waits, 0);
});

test("behind the end of a journal nothing is told of and tried again: what is said then was decided by nobody", async () => {
  const { clock, batches, heard, fill, journal, told } = trial();
  journal.close();
  fill(0, 1);
  fill(1, 2, true);
  await clock.settle();
  batches[0]?.answer(full);
  await clock.advance(10_000);
  assert.deepEqual([heard, told(), batches.length, clock.waiting], [["0 failed"], 0, 1, 0]);
});
