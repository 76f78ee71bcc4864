/** Serving: how much a claim and a page give, who may know what was settled, and whose key a copy has. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Address } from "../core/address.ts";
import { fromMap } from "../core/envelopemap.ts";
import type { Claim, Store } from "../core/store.ts";
import { env, Hand, hand, store } from "./hand.test.kit.ts";
import { Hosting } from "./hosting.ts";
import type { Frame } from "./protocol.ts";

const hello = { hello: 1 };
const is = <T>(frame: Frame | undefined): T => frame?.["is"] as T;
const claim = (n: number, max: number, more = {}) => ({
  n,
  op: "claim",
  mailbox: "tide",
  max,
  lease: 30_000,
  ...more,
});
const stand = (n: number, max: number) => claim(n, max, { stand: true });
const append = (n: number, id: string, more = {}) => ({
  n,
  op: "append",
  envelope: { id, from: "a", to: "tide", ...more },
});
const watch = { n: 1, op: "watch", mailbox: "tide" };
const idsOf = (frame: Frame | undefined) => is<readonly Claim[]>(frame).map(({ envelope }) => envelope.id);

/** What a client was told by itself. */
const told = ({ heard }: Hand) =>
  heard.flatMap((frame) =>
    frame["offer"] !== undefined
      ? [`offer ${idsOf(frame).join(" ")}`]
      : frame["wake"] === undefined
        ? []
        : ["wake"],
  );

/** A store of messages of some size, as it measured them. */
function full(size: number) {
  let token = 0;
  const take = (_mailbox: Address, max: number, _lease: number, out: Claim[]): number => {
    for (let at = 0; at < max; at++) {
      const envelope = Object.assign(fromMap({ id: `m${++token}`, from: "a", to: "tide" as Address }), {});
      out.push({
        ...{ token, attempt: 1, startedAt: 0, leaseUntil: 1, generation: 0 },
        mailbox: "tide" as Address,
        envelope: { ...envelope, size } as Claim["envelope"],
      });
    }
    return max;
  };
  return {
    level: { name: "full", durable: false },
    claim: take,
    watch: () => () => undefined,
  } as unknown as Store;
}

test("a claim gives all that it has room for, and what is too long for one answer after a wake", async () => {
  for (const [size, count, wakes] of [
    [100, 200, []],
    [2 ** 20, 64, ["wake"]],
  ] as const) {
    const client = await hand({ store: full(size) });
    const heard = await client.say(hello, watch, claim(2, 200));
    assert.deepEqual([idsOf(heard.find(({ n }) => n === 2)).length, told(client)], [count, wakes]);
  }
});

test("a page is given whole that has few items, however long they are", async () => {
  const items = Array.from({ length: 3 }, () => "x".repeat(2 ** 22));
  const asked: unknown[] = [];
  const read = ({ limit }: { limit: number }) => (asked.push(limit), { items });
  const client = await hand({ store: { level: { name: "long", durable: false }, read } as unknown as Store });
  const [, answer] = await client.say(hello, { n: 1, op: "read", query: { type: "history", limit: 9 } });
  assert.deepEqual([is<{ items: unknown[] }>(answer).items.length, asked], [3, [9]]);
});

test("what a claim gets at once takes of the room that stands", async () => {
  const hosting = new Hosting({ store: await store(), ...env });
  const [client, writer] = [new Hand(hosting), new Hand(hosting)];
  await writer.say(hello, { n: 1, op: "announce", mailbox: "tide" }, append(2, "a"));
  await client.say(hello, watch, stand(2, 2));
  await writer.say(append(3, "b"));
  await writer.say(append(4, "c"));
  assert.deepEqual(told(client), ["offer b", "wake"]);
});

test("nothing is offered to a client that watches anew and has not claimed", async () => {
  const hosting = new Hosting({ store: await store(), ...env });
  const [client, writer] = [new Hand(hosting), new Hand(hosting)];
  await writer.say(hello, { n: 1, op: "announce", mailbox: "tide" });
  await client.say(hello, watch, stand(2, 2), { ...watch, n: 3, op: "unwatch" }, { ...watch, n: 4 });
  await writer.say(append(2, "a"));
  assert.deepEqual(told(client), ["wake"]);
});

/** A client of a store whose claims a test answers, and which wakes when it says so. */
async function slow() {
  const asked: ((...ids: readonly string[]) => void)[] = [];
  let wake = (): void => undefined;
  const slowly = {
    level: { name: "slow", durable: false },
    watch: (_mailbox: Address, run: () => void) => ((wake = run), () => undefined),
    claim: (_mailbox: Address, _max: number, _lease: number, out: Claim[]) =>
      new Promise<number>((resolve) => {
        asked.push((...ids) => {
          for (const id of ids)
            out.push({
              ...{ token: 1, attempt: 1, startedAt: 0, leaseUntil: 1, generation: 0 },
              mailbox: "tide" as Address,
              envelope: fromMap({ id, from: "a", to: "tide" as Address }),
            });
          resolve(ids.length);
        });
      }),
  } as unknown as Store;
  const client = await hand({ store: slowly });
  await client.say(hello, watch, stand(2, 1));
  asked[0]?.();
  await client.say();
  return { client, asked, wakes: async () => (wake(), client.say()) };
}

