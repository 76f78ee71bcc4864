/** What waits in the file and not in memory: its order, its numbers, its way back, and the rule that spills. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type { Priority } from "../core/envelope.ts";
import type { MailboxRule } from "../core/store.ts";
import { Bench } from "../testing/store/bench.ts";
import { critic, editor, failure } from "../testing/store/drafts.ts";
import { createEnv } from "../testing/store/env.ts";
import { sqlite } from "./sqlite.ts";
import type { DiskStore } from "./sqlite/store.ts";

const folder = mkdtempSync(join(tmpdir(), "hermod-"));
after(() => rmSync(folder, { recursive: true, force: true }));

let files = 0;

/** Opens a store with room for so many messages of a lane in memory, and serves the critic's mailbox. */
async function opened(file: string, lane: number, rule: Partial<MailboxRule> = {}): Promise<Bench> {
  const { env, ...heard } = createEnv();
  const store = await sqlite(join(folder, file), { thread: false, window: { lane, all: 10_000 } })(env);
  const bench = new Bench(store, heard, () => heard.clock.settle());
  await bench.announce(rule);
  return bench;
}

/** Opens a fresh one, and closes it after the trial. */
async function trial(
  lane: number,
  rule: Partial<MailboxRule>,
  run: (bench: Bench, file: string) => Promise<void>,
): Promise<void> {
  const file = `${++files}.db`;
  const bench = await opened(file, lane, rule);
  try {
    await run(bench, file);
  } finally {
    await bench.store.close();
  }
}

/** Claims and acknowledges one at a time until nothing more comes; answers the ids. */
async function drained(bench: Bench): Promise<string[]> {
  const ids: string[] = [];
  for (;;) {
    await bench.rest();
    const [claim] = await bench.claim(1);
    if (!claim) return ids;
    ids.push(claim.envelope.id);
    await bench.settle(claim);
  }
}

const drafts = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, at) => ({ id: `d${from + at}` }));
const names = (from: number, to: number) => drafts(from, to).map(({ id }) => id);

test("what does not fit into memory is handed out in its order, and counted while it waits", () =>
  trial(3, {}, async (bench) => {
    await bench.send(...drafts(0, 50));
    assert.equal((await bench.counts()).waiting, 50);
    assert.deepEqual(await bench.waiting(), names(0, 50));
    assert.deepEqual(await drained(bench), names(0, 50));
    assert.equal((await bench.counts()).waiting, 0);
  }));

test("an at-most-once message does not pass those that wait in the file", () =>
  trial(2, {}, async (bench) => {
    await bench.send(...drafts(0, 5), { id: "v", delivery: "at-most-once" }, ...drafts(5, 8));
    assert.deepEqual(await bench.waiting(), [...names(0, 5), "v", ...names(5, 8)]);
    assert.deepEqual(await drained(bench), [...names(0, 5), "v", ...names(5, 8)]);
  }));

test("a dead letter that is given back while its lane goes on in the file comes once", () =>
  trial(2, {}, async (bench) => {
    await bench.send(...drafts(0, 2));
    const letter = await bench.kill(await bench.one());
    await bench.send(...drafts(2, 8));
    await bench.store.operate({ type: "redrive", id: letter.id, force: false, dryRun: false });
    await bench.rest();
    assert.deepEqual((await drained(bench)).toSorted(), names(0, 8));
  }));

test("each priority has its own window: the highest goes first wherever it waits", () =>
  trial(2, {}, async (bench) => {
    const of = (priority: 1 | 3, prefix: string) =>
      names(0, 6).map((name) => ({ id: `${prefix}${name}`, priority }));
    await bench.send(...of(1, "low"), ...of(3, "high"));
    const ids = await drained(bench);
    assert.deepEqual(
      ids.slice(0, 6),
      names(0, 6).map((name) => `high${name}`),
    );
    assert.deepEqual(
      ids.slice(6),
      names(0, 6).map((name) => `low${name}`),
    );
  }));

