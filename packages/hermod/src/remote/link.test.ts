/** Link: what a client says to a hub that is played by hand, over as many connections as it takes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Address } from "../core/address.ts";
import { fromMap } from "../core/envelopemap.ts";
import { ACK, RELEASE } from "../core/settlement.ts";
import type { Claim, Store } from "../core/store.ts";
import { TestClock } from "../testing/clock.ts";
import { env } from "./hand.test.kit.ts";
import { overLink, type RemoteTerms } from "./open.ts";
import type { Frame } from "./protocol.ts";
import type { WireEnds } from "./wire.ts";

/** One connection: what was said on it, and its hub. */
interface Line {
  readonly said: Frame[];
  readonly texts: string[];
  readonly ends: WireEnds;
  isOpen: boolean;
}

const level = { name: "hand", durable: false };
const tide = "tide" as Address;

/** A client, and the connections that it has made; `hub` speaks on the last one. */
async function client({ credit = 100, ...terms }: Partial<RemoteTerms> & { readonly credit?: number } = {}) {
  const clock = new TestClock(0);
  const lines: Line[] = [];
  const last = () => lines.at(-1) as Line;
  const hub = async (...frames: readonly object[]) => {
    last().ends.heard(JSON.stringify(frames));
    await clock.settle();
  };
  const opening = overLink({
    ...{ where: "hand", timeout: 1000, beat: Infinity, patience: 0 },
    dial: (ends) => {
      const line: Line = { ends, said: [], texts: [], isOpen: true };
      lines.push(line);
      const send = (text: string): void => {
        line.texts.push(text);
        line.said.push(...(JSON.parse(text) as Frame[]));
      };
      return { send, close: () => void (line.isOpen = false) };
    },
    ...terms,
  })({ ...env, clock, random: () => 1 } as never) as Promise<Store>;
  const welcome = async (session: string, more = {}) => {
    last().ends.opened();
    await hub({ welcome: 1, session, resumed: false, credit, level, now: clock.now(), ...more });
  };
  await welcome("s");
  const lose = async () => {
    last().ends.closed("cut");
    await clock.settle();
  };
  /** The connection breaks, and the next one is there. */
  const again = async (session: string, more = {}) => {
    await lose();
    await clock.advance(10_000);
    await welcome(session, more);
  };
  return { clock, lines, last, hub, lose, again, store: await opening };
}

const opsOf = ({ said }: Line) => said.flatMap(({ op }) => (op === undefined ? [] : [op]));
const gotOf = ({ said }: Line) => said.filter(({ got }) => got !== undefined);
const quiet = (promise: unknown): void => void Promise.resolve(promise).catch(() => undefined);

test("answers are said to be there when they are many or long, and offers, too", async () => {
  const { store, hub, last } = await client({ credit: 1000 });
  for (const key of Array<string>(200).fill("k")) quiet(store.load(key));
  const answer = (n: number, is: unknown = null) => ({ n, is });
  await hub(...Array.from({ length: 199 }, (_, at) => answer(at + 1)));
  assert.deepEqual(gotOf(last()), []);
  await hub(answer(200));
  assert.deepEqual(gotOf(last()), [{ got: Array.from({ length: 200 }, (_, at) => at + 1) }]);
  for (const key of ["k", "l"]) quiet(store.load(key));
  await hub(answer(201, { json: "x".repeat(2 ** 20), version: 1 }));
  assert.deepEqual(gotOf(last())[1], { got: [201] });
  await hub(answer(202));
  assert.equal(gotOf(last()).length, 2, "what was long is told of once");
  const offers = Array.from({ length: 200 }, (_, at) => ({ offer: at + 1, of: "tide", is: [] }));
  await hub(...offers);
  assert.deepEqual(gotOf(last())[2], { got: [202], offer: 200 });
});

