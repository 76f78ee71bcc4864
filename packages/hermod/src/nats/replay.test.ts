/** A journal read by a consumer of a server that lacks the newest of it: the rest is asked of its leader. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Broker } from "./connect.ts";
import { Purged, Replay } from "./replay.ts";
import { toText } from "./record.ts";

/** Written behind the message before it, or behind another one. */
const behind = (seq: number) => ({ get: (name: string) => (name === "Hermod-Piece" ? "" : `${seq}`) });
const messageOf = (seq: number, before = seq - 1) => ({
  ...{ seq, header: behind(seq - 1), headers: behind(before) },
  data: new TextEncoder().encode(toText({ type: "batch", now: seq, changes: [] })),
});

/** A stream whose consumers deliver the messages up to `delivered` and then nothing; its leader has those up to `stored`. */
function brokerWith(delivered: number, stored: number, wrong = 0): Broker {
  const consume = async () => {
    const { promise, resolve: stop } = Promise.withResolvers<void>();
    async function* messages() {
      for (let seq = 1; seq <= delivered; seq++) yield messageOf(seq, seq === wrong ? 99 : undefined);
      await promise;
    }
    return Object.assign(messages(), { stop });
  };
  const consumers = { get: async () => ({ consume, delete: async () => true }) };
  const getMessage = async (_: string, { seq }: { seq: number }) => (seq > stored ? null : messageOf(seq));
  const broker = { terms: { namespace: "n" }, js: { consumers }, jsm: { streams: { getMessage } } };
  return broker as unknown as Broker;
}

test("what a consumer does not deliver is read from the leader, in order", async () => {
  const places: number[] = [];
  await new Replay(brokerWith(2, 5), 0).upTo(5, (_, place) => void places.push(place));
  assert.deepEqual(places, [1, 2, 3, 4, 5]);
});

test("what stands in another place than where its writer wanted it is read from the leader", async () => {
  const places: number[] = [];
  await new Replay(brokerWith(5, 5, 3), 0).upTo(5, (_, place) => void places.push(place));
  assert.deepEqual(places, [1, 2, 3, 4, 5]);
  await assert.rejects(
    new Replay(brokerWith(5, 2, 3), 0).upTo(5, () => undefined),
    Purged,
  );
});

test("what the leader does not have either is purged; who has left is told that it is unfinished", async () => {
  await assert.rejects(
    new Replay(brokerWith(1, 1), 0).upTo(2, () => undefined),
    Purged,
  );
  const left = new Replay(brokerWith(1, 3), 0);
  const apply = (): void => left.stop();
  await assert.rejects(left.upTo(3, apply), /read up to 1 of 3 only/);
});
