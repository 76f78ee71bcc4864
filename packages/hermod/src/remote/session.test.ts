/** Session: what it keeps for its client and for how long, what it bounds, and what it leaves behind when it ends. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Address } from "../core/address.ts";
import type { Store } from "../core/store.ts";
import { memory } from "../stores/memory.ts";
import { env, Hand, hand, store } from "./hand.test.kit.ts";
import { Hosting, type HostingParts } from "./hosting.ts";
import type { Frame } from "./protocol.ts";

const hello = { hello: 1 };
const is = <T>(frame: Frame | undefined): T => frame?.["is"] as T;
const codes = (heard: readonly Frame[]) =>
  heard.flatMap((frame) => {
    const error = (frame["error"] ?? frame["refused"]) as { readonly code: string } | undefined;
    return error ? [error.code] : [];
  });
const append = (n: number, id: string) => ({ n, op: "append", envelope: { id, from: "a", to: "tide" } });
const claim = (n: number, more = {}) => ({ n, op: "claim", mailbox: "tide", max: 1, lease: 30_000, ...more });

/** A store whose answers to `load` a test gives. */
async function slow() {
  const answers: ((value: unknown) => void)[] = [];
  const load = (): Promise<unknown> => new Promise((resolve) => answers.push(resolve));
  const real = await store();
  return { answers, store: Object.assign(Object.create(real) as Store, bound(real), { load }) };
}

/** A real store's methods, which know it. */
function bound(real: Store): Partial<Store> {
  const names = Object.getOwnPropertyNames(Object.getPrototypeOf(real)) as (keyof Store)[];
  const methods = names.filter((name) => typeof real[name] === "function");
  return Object.fromEntries(methods.map((name) => [name, (real[name] as () => unknown).bind(real)]));
}

test("requests without an answer are bounded by the credit", async () => {
  const { store: slowly, answers } = await slow();
  const client = await hand({ store: slowly, credit: 2 });
  const load = (n: number) => ({ n, op: "load", key: "k" });
  await client.say(hello, load(1), load(2));
  answers[0]?.(undefined);
  await client.say();
  assert.deepEqual(codes(await client.say(load(3))), [], "one is answered");
  assert.deepEqual(codes(await client.say(load(4))), ["HERMOD_PROTOCOL"]);
});

test("nothing is said to a client that has said goodbye", async () => {
  const { store: slowly, answers } = await slow();
  const client = await hand({ store: slowly });
  await client.say(hello, { n: 1, op: "load", key: "k" });
  await client.say({ bye: true });
  const before = client.texts.length;
  answers[0]?.(undefined);
  await client.say();
  assert.equal(client.texts.length, before);
});

test("what a client watched and followed is looked after no more when it has ended", async () => {
  const real = await store();
  let looked = 0;
  const look = (): (() => void) => {
    looked++;
    return () => void looked--;
  };
  const counted = Object.assign(Object.create(real) as Store, bound(real), { watch: look, follow: look });
  const client = await hand({ store: counted });
  await client.say(hello, { n: 1, op: "watch", mailbox: "tide" }, { n: 2, op: "follow", id: "m" });
  assert.equal(looked, 2);
  await client.say({ bye: true });
  assert.equal(looked, 0);
});

test("a client that comes back hears of the messages that it follows: they may have grown meanwhile", async () => {
  const hosting = new Hosting({ store: await store(), ...env });
  const first = new Hand(hosting);
  const [welcome] = await first.say(hello, { n: 1, op: "follow", id: "m" });
  first.gone();
  const again = new Hand(hosting);
  const heard = await again.say({ ...hello, session: welcome?.["session"] });
  assert.deepEqual(heard.slice(1), [{ grown: ["m"] }]);
});

test("a mailbox that two serve is withdrawn when both have gone", async () => {
  const real = await store();
  const withdrawn: Address[] = [];
  const withdraw = (mailbox: Address): unknown => (withdrawn.push(mailbox), real.withdraw(mailbox));
  const counted = Object.assign(Object.create(real) as Store, bound(real), { withdraw });
  const hosting = new Hosting({ store: counted, ...env });
  const [one, two] = [new Hand(hosting), new Hand(hosting)];
  for (const each of [one, two]) await each.say(hello, { n: 1, op: "announce", mailbox: "tide" });
  await one.say({ bye: true });
  assert.deepEqual(withdrawn, []);
  await two.say({ n: 2, op: "withdraw", mailbox: "tide" });
  assert.deepEqual(withdrawn, ["tide"]);
});

test("what an answer has handed out, and its client did not say to have, comes back without an attempt", async () => {
  for (const isTold of [false, true]) {
    const hosting = new Hosting({ store: await store(), ...env });
    const [client, other] = [new Hand(hosting), new Hand(hosting)];
    await client.say(hello, { n: 1, op: "announce", mailbox: "tide" }, append(2, "a"), claim(3));
    if (isTold) await client.say({ got: [1, 2, 3] });
    await client.say({ bye: true });
    const [, answer] = await other.say(hello, claim(1));
    assert.deepEqual(
      is<readonly { readonly attempt: number }[]>(answer).map(({ attempt }) => attempt),
      isTold ? [] : [1],
    );
  }
});

