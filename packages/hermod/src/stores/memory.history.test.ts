/** The history of the memory store: bounded by count and bytes, indexes included, and true to what became of each message. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { Bench } from "../testing/store/bench.ts";
import { critic, editor, failure, sized, writer } from "../testing/store/drafts.ts";
import type { Query } from "../core/store.ts";
import { numbered, onMemory } from "./memory.test.kit.ts";

async function kept(bench: Bench, query: Partial<Query> = {}): Promise<string> {
  const { items } = await bench.store.read({ type: "history", limit: 1000, ...query } as Query & {
    type: "history";
  });
  return items
    .map(({ envelope, state, attempts }) => `${envelope.id}${state[0]}${attempts.length}`)
    .join(" ");
}

test("history is bounded by count: the oldest messages go, from every list [(18)]", () =>
  onMemory({ history: { count: 3 } }, async (bench) => {
    await bench.send(...numbered(2, { conversationId: "old" }));
    assert.equal(await kept(bench), "1w0 2w0");
    await bench.send(...numbered(3).map(({ id }) => ({ id: `${id}+` })));
    assert.equal(await kept(bench), "1+w0 2+w0 3+w0");
    assert.equal(await kept(bench, { conversation: "c1" }), "1+w0 2+w0 3+w0");
    assert.equal(await kept(bench, { conversation: "old" }), "");
    for (const agent of [writer, critic]) assert.equal(await kept(bench, { agent }), "1+w0 2+w0 3+w0");
    await bench.send({ id: "4+" });
    assert.equal(await kept(bench, { conversation: "c1" }), "2+w0 3+w0 4+w0");
  }));

test("history is bounded by bytes: a message counts as its payload and 400 bytes", () =>
  onMemory({ history: { bytes: 1500 } }, async (bench) => {
    await bench.send(
      { id: "a", payload: sized(100) },
      { id: "b", payload: sized(100) },
      { id: "c", payload: sized(100) },
    );
    assert.equal(await kept(bench), "aw0 bw0 cw0");
    await bench.send({ id: "d", payload: sized(100) });
    assert.equal(await kept(bench), "bw0 cw0 dw0");
    await bench.send({ id: "large", payload: sized(1100) });
    assert.equal(await kept(bench), "largew0");
    await bench.send({ id: "too large", payload: sized(1101) });
    assert.equal(await kept(bench), "");
  }));

test("without a history messages are delivered as ever, and none are kept", () =>
  onMemory({ history: false }, async (bench) => {
    await bench.send({ id: "a" });
    await bench.settle(await bench.one());
    assert.equal(await kept(bench), "");
    assert.deepEqual((await bench.store.read({ type: "history", conversation: "c1" })).items, []);
  }));

test("a message that is no longer in the history is still delivered, retried and buried", () =>
  onMemory({ history: { count: 1 } }, async (bench) => {
    await bench.send({ id: "a" }, { id: "b" });
    await bench.settle(await bench.one(), { type: "retry", at: 0, error: failure });
    const letter = await bench.kill(await bench.one());
    assert.deepEqual(
      letter.attempts.map(({ outcome }) => outcome),
      ["retried", "dead"],
    );
    assert.equal(await kept(bench), "bw0");
  }));

test("copies of a redriven event are in the history, whether or not its first record is still there", async () => {
  for (const others of [0, 2, 4, 6])
    await onMemory({ history: { count: 4 } }, async (bench) => {
      await bench.store.bury(bench.event("tide.turned", { id: "a" }), "no-subscriber");
      for (const mailbox of [critic, editor, writer]) await bench.announce({}, mailbox);
      for (const mailbox of [critic, editor]) await bench.store.bind("tide.*", mailbox);
      await bench.send(...numbered(others, { to: writer }));
      const id = (await bench.dead())[0]?.id ?? "";
      await bench.store.operate({ type: "redrive", id, force: false, dryRun: false });
      const copies = async () => (await kept(bench)).split(" ").filter((each) => each.startsWith("a"));
      assert.deepEqual(await copies(), ["aw0", "aw0"]);
      await bench.settle(await bench.one());
      assert.deepEqual(await copies(), ["ad1", "aw0"]);
    });
});

test("a cursor goes on at the oldest message that is left", () =>
  onMemory({ history: { count: 4 } }, async (bench) => {
    await bench.send(...numbered(4));
    const { items, next } = await bench.store.read({ type: "history", limit: 2 });
    assert.deepEqual(
      items.map(({ envelope }) => envelope.id),
      ["1", "2"],
    );
    await bench.send({ id: "5" }, { id: "6" }, { id: "7" });
    for (const query of [{}, { conversation: "c1" }]) {
      assert.equal(await kept(bench, { ...query, ...(next && { after: next }) }), "4w0 5w0 6w0 7w0");
    }
  }));

test("what became of a message stays true however much happens before somebody reads", () =>
  onMemory({ history: { count: 4 } }, async (bench) => {
    await bench.send(...numbered(4));
    for (const claim of await bench.claim(2)) await bench.settle(claim);
    for (let round = 0; round < 30; round++) {
      for (const claim of await bench.claim())
        await bench.settle(claim, { type: "retry", at: 0, error: failure });
    }
    assert.equal(await kept(bench), "1d1 2d1 3w30 4w30");
  }));

test("what happens to forgotten messages does not push out what happened to kept ones", () =>
  onMemory({ history: { count: 2 } }, async (bench) => {
    await bench.send(...numbered(50));
    const claims = await bench.claim();
    for (const claim of claims.toReversed()) await bench.settle(claim);
    assert.equal(await kept(bench), "49d1 50d1");
  }));

test("a published message counts once for each copy", () =>
  onMemory({ history: { count: 3 } }, async (bench) => {
    await bench.announce({}, writer);
    for (const mailbox of [critic, writer]) await bench.store.bind("tide", mailbox);
    await bench.append(bench.event("tide", { id: "a" }));
    assert.equal(await kept(bench), "aw0 aw0");
    assert.equal(await kept(bench, { agent: critic }), "aw0");
    await bench.append(bench.event("tide", { id: "b" }));
    assert.equal(await kept(bench), "aw0 bw0 bw0");
    assert.equal(await kept(bench, { agent: writer }), "aw0 bw0 bw0", "it sent all");
    assert.equal(await kept(bench, { agent: critic }), "bw0");
  }));

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

test("the payload of what is forgotten is let go, whether anybody read it or not", () =>
  onMemory({ history: { bytes: 5000 }, dedupe: 0 }, async (bench) => {
    for (const read of [false, true]) {
      const payloads = await flow(bench, read);
      await bench.clock.settle();
      collect();
      const alive = payloads.filter((payload) => payload.deref() !== undefined).length;
      assert.ok(alive <= 10, `${alive} of 40 payloads are held`);
    }
  }));

/** Sends and handles 40 messages; their payloads, held weakly. */
async function flow(bench: Bench, read: boolean): Promise<WeakRef<object>[]> {
  const payloads: WeakRef<object>[] = [];
  for (const { id } of numbered(40)) {
    const envelope = bench.message({ id: `${read} ${id}`, payload: { text: sized(1000) } });
    payloads.push(new WeakRef(envelope.payload as object));
    await bench.store.append(envelope, true);
    await bench.settle(await bench.one());
    if (read) await kept(bench);
  }
  return payloads;
}
