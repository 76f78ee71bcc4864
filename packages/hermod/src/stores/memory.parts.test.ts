/** What the parts of messages may take in memory, and whose go first. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { HermodError } from "../core/errors.ts";
import { ACK } from "../core/settlement.ts";
import type { Claim } from "../core/store.ts";
import type { Bench } from "../testing/store/bench.ts";
import { critic, failure, sized } from "../testing/store/drafts.ts";
import { onMemory } from "./memory.test.kit.ts";

const MIB = 2 ** 20;
/** A part of a mebibyte, with what is counted beside it. */
const large = sized(MIB - 32);

/** A claimed message with so many mebibytes of parts. */
async function filled(bench: Bench, id: string, mebibytes: number, draft = {}): Promise<Claim> {
  await bench.send({ id, ...draft });
  const claim = await bench.one();
  for (let part = 0; part < mebibytes; part++) await bench.store.record(id, large);
  return claim;
}

async function isFull(bench: Bench, id: string, part: unknown): Promise<boolean> {
  try {
    await bench.store.record(id, part);
    return false;
  } catch (error) {
    assert.ok(error instanceof HermodError && error.code === "HERMOD_OVERLOADED", String(error));
    return true;
  }
}

async function counts(bench: Bench, ...ids: string[]): Promise<number[]> {
  return Promise.all(ids.map(async (id) => (await bench.parts(id)).length));
}

test("all parts together have 64 MiB: a part beyond is refused, and changes nothing", () =>
  onMemory({}, async (bench) => {
    await filled(bench, "a", 32);
    await filled(bench, "b", 31);
    assert.equal(await isFull(bench, "a", sized(MIB - 31)), true);
    assert.equal(await isFull(bench, "a", large), false);
    assert.equal(await isFull(bench, "b", null), true);
    assert.deepEqual(await counts(bench, "a", "b"), [33, 31]);
  }));

test("the parts of ended messages make room, oldest end first, whatever their end", () =>
  onMemory({}, async (bench) => {
    await bench.announce({ keyBy: "none", slots: 9 });
    const [acked, failed, dead] = [
      await filled(bench, "acked", 10),
      await filled(bench, "failed", 10),
      await filled(bench, "dead", 10),
    ];
    await bench.settle(failed, { type: "fail", error: failure });
    await bench.kill(dead);
    await bench.settle(acked);
    const all = ["failed", "dead", "acked", "open"];
    await filled(bench, "open", 34);
    assert.deepEqual(await counts(bench, ...all), [10, 10, 10, 34]);
    await bench.store.record("open", large);
    assert.deepEqual(await counts(bench, ...all), [0, 10, 10, 35]);
    for (let part = 0; part < 10; part++) await bench.store.record("open", large);
    assert.deepEqual(await counts(bench, ...all), [0, 0, 10, 45]);
  }));

test("what expired and what was removed with its mailbox makes room too", () =>
  onMemory({}, async (bench) => {
    const at = bench.clock.now() + 500;
    const expiring = await filled(bench, "expired", 30, { deadline: at + 1 });
    await bench.settle(expiring, { type: "retry", at, error: failure });
    const removed = await filled(bench, "removed", 30);
    await bench.settle(removed, { type: "retry", at: at + 9000, error: failure });
    await bench.advance(1000);
    assert.deepEqual(await bench.ids(), []);
    await bench.store.operate({ type: "remove", mailbox: critic });
    await bench.announce();
    await filled(bench, "open", 64);
    assert.deepEqual(await counts(bench, "expired", "removed", "open"), [0, 0, 64]);
  }));

test("a message that came back from the dead letters keeps its parts", () =>
  onMemory({}, async (bench) => {
    const { id } = await bench.kill(await filled(bench, "dead", 60));
    await bench.store.operate({ type: "redrive", id, force: false, dryRun: false });
    await filled(bench, "ended", 2);
    const [claim] = await bench.claim();
    await filled(bench, "other", 2);
    assert.equal(await isFull(bench, "other", null), true);
    assert.equal((await bench.parts("dead")).length, 60);
    await bench.settle(claim as Claim);
  }));

test("the last part of a message is kept whatever its size, until the next needs the room", () =>
  onMemory({}, async (bench) => {
    await filled(bench, "open", 64);
    for (const id of ["a", "b"]) {
      await bench.send({ id });
      await bench.settle(await bench.one(), ACK, [], undefined, large);
      assert.deepEqual(await bench.parts(id), [large]);
    }
    assert.deepEqual(await bench.parts("a"), []);
    assert.equal(await isFull(bench, "open", null), true);
    assert.deepEqual(await counts(bench, "a", "b", "open"), [0, 1, 64], "nothing goes in vain");
  }));

test("a late part takes its room from others, not from its own message", () =>
  onMemory({}, async (bench) => {
    for (const id of ["a", "b"]) await bench.settle(await filled(bench, id, 32));
    await bench.store.record("a", large);
    assert.deepEqual(await counts(bench, "a", "b"), [33, 0]);
  }));

test("a late part of an ended message is numbered on", () =>
  onMemory({}, async (bench) => {
    await bench.settle(await filled(bench, "in", 1), ACK, [], undefined, "last");
    assert.equal(await bench.store.record("in", "late"), 3);
    assert.deepEqual(await bench.parts("in"), [large, "last", "late"]);
  }));

test("notes take half of the room at the most: what is said of work takes none from the work", () =>
  onMemory({}, async (bench) => {
    const notes = { type: "notes", agent: "a", attempt: 1, notes: [sized(MIB / 2)] };
    await filled(bench, "a", 31);
    assert.equal(await isFull(bench, "a", notes), false);
    assert.equal(await isFull(bench, "a", notes), true);
    assert.equal(await isFull(bench, "a", large), false);
  }));