test("a session that holds something does not make room for another one; one that holds nothing does", async () => {
  const holds: Readonly<Record<string, readonly object[]>> = {
    nothing: [{ n: 1, op: "watch", mailbox: "tide" }],
    mailbox: [{ n: 1, op: "announce", mailbox: "sea" }],
    answer: [{ n: 1, op: "spend", conversation: "c", amounts: { tokens: 1 } }],
    claim: [append(1, "a"), claim(2), { got: [1, 2] }],
  };
  for (const [name, frames] of Object.entries(holds)) {
    const real = await store();
    await real.announce("tide" as Address, { capacity: {}, order: "priority" } as never);
    const hosting = new Hosting({ store: real, ...env, sessions: 1 });
    const first = new Hand(hosting);
    await first.say(hello, ...frames);
    first.gone();
    assert.deepEqual(
      codes(await new Hand(hosting).say(hello)),
      name === "nothing" ? [] : ["HERMOD_OVERLOADED"],
      name,
    );
  }
});

/** A client that is offered messages and does not say that it has them. */
async function offered(parts: Partial<HostingParts>) {
  const hosting = new Hosting({ store: await store(), ...env, ...parts });
  const [client, writer] = [new Hand(hosting), new Hand(hosting)];
  await writer.say(hello, { n: 1, op: "announce", mailbox: "tide" });
  await client.say(hello, { n: 1, op: "watch", mailbox: "tide" }, claim(2, { max: 9000, stand: true }), {
    got: [2],
  });
  let n = 1;
  const write = async (count: number) => {
    for (let at = 0; at < count; at++) await writer.say(append(++n, `m${n}`), { got: [n] });
  };
  return { client, write };
}

const load = { n: 9, op: "load", key: "k" };

test("offers that a client does not say to have are bounded, by their characters and by their number", async () => {
  const heavy = await offered({ bounds: { held: 9000, kept: 1000 } });
  await heavy.write(9);
  assert.deepEqual(codes(await heavy.client.say(load)), ["HERMOD_OVERLOADED"]);
  const many = await offered({ credit: 1 });
  await many.write(1003);
  assert.deepEqual(codes(await many.client.say(load)), ["HERMOD_OVERLOADED"]);
  const told = await offered({ bounds: { held: 9000, kept: 1000 } });
  await told.write(9);
  assert.deepEqual(codes(await told.client.say({ got: [], offer: 9 }, load)), []);
});

test("an answer that is said to be there before it has come weighs nothing", async () => {
  const waits: ((value: unknown) => void)[] = [];
  const real = await store();
  const spend = (): Promise<unknown> => new Promise((resolve) => waits.push(resolve));
  const slowly = Object.assign(Object.create(real) as Store, bound(real), { spend });
  const client = await hand({ store: slowly, bounds: { held: 9, kept: 100 } });
  await client.say(hello, { n: 1, op: "spend", conversation: "c", amounts: { tokens: 1 } }, { got: [1] });
  waits[0]?.({ amounts: { tokens: "x".repeat(200) } });
  await client.say();
  assert.deepEqual(codes(await client.say(load)), []);
});

test("an answer that was asked for again is kept until it is said to be there, over any number of connections", async () => {
  const hosting = new Hosting({ store: await store(), ...env });
  const spend = (n: number) => ({ n, op: "spend", conversation: "c", amounts: { tokens: 1 } });
  const [welcome] = await new Hand(hosting).say(hello, spend(1));
  const session = welcome?.["session"];
  await new Hand(hosting).say({ ...hello, session }, spend(1), spend(2));
  const [, answer] = await new Hand(hosting).say({ ...hello, session }, spend(1));
  assert.deepEqual(is(answer), { amounts: { tokens: 1 } });
});

test("a message counts as held until it is settled", async () => {
  const hosting = new Hosting({ store: await Promise.resolve(memory()(env as never)), ...env });
  const client = new Hand(hosting);
  const heard = await client.say(hello, { n: 1, op: "announce", mailbox: "tide" }, append(2, "a"), claim(3));
  const [session] = hosting.sessions;
  assert.equal(session?.isHeld("a"), true);
  const token = is<readonly { readonly token: number }[]>(heard.at(-1))[0]?.token;
  const settle = (n: number, more = {}) => ({ n, op: "settle", token, settlement: { type: "ack" }, ...more });
  const outputs = [{ id: "b", from: "tide", to: "nowhere" }];
  const [refused] = await client.say(settle(4, { outputs }));
  assert.deepEqual([is<{ status: string }>(refused).status, session?.isHeld("a")], ["refused", true]);
  const [settled] = await client.say(settle(5));
  assert.deepEqual([is<{ status: string }>(settled).status, session?.isHeld("a")], ["settled", false]);
});