test("a silent hub is asked twice, and left when it says nothing; what it says counts as an answer", async () => {
  const { clock, lines, hub, last, again, lose } = await client({ beat: 100 });
  const pings = () => last().said.filter(({ ping }) => ping !== undefined).length;
  await clock.advance(200);
  assert.deepEqual([pings(), lines.length], [2, 1]);
  await hub({ wake: [] });
  await clock.advance(200);
  assert.deepEqual([pings(), last().isOpen], [4, true]);
  await clock.advance(100);
  assert.equal(lines[0]?.isOpen, false);
  await again("s", { resumed: true });
  await lose();
  assert.equal(clock.waiting, 1, "it waits for the next connection, and beats no more");
});

test("pauses before it connects again grow, and begin anew when it was welcomed", async () => {
  const { clock, lines, lose, again } = await client();
  for (const pause of [200, 400, 800]) {
    const before = lines.length;
    await lose();
    await clock.advance(pause - 1);
    assert.equal(lines.length, before);
    await clock.advance(1);
    assert.equal(lines.length, before + 1);
  }
  await again("s", { resumed: true });
  const before = lines.length;
  await lose();
  await clock.advance(200);
  assert.equal(lines.length, before + 1);
});

test("what an earlier connection says late is not heard", async () => {
  const { store, lines, again, hub } = await client();
  const asked = store.load("k");
  await again("s", { resumed: true });
  lines[0]?.ends.heard(JSON.stringify([{ n: 1, is: { json: "late", version: 1 } }]));
  lines[0]?.ends.closed("late");
  await hub({ n: 1, is: null });
  assert.deepEqual([await asked, lines.length], [undefined, 2]);
});

test("a client that ends says goodbye", async () => {
  const { store, last } = await client();
  await store.close();
  assert.deepEqual([last().said.at(-1), last().isOpen], [{ bye: true }, false]);
});

test("no more is asked at a time than the hub takes, and what was answered makes room", async () => {
  const { store, last, hub } = await client({ credit: 2 });
  for (const key of ["a", "b", "c", "d"]) quiet(store.load(key));
  await hub();
  assert.equal(opsOf(last()).length, 2);
  await hub({ n: 1, is: null });
  assert.equal(opsOf(last()).length, 3);
});

test("what was answered before it was asked again is not asked again", async () => {
  const { store, last, hub, again } = await client();
  const all = ["a", "b", "c"].map((key) => store.load(key));
  await hub();
  await again("s", { resumed: true, credit: 1 });
  await hub({ n: 2, is: null });
  const asked = () => last().said.flatMap(({ n }) => (n === undefined ? [] : [n]));
  assert.deepEqual(asked(), [1]);
  await hub({ n: 1, is: null });
  assert.deepEqual(asked(), [1, 3]);
  await hub({ n: 3, is: null });
  for (const each of all) await each;
});

test("a part that was never sent is not said to a hub that has forgotten its claim, and its place is free", async () => {
  const { store, last, hub, again } = await client({ credit: 1 });
  quiet(store.load("k"));
  const part = Promise.resolve(store.record("m", 1));
  const lost = assert.rejects(part, { code: "HERMOD_UNREACHABLE" });
  await hub();
  await again("t");
  await lost;
  quiet(store.load("l"));
  await hub({ n: 1, is: null });
  assert.deepEqual(opsOf(last()), ["load", "load"]);
});

const claim: Claim = {
  ...{ mailbox: tide, attempt: 1, token: 7, startedAt: 0, leaseUntil: 1000, generation: 0 },
  envelope: fromMap({ id: "a", from: "writer", to: tide }),
};

test("a settlement says once which message it was of, however often the hub forgets", async () => {
  const { store, last, again } = await client();
  quiet(store.settle(claim, ACK, []));
  for (const session of ["t", "u"]) {
    await again(session);
    assert.equal(last().texts.join().split('"again"').length - 1, 1);
  }
});