test("after a restart what waited comes in its order, retries and delays with their times", () =>
  trial(3, {}, async (bench, file) => {
    await bench.send(...drafts(0, 20), { id: "later", notBefore: bench.clock.now() + 1000 });
    const first = await bench.one();
    await bench.settle(first, { type: "retry", at: bench.clock.now() + 500, error: failure });
    await bench.store.close();
    const again = await opened(file, 3);
    const { waiting, delayed } = await again.counts();
    assert.deepEqual({ waiting, delayed }, { waiting: 19, delayed: 2 });
    await again.rest();
    assert.deepEqual(await again.waiting(), [...names(1, 20), "d0", "later"]);
    assert.deepEqual(await drained(again), names(1, 20));
    await again.clock.advance(500);
    const retried = await again.one();
    assert.deepEqual([retried.envelope.id, retried.attempt], ["d0", 2]);
    await again.settle(retried);
    await again.clock.advance(500);
    assert.deepEqual(await drained(again), ["later"]);
    await again.store.close();
  }));

test("what waits for a time comes in its time, however much of it waits in the file alone", () =>
  trial(4, {}, async (bench) => {
    const now = bench.clock.now();
    const shuffled = [7, 31, 2, 19, 0, 24, 11, 38, 5, 14, 28, 33, 9, 21, 36, 3, 17, 26, 12, 39];
    await bench.send(...shuffled.map((at) => ({ id: `t${at}`, notBefore: now + 100 + at })));
    await bench.rest();
    const inOrder = shuffled.toSorted((a, b) => a - b).map((at) => `t${at}`);
    assert.equal((await bench.counts()).delayed, 20);
    const { items } = await bench.store.read({ type: "delayed", mailbox: critic });
    assert.deepEqual(
      items.map(({ envelope }) => envelope.id),
      inOrder,
    );
    assert.deepEqual(await bench.waiting(), inOrder);
    const came: string[] = [];
    for (let ms = 0; ms < 140; ms++) {
      await bench.advance(1);
      came.push(...(await drained(bench)));
    }
    assert.deepEqual(came, inOrder);
    assert.equal((await bench.counts()).delayed, 0);
  }));

test("what waits for a time in the file alone is let run or taken out by hand, and runs once also after a restart", () =>
  trial(2, {}, async (bench, file) => {
    const at = (n: number) => bench.clock.now() + 1_000_000 + n;
    await bench.send(...Array.from({ length: 20 }, (_, n) => ({ id: `t${n}`, notBefore: at(n) })));
    await bench.rest();
    const store = bench.store as unknown as DiskStore;
    assert.ok(store.inMemory < 10, `${store.inMemory} stand in memory`);
    const act = (type: "hasten" | "cancel", id: string) => bench.store.operate({ type, mailbox: critic, id });
    for (const id of ["t17", "t1"]) assert.equal((await act("hasten", id)).status, "done", id);
    for (const id of ["t18", "t0"]) assert.equal((await act("cancel", id)).status, "done", id);
    assert.equal((await act("cancel", "t18")).status, "missing");
    assert.deepEqual((await bench.graves()).toSorted(), ["t0 stopped", "t18 stopped"]);
    assert.equal((await bench.counts()).delayed, 16);
    await bench.store.close();
    const again = await opened(file, 2);
    await again.clock.advance(1);
    assert.deepEqual((await drained(again)).toSorted(), ["t1", "t17"]);
    await again.clock.advance(1_000_100);
    assert.equal((await drained(again)).length, 16);
    await again.store.close();
  }));

test("of what waits for a time a mailbox has no more in memory than twice its window", () =>
  trial(4, {}, async (bench) => {
    const store = bench.store as unknown as DiskStore;
    for (let at = 0; at < 60; at++)
      await bench.send({ id: `t${at}`, notBefore: bench.clock.now() + 1000 - at });
    assert.ok(store.inMemory <= 8, `${store.inMemory} stand in memory`);
    await bench.advance("1s");
    assert.equal((await drained(bench)).length, 60);
  }));

test("all that is due at one moment comes, in pieces", () =>
  trial(4, {}, async (bench) => {
    await bench.send(...drafts(0, 50).map((draft) => ({ ...draft, notBefore: bench.clock.now() + 100 })));
    await bench.advance(100);
    assert.deepEqual(await drained(bench), names(0, 50));
  }));

