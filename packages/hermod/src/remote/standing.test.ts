/** Claims that stand: what a hub hands out unasked, to whom it does not, and what becomes of it when nobody takes it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { TestClock } from "../testing/clock.ts";
import { env, Hand, store } from "./hand.test.kit.ts";
import { Hosting } from "./hosting.ts";
import type { Frame } from "./protocol.ts";

/** A hub, and a writer of messages to the mailbox that the others serve. */
async function hub() {
  const clock = new TestClock(0);
  const hosting = new Hosting({ store: await store(), ...env, clock });
  const writer = new Hand(hosting);
  await writer.say({ hello: 1 }, { n: 1, op: "announce", mailbox: "tide" });
  let n = 1;
  const write = (...ids: readonly string[]) =>
    writer.say(...ids.map((id) => ({ n: ++n, op: "append", envelope: { id, from: "writer", to: "tide" } })));
  return { clock, hosting, write, count: async () => countOf(await writer.say(counts(++n))) };
}

const isOf = <T>(frame: Frame | undefined): T => frame?.["is"] as T;
const counts = (n: number) => ({ n, op: "read", query: { type: "counts", mailbox: "tide" } });
const countOf = ([answer]: readonly Frame[]) => {
  const { items } = isOf<{ items: Record<string, number>[] }>(answer);
  const { waiting, running } = items[0] ?? {};
  return { waiting, running };
};
const stands = (n: number, max = 1) => ({ n, op: "claim", mailbox: "tide", max, lease: 30_000, stand: true });
const watch = (n: number) => ({ n, op: "watch", mailbox: "tide" });

/** A client that serves the mailbox, with room for so many. */
async function worker(hosting: Hosting, max = 1): Promise<Hand> {
  const hand = new Hand(hosting);
  await hand.say({ hello: 1 }, watch(1), stands(2, max));
  return hand;
}

/** What a client was told by itself, in short. */
const told = ({ heard }: Hand): string[] =>
  heard.flatMap((frame) => {
    if (frame["wake"] !== undefined) return ["wake"];
    if (frame["offer"] === undefined) return [];
    const claims = frame["is"] as readonly { readonly envelope: { readonly id: string } }[];
    return [`offer ${frame["offer"] as number}: ${claims.map(({ envelope }) => envelope.id).join(" ")}`];
  });

const tokenIn = ({ heard }: Hand): unknown =>
  isOf<readonly { token: number }[]>(heard.findLast((frame) => frame["offer"] !== undefined))[0]?.token;

test("a claim that found nothing is handed what comes, as much as it has room for; then it is woken", async () => {
  const { hosting, write } = await hub();
  const hand = await worker(hosting, 2);
  await write("a");
  await write("b");
  assert.deepEqual(told(hand), ["offer 1: a", "offer 2: b"]);
  await write("c");
  assert.deepEqual(told(hand).slice(2), ["wake"]);
  const [answer] = await hand.say(stands(3, 1));
  assert.equal(isOf<unknown[]>(answer).length, 1, "it asks for the third itself");
});

test("what is handed out unasked is a claim like any other, and settled as one", async () => {
  const { hosting, write, count } = await hub();
  const hand = await worker(hosting);
  await write("a");
  assert.deepEqual(await count(), { waiting: 0, running: 1 });
  const [answer] = await hand.say({ n: 3, op: "settle", token: tokenIn(hand), settlement: { type: "ack" } });
  assert.deepEqual(answer?.["is"], { status: "settled" });
  assert.deepEqual(await count(), { waiting: 0, running: 0 });
});

test("clients that stand are handed messages by turns", async () => {
  const { hosting, write } = await hub();
  const [one, two] = [await worker(hosting), await worker(hosting)];
  await write("a");
  await one.say(stands(3));
  await write("b");
  await two.say(stands(3));
  await write("c");
  assert.deepEqual([told(one), told(two)], [["offer 1: a", "offer 2: c"], ["offer 1: b"]]);
});

test("a client that was silent is woken and handed nothing: it may hang", async () => {
  const { clock, hosting, write, count } = await hub();
  const hand = await worker(hosting);
  await clock.advance(1001);
  await write("a");
  assert.deepEqual(told(hand), ["wake"]);
  assert.deepEqual(await count(), { waiting: 1, running: 0 });
});

test("whoever gives a message back stands no more, until it asks again", async () => {
  const { hosting, write, count } = await hub();
  const hand = await worker(hosting, 5);
  await write("a");
  await hand.say({ n: 3, op: "settle", token: tokenIn(hand), settlement: { type: "release" } });
  assert.deepEqual(told(hand), ["offer 1: a", "wake"]);
  assert.deepEqual(await count(), { waiting: 1, running: 0 });
});

test("a connection that breaks: what was on its way is said again, once, until it is said to be there", async () => {
  const { hosting, write, count } = await hub();
  const hand = await worker(hosting, 3);
  const { session } = hand.heard[0] as { readonly session?: string };
  await write("a");
  hand.gone();
  await write("b");
  assert.deepEqual(await count(), { waiting: 1, running: 1 }, "nobody who is away is handed more");
  const again = new Hand(hosting);
  await again.say({ hello: 1, session });
  assert.deepEqual(told(again), ["offer 1: a", "wake"]);
  await again.say({ got: [], offer: 1 });
  again.gone();
  const third = new Hand(hosting);
  await third.say({ hello: 1, session });
  assert.deepEqual(told(third), ["wake"]);
});

test("a session that ends gives back what its client has not said to have, without an attempt", async () => {
  const { hosting, write } = await hub();
  const [hand, other] = [await worker(hosting), new Hand(hosting)];
  await write("a");
  await hand.say({ bye: true });
  await other.say({ hello: 1 });
  const [answer] = await other.say({ n: 1, op: "claim", mailbox: "tide", max: 1, lease: 1000 });
  assert.equal(isOf<readonly { readonly attempt: number }[]>(answer)[0]?.attempt, 1);
});

test("no more is handed to who does not watch any more, or serves the mailbox no more", async () => {
  for (const op of ["unwatch", "withdraw"]) {
    const { hosting, write, count } = await hub();
    const hand = await worker(hosting);
    await hand.say({ n: 3, op, mailbox: "tide" });
    await write("a");
    assert.deepEqual(await count(), { waiting: 1, running: 0 }, op);
  }
});

test("a claim with a filter does not stand", async () => {
  const { hosting } = await hub();
  const hand = await worker(hosting);
  const [answer] = await hand.say({ ...stands(3), where: "verb:call" });
  assert.match(JSON.stringify(answer?.["error"]), /HERMOD_PROTOCOL.*no `where`/u);
});