test("a new session hears nothing of the answers of the one before", async () => {
  const { store, clock, last, hub, again } = await client({ beat: 60_000 });
  quiet(store.load("k"));
  await hub({ n: 1, is: null }, { offer: 3, of: "tide", is: [] });
  await again("t");
  await clock.advance(60_000);
  assert.deepEqual(gotOf(last()), []);
});

test("who looks out for a hub hears once that it is gone, and nothing after the end of that", async () => {
  const { store, lose, again, clock } = await client();
  const heard: string[] = [];
  const look = (name: string, patience: number) => store.whenGone?.(patience, () => void heard.push(name));
  const [ended, stays] = [look("ended", 1000), look("stays", 1000)];
  ended?.();
  await lose();
  assert.deepEqual(heard, ["stays"]);
  stays?.();
  await again("s", { resumed: true });
  quiet(store.append(claim.envelope));
  await lose();
  quiet(look("owed", 1000));
  look("at once", 0);
  assert.deepEqual(heard.slice(1), ["at once"]);
  await clock.advance(1000);
  assert.deepEqual(heard.slice(2), ["owed"]);
});

test("a hub that moves is gone only when it has not come back for a moment", async () => {
  const { store, lose, again, clock } = await client({ moment: 30_000 });
  const heard: string[] = [];
  const look = (name: string) => store.whenGone?.(0, () => void heard.push(name));
  look("early");
  await lose();
  const ended = look("ended");
  await clock.advance(15_000);
  ended?.();
  look("late");
  await again("s", { resumed: true });
  await clock.advance(30_000);
  assert.deepEqual(heard, []);
  await lose();
  await clock.advance(29_999);
  assert.deepEqual(heard, []);
  await clock.advance(1);
  assert.deepEqual(heard, ["early", "late"]);
  assert.equal(clock.waiting, 0);
});

test("a message that is given back is not owed", async () => {
  const { store, lose } = await client();
  quiet(store.settle(claim, RELEASE, []));
  await lose();
  let isGone = false;
  store.whenGone?.(1000, () => (isGone = true));
  assert.equal(isGone, true);
});

test("a store that closes waits for its answers so long as the hub is there", async () => {
  for (const isLost of [false, true]) {
    const { store, clock, hub, lose } = await client({ patience: 5000 });
    quiet(store.load("k"));
    let isOver = false;
    const closing = Promise.resolve(store.close()).then(() => (isOver = true));
    await clock.advance(4000);
    assert.equal(isOver, false);
    await (isLost ? lose() : hub({ n: 1, is: null }));
    assert.equal(isOver, true);
    await closing;
  }
});

test("a lease that was extended counts from then on", async () => {
  const { store, clock, hub, lose } = await client();
  const held = { ...claim };
  const extended = store.extend(held, 30_000);
  await hub({ n: 1, is: true });
  assert.deepEqual([await extended, held.leaseUntil], [true, clock.now() + 30_000]);
  await lose();
  let isHeld: unknown;
  void Promise.resolve(store.extend(held, 30_000)).then((answer) => (isHeld = answer));
  await clock.advance(29_999);
  assert.equal(isHeld, undefined, "it may be answered still");
  await clock.advance(1);
  assert.equal(isHeld, false);
});

test("parts that are too long for one answer are asked for by halves, as many as there are", async () => {
  const { store, last, hub } = await client();
  const parts = store.parts("m", 0, 4);
  await hub({
    n: 1,
    error: { code: "HERMOD_TOO_LARGE", name: "TooLargeError", message: "long", details: { limit: "answer" } },
  });
  await hub({ n: 2, is: ["a"] });
  assert.deepEqual(await parts, ["a"]);
  assert.deepEqual(
    last().said.flatMap(({ op, after, limit }) => (op === "parts" ? [[after, limit]] : [])),
    [
      [0, 4],
      [0, 2],
    ],
  );
});

test("a claim asks for no more than a hub gives", async () => {
  const { store, last, hub } = await client();
  quiet(store.claim(tide, Infinity, 1000, []));
  await hub();
  assert.equal(last().said.at(-1)?.["max"], 10_000);
});