test("retries beyond the window keep their attempts and times, also over a restart", () =>
  trial(2, {}, async (bench, file) => {
    await bench.send(...drafts(0, 12));
    for (let at = 0; at < 12; at++) {
      await bench.rest();
      const claim = await bench.one();
      await bench.settle(claim, { type: "retry", at: bench.clock.now() + 1000 - at, error: failure });
    }
    assert.equal((await bench.counts()).delayed, 12);
    await bench.store.close();
    const again = await opened(file, 2);
    assert.equal((await again.counts()).delayed, 12);
    await again.advance("1s");
    const seen: string[] = [];
    for (let claim = (await again.claim(1))[0]; claim; claim = (await again.claim(1))[0]) {
      seen.push(`${claim.envelope.id} ${claim.attempt}`);
      await again.settle(claim);
      await again.rest();
    }
    assert.deepEqual(
      seen.toSorted(),
      names(0, 12)
        .map((name) => `${name} 2`)
        .toSorted(),
    );
    await again.store.close();
  }));

test("in strict order a retry holds up its key also after a restart, however late it is due", () =>
  trial(2, { order: "strict" }, async (bench, file) => {
    await bench.send(...drafts(0, 6));
    await bench.settle(await bench.one(), { type: "retry", at: bench.clock.now() + 1000, error: failure });
    // More than the window, and due before.
    const early = bench.clock.now() + 900;
    await bench.send(...names(0, 9).map((id) => ({ id: `early ${id}`, from: editor, notBefore: early })));
    await bench.store.close();
    const again = await opened(file, 2, { order: "strict" });
    assert.deepEqual(await drained(again), []);
    await again.advance(1000);
    const ids = await drained(again);
    assert.deepEqual(
      ids.filter((id) => id.startsWith("d")),
      names(0, 6),
    );
    assert.equal(ids.length, 15);
    await again.store.close();
  }));

test("a filter reaches what waits in the file, though nobody takes what stands before it", () =>
  trial(2, {}, async (bench) => {
    await bench.send(...drafts(0, 30), { id: "wanted", priority: 2, metadata: { kind: "x" } });
    let found: string[] = [];
    for (let turn = 0; turn < 40 && found.length === 0; turn++) {
      found = await bench.ids(1, { where: "id:wanted" });
      await bench.rest();
    }
    assert.deepEqual(found, ["wanted"]);
  }));

test("where memory is taken up by others, a message that runs long holds up none behind it", async () => {
  const { env, ...heard } = createEnv();
  const store = await sqlite(join(folder, "crowded.db"), { thread: false, window: { lane: 10, all: 10 } })(
    env,
  );
  const bench = new Bench(store, heard, () => heard.clock.settle());
  for (const mailbox of [critic, editor]) await bench.announce({ slots: 2 }, mailbox);
  await bench.send(...drafts(0, 10).map((draft) => ({ ...draft, to: editor })), ...drafts(10, 15));
  assert.deepEqual(await bench.ids(1), ["d10"]);
  assert.deepEqual(await bench.ids(1), ["d11"]);
  await store.close();
});

test("a mailbox that spills takes every message, and holds no more in memory than its capacity [C11]", () =>
  trial(1000, { overflow: "spill", count: 3 }, async (bench) => {
    await bench.send(...drafts(0, 40));
    assert.equal((await bench.counts()).waiting, 40);
    assert.equal((await bench.claim(100)).length, 3);
  }));

test("a mailbox that spills hands out everything, in order [C11]", () =>
  trial(1000, { overflow: "spill", count: 3 }, async (bench) => {
    await bench.send(...drafts(0, 40));
    assert.deepEqual(await drained(bench), names(0, 40));
  }));

test("a mailbox removed while its lane goes on in the file leaves a dead letter of each message", () =>
  trial(2, {}, async (bench) => {
    await bench.send(...drafts(0, 6), { id: "v", delivery: "at-most-once" });
    await bench.store.operate({ type: "remove", mailbox: critic });
    await bench.rest();
    assert.deepEqual(
      await bench.graves(),
      [...names(0, 6), "v"].map((id) => `${id} stopped`),
    );
  }));

test("another order while a lane goes on in the file loses nothing and gives nothing twice", () =>
  trial(2, {}, async (bench) => {
    const mixed = names(0, 24).map((id, at) => ({ id, priority: ((at % 4) + 1) as Priority }));
    await bench.send(...mixed);
    await bench.announce({ order: "fifo" });
    assert.deepEqual((await drained(bench)).toSorted(), names(0, 24).toSorted());
  }));
