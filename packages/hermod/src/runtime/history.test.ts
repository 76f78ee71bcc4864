/** What an agent remembers of a conversation is read from its newest end, and no further than it is asked for. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { toAddress } from "../core/address.ts";
import type { Envelope } from "../core/envelope.ts";
import { sample } from "../core/samples.test.kit.ts";
import type { Query, Store } from "../core/store.ts";
import { saidBefore } from "./history.ts";

const self = toAddress("scribe");

/** A store with a conversation of so many messages, which counts what is read of it. */
function talk(length: number): { readonly store: Store; readonly said: readonly Envelope[]; read: number } {
  const said = Array.from({ length }, (_, at) => sample({ id: `m${at}`, conversationId: "c", to: self }));
  const read = ({ order, limit = 100, after }: Query & { readonly type: "history" }) => {
    assert.equal(order, "newest");
    const end = after === undefined ? length : Number(after);
    const items = said.slice(Math.max(0, end - limit), end).toReversed();
    found.read += items.length;
    const left = end - items.length;
    return { items: items.map((envelope) => ({ envelope })), ...(left > 0 && { next: String(left) }) };
  };
  const found = { store: { read } as unknown as Store, said, read: 0 };
  return found;
}

const ids = (said: readonly Envelope[]): string[] => said.map(({ id }) => id);
const namesOf = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, at) => `m${from + at}`);

test("of thousands of messages only the newest are read", async () => {
  const found = talk(5000);
  const before = await saidBefore(found.store, found.said.at(-1) as Envelope, self, 32);
  assert.deepEqual(ids(before), namesOf(4967, 4999));
  assert.ok(found.read < 100, `${found.read}`);
});

test("what has come since a message is not before it, however much that is", async () => {
  const { store, said } = talk(500);
  for (const at of [0, 1, 31, 32, 33, 250, 498]) {
    const before = ids(await saidBefore(store, said[at] as Envelope, self, 32));
    assert.deepEqual(before, namesOf(Math.max(0, at - 32), at), `before m${at}`);
  }
});

test("before a message that is not kept stands all that is", async () => {
  const { store } = talk(50);
  const gone = sample({ id: "gone", conversationId: "c", to: self });
  assert.deepEqual(ids(await saidBefore(store, gone, self, 20)), namesOf(30, 50));
});