test("a claim that is under way takes the place of what stood: what comes meanwhile is told of", async () => {
  const { client, asked, wakes } = await slow();
  await client.say(stand(3, 1));
  await wakes();
  assert.deepEqual([told(client), asked.length], [["wake"], 2]);
});

test("what is asked for comes behind what is about to be handed out", async () => {
  const { client, asked, wakes } = await slow();
  await wakes();
  await client.say(stand(3, 1));
  assert.equal(asked.length, 2, "the store is not asked before it has given what it was asked for");
  asked[1]?.("a");
  await client.say();
  assert.deepEqual([told(client), asked.length], [["offer a"], 3]);
});

/** A store with messages in a mailbox and of a topic; what a client says again to a hub that has forgotten its claim. */
async function settled() {
  const real = await store();
  const hosting = new Hosting({ store: real, ...env });
  const client = new Hand(hosting);
  let n = 1;
  const say = async (frame: object) => (await client.say({ n: ++n, ...frame })).at(-1);
  await client.say(hello);
  for (const mailbox of ["tide", "wind"]) {
    await say({ op: "announce", mailbox });
    await say({ op: "bind", pattern: "news", mailbox });
  }
  /** When what was taken last was handed out. */
  let startedAt = 0;
  const again = async (by: Hand, mailbox: string, id: string) => {
    const frame = {
      n: ++n,
      op: "settle",
      token: 9999,
      settlement: { type: "ack" },
      again: { id, mailbox, attempt: 1, startedAt },
    };
    return is<{ status: string }>((await by.say(frame)).at(-1)).status;
  };
  const take = async (mailbox: string, type: string) => {
    const [claimed] = is<readonly Claim[]>(await say({ op: "claim", mailbox, max: 1, lease: 1000 }));
    assert.ok(claimed);
    startedAt = claimed.startedAt;
    await say({ op: "settle", token: claimed.token, settlement: { type } });
    return claimed.envelope.id;
  };
  return { hosting, client, say, again, take };
}

test("a settlement that was done is known to who serves the mailbox, and to nobody else", async () => {
  const { hosting, client, say, again, take } = await settled();
  await say({ op: "append", envelope: { id: "a", from: "b", to: "tide" } });
  await take("tide", "ack");
  const stranger = new Hand(hosting);
  await stranger.say(hello);
  assert.deepEqual(
    [await again(client, "tide", "a"), await again(stranger, "tide", "a")],
    ["settled", "stale"],
  );
});

test("what was given back, or settled in another mailbox, was not settled here", async () => {
  const { client, say, again, take } = await settled();
  await say({ op: "append", envelope: { id: "a", from: "b", to: "tide" } });
  await take("tide", "release");
  assert.equal(await again(client, "tide", "a"), "stale");
  await say({ op: "append", envelope: { id: "n", from: "b", verb: "publish", topic: "news" } });
  const id = await take("wind", "ack");
  assert.deepEqual([await again(client, "wind", id), await again(client, "tide", id)], ["settled", "stale"]);
});

test("a copy of what was claimed keeps the key of its sender; what a client says itself has a key of its own", async () => {
  const owners = ["anna", "bob"];
  const admit = () => ({ owner: "x", guard: () => undefined, keys: owners.shift() });
  const hosting = new Hosting({ store: await store(), ...env, admit });
  const [anna, bob] = [new Hand(hosting), new Hand(hosting)];
  await anna.say(hello, { n: 1, op: "announce", mailbox: "tide" }, { n: 2, op: "announce", mailbox: "wind" });
  await anna.say(append(3, "a", { idempotencyKey: "k" }));
  const [, answer] = await bob.say(hello, claim(1, 1));
  const [held] = is<readonly { readonly token: number; readonly envelope: Frame }[]>(answer);
  const key = held?.envelope["idempotencyKey"];
  const outputs = [
    { id: "copy", from: "a", to: "wind", idempotencyKey: key },
    { id: "own", from: "tide", to: "wind", idempotencyKey: key },
  ];
  await bob.say({ n: 2, op: "settle", token: held?.token, settlement: { type: "ack" }, outputs });
  const [waiting] = await bob.say({ n: 3, op: "read", query: { type: "waiting", mailbox: "wind" } });
  const keys = new Map(
    is<{ items: readonly Frame[] }>(waiting).items.map((each) => [each["id"], each["idempotencyKey"]]),
  );
  assert.equal(keys.get("copy"), key);
  assert.notEqual(keys.get("own"), key);
});
