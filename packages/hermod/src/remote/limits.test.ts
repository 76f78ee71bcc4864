/** What one client may hold of a store, and whose its sessions are. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { HermodError } from "../core/errors.ts";
import type { Store } from "../core/store.ts";
import { TestClock } from "../testing/clock.ts";
import { Hosting, type Admission, type HostingParts } from "./hosting.ts";
import type { Frame } from "./protocol.ts";

const store = {
  level: { name: "none", durable: false },
  announce: () => undefined,
  withdraw: () => undefined,
  bind: () => undefined,
  watch: () => () => undefined,
  load: () => ({ version: 1, json: "x".repeat(900) }),
  append: () => ({ status: "stored" }),
} as unknown as Store;

/** A hosting, and clients that say what they are told to. */
function hosted(parts: Partial<HostingParts> = {}) {
  const clock = new TestClock(0);
  let drawn = 0;
  const hosting = new Hosting({ store, clock, random: () => (drawn += 0.001), ...parts });
  const connect = () => {
    const heard: Frame[] = [];
    const wire = { open: true };
    const send = (text: string): void => void heard.push(...(JSON.parse(text) as Frame[]));
    const guest = hosting.connect({ send, close: () => void (wire.open = false), isOpen: () => wire.open });
    const say = async (...frames: object[]): Promise<Frame | undefined> => {
      guest.hear(JSON.stringify(frames));
      await clock.settle();
      return heard.at(-1);
    };
    return { ...guest, say, heard, wire };
  };
  return { clock, hosting, connect };
}

const codeOf = (frame: Frame | undefined): unknown =>
  ((frame?.["error"] ?? frame?.["refused"]) as { readonly code?: string } | undefined)?.code;
const of = (owner: string, more: Partial<Admission> = {}): Admission => ({
  owner,
  guard: () => undefined,
  ...more,
});

test("what a client holds is bounded: watches, mailboxes, bindings", async () => {
  const { connect } = hosted({ bounds: { held: 2, kept: 1000 } });
  for (const made of [
    (at: number) => ({ op: "watch", mailbox: `m${at}` }),
    (at: number) => ({ op: "announce", mailbox: `m${at}`, rule: {} }),
    (at: number) => ({ op: "bind", pattern: `t${at}`, mailbox: "m" }),
  ]) {
    const client = connect();
    await client.say({ hello: 1 });
    for (const at of [1, 2, 2]) assert.equal(codeOf(await client.say({ n: at, ...made(at) })), undefined);
    assert.equal(codeOf(await client.say({ n: 4, ...made(3) })), "HERMOD_OVERLOADED");
    assert.equal(codeOf(await client.say({ n: 5, op: "unwatch", mailbox: "m1" })), undefined, "it goes on");
  }
});

test("answers that a client never says to have end its connection", async () => {
  const { connect } = hosted({ bounds: { held: 9, kept: 100 } });
  const client = connect();
  await client.say({ hello: 1 });
  const append = (n: number) => ({ n, op: "append", envelope: { id: `${n}`, from: "a", to: "b" } });
  let last: Frame | undefined;
  for (let n = 1; n < 10 && client.wire.open; n++) last = await client.say(append(n));
  assert.equal(codeOf(last), "HERMOD_OVERLOADED");
  const polite = connect();
  await polite.say({ hello: 1 });
  for (let n = 1; n < 20; n++) await polite.say(append(n), { got: [n] });
  assert.ok(polite.wire.open);
});

test("a session belongs to its owner: whoever else names it gets one of its own", async () => {
  const { connect } = hosted({ admit: ({ token = "" }) => of(token) });
  const first = connect();
  const { session } = (await first.say({ hello: 1, token: "anna" })) as { session: string };
  first.gone();
  const thief = (await connect().say({ hello: 1, token: "bob", session })) as Frame;
  assert.equal(thief["resumed"], false);
  assert.notEqual(thief["session"], session);
  assert.equal((await connect().say({ hello: 1, token: "anna", session }))?.["resumed"], true);
});

test("sessions of one owner are bounded: idle ones without a connection make room", async () => {
  const { connect, hosting } = hosted({ sessions: 2, admit: ({ token = "" }) => of(token) });
  const [one, two] = [connect(), connect()];
  await one.say({ hello: 1, token: "a" });
  await two.say({ hello: 1, token: "a" });
  assert.equal(codeOf(await connect().say({ hello: 1, token: "a" })), "HERMOD_OVERLOADED");
  assert.ok((await connect().say({ hello: 1, token: "b" }))?.["welcome"], "others come in");
  one.gone();
  assert.ok((await connect().say({ hello: 1, token: "a" }))?.["welcome"]);
  assert.equal(hosting.sessions.length, 3);
});

test("whoever may come no more is told so, its connection ends, and what it says then is not heard", async () => {
  let end: (error: HermodError) => void = () => undefined;
  const watch = (tell: typeof end) => ((end = tell), () => undefined);
  const { connect, hosting, clock } = hosted({ admit: () => of("a", { watch }) });
  const client = connect();
  await client.say({ hello: 1 });
  end(new HermodError("HERMOD_UNAUTHORIZED", "taken back"));
  await clock.settle();
  assert.deepEqual(
    [codeOf(client.heard.at(-1)), client.wire.open, hosting.sessions.length],
    ["HERMOD_UNAUTHORIZED", false, 0],
  );
  const before = client.heard.length;
  await client.say({ n: 1, op: "load", key: "x" });
  assert.equal(client.heard.length, before);
});

test("a connection that says nothing of itself ends", async () => {
  const { connect, clock } = hosted();
  const [silent, greeted] = [connect(), connect()];
  await greeted.say({ hello: 1 });
  await clock.advance(10_000);
  assert.deepEqual([silent.wire.open, greeted.wire.open], [false, true]);
  assert.equal(codeOf(silent.heard.at(-1)), "HERMOD_PROTOCOL");
});

test("what a client says behind the end of its connection is not done", async () => {
  let done = 0;
  const counting = { ...store, load: () => void done++ } as unknown as Store;
  const { connect } = hosted({ store: counting });
  const client = connect();
  await client.say({ hello: 1 });
  client.wire.open = false;
  await client.say({ n: 1, op: "load", key: "a" });
  assert.equal(done, 0);
});

test("a closed hosting ends its connections", async () => {
  const { connect, hosting } = hosted();
  const [greeted, silent] = [connect(), connect()];
  await greeted.say({ hello: 1 });
  hosting.close();
  assert.deepEqual([greeted.wire.open, silent.wire.open], [false, false]);
});

test("a guard's sieve takes out what is not shown", async () => {
  const listing = { ...store, directory: () => ["mine", "theirs"] } as unknown as Store;
  const guard = () => (item: unknown) => item === "mine";
  const { connect } = hosted({ store: listing, admit: () => of("a", { guard }) });
  const client = connect();
  await client.say({ hello: 1 });
  assert.deepEqual((await client.say({ n: 1, op: "directory" }))?.["is"], ["mine"]);
});
