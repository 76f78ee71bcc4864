/** What is handed over inside a process says the same as its text does. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { TestClock } from "../testing/clock.ts";
import { Body, Handed, asIs, restText, taken, textOf } from "./handed.ts";
import type { Store } from "../core/store.ts";
import { Hosting } from "./hosting.ts";
import { Outbox } from "./outbox.ts";
import { readFrames } from "./parcel.ts";
import type { Frame } from "./protocol.ts";

const plain = fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/), fc.jsonValue(), { maxKeys: 4 });
const carried = fc.dictionary(fc.stringMatching(/^[A-Z]{1,5}$/), fc.jsonValue(), { maxKeys: 3 });
const wrapped = (values: object): Record<string, Handed> =>
  Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, new Handed(value, JSON.stringify)]),
  );
const read = (text: string): unknown => JSON.parse(text);

test("a request says the same as a frame and as text, also when more is said with it", () => {
  fc.assert(
    fc.property(plain, carried, plain, plain, (fields, values, more, first) => {
      const body = new Body(fields, wrapped(values)).and(more);
      const frame = Object.entries(body.frame(7, "settle", first)).map(([name, value]) => [
        name,
        read(textOf(value)),
      ]);
      const [travelled] = readFrames(`[{"n":7,"op":"settle"${body.text}${restText(first)}}]`);
      assert.deepEqual(Object.fromEntries(frame), read(JSON.stringify(travelled)));
    }),
  );
});

test("what was handed over is taken as it is, and what has travelled is opened", () => {
  const letter = { id: "m1" };
  const opened = (came: unknown): unknown => ({ opened: came });
  assert.equal(taken(new Handed(letter), opened), letter);
  assert.deepEqual(taken({ value: letter }, opened), { opened: { value: letter } });
  assert.equal(taken(letter, asIs), letter);
});

test("a wire that hands frames over gets all of a turn as frames, in their order; another one gets text", async () => {
  const clock = new TestClock(0);
  const got: (string | readonly Frame[])[] = [];
  const [send, hand, close] = [
    (text: string) => void got.push(text),
    (frames: readonly Frame[]) => void got.push(frames),
    () => undefined,
  ];
  const frame = { n: 1, is: new Handed("tide") };
  const near = new Outbox(clock, { send, hand, close });
  near.push('{"wake":["a"]}');
  near.push(frame);
  const far = new Outbox(clock, { send, close });
  far.push('{"wake":["a"]}');
  far.push('{"n":1,"is":"tide"}');
  await clock.settle();
  assert.deepEqual([near.hands, far.hands], [true, false]);
  assert.deepEqual(got, [[{ wake: ["a"] }, frame], '[{"wake":["a"]},{"n":1,"is":"tide"}]']);
});

/** A hub over a store of these answers, a client of it, and the numbers of the answers that have gone out. */
async function talk(answers: object): Promise<{
  readonly heard: number[];
  readonly waiting: (() => void)[];
  readonly ask: (frame: object) => Promise<void>;
}> {
  const clock = new TestClock(0);
  const store = { level: { name: "none", durable: false }, ...answers } as unknown as Store;
  const hosting = new Hosting({ store, clock, random: () => 0 });
  const heard: number[] = [];
  const waiting: (() => void)[] = [];
  const guest = hosting.connect({
    send: (text) =>
      void heard.push(...readFrames(text).flatMap(({ n }) => (n === undefined ? [] : [n as number]))),
    piggyback: (flush) => void waiting.push(flush),
    close: () => undefined,
  });
  const ask = async (frame: object): Promise<void> => {
    guest.hear(JSON.stringify([frame]));
    await clock.settle();
  };
  await ask({ hello: 1 });
  return { heard, waiting, ask };
}

const message = (verb: string, type: string) => ({
  ...{ v: 1, id: "m", verb, type, operation: "ask", from: "a", to: "b", priority: 2 },
  ...{ delivery: "at-most-once", conversationId: "c", sentAt: 0, hops: [], waits: 0, size: 0 },
});

test("that a call or a reply is stored goes with what comes next; all else, and all that is not stored, goes at once", async () => {
  let status = "stored";
  const { heard, waiting, ask } = await talk({ append: () => ({ status }) });
  const append = (n: number, verb: string, type: string): Promise<void> =>
    ask({ n, op: "append", envelope: message(verb, type) });
  await append(1, "call", "request");
  await append(2, "reply", "response");
  assert.deepEqual([heard, waiting.length], [[], 1]);
  await append(3, "cast", "notification");
  assert.deepEqual(heard, [1, 2, 3]);
  await append(4, "call", "request");
  for (const flush of waiting) flush();
  assert.deepEqual(heard, [1, 2, 3, 4]);
  status = "unknown";
  await append(5, "call", "request");
  assert.deepEqual(heard, [1, 2, 3, 4, 5]);
});

test("that a call which may be lost is settled goes with what comes next; all else, and all that is not settled, goes at once", async () => {
  let [verb, status, token, delivery] = ["call", "settled", 0, "at-most-once"];
  const claimed = { mailbox: "b", attempt: 1, startedAt: 0, leaseUntil: 9, generation: 0 };
  const claim = (...[, , , out]: Parameters<Store["claim"]>): number =>
    out.push({ ...claimed, token: ++token, envelope: { ...message(verb, "request"), delivery } } as never);
  const { heard, waiting, ask } = await talk({ claim, settle: () => ({ status }) });
  const settle = async (n: number, more: object = {}): Promise<void> => {
    await ask({ n, op: "claim", mailbox: "b", max: 1, lease: 9 });
    heard.length = 0;
    await ask({ n: n + 1, op: "settle", token, settlement: { type: "ack" }, ...more });
  };
  await settle(1);
  assert.deepEqual([heard, waiting.length], [[], 1]);
  for (const flush of waiting.splice(0)) flush();
  assert.deepEqual(heard, [2]);
  verb = "cast";
  await settle(3);
  assert.deepEqual(heard, [4]);
  [verb, status] = ["call", "stale"];
  await settle(5);
  assert.deepEqual(heard, [6]);
  status = "settled";
  await settle(7, { state: { key: "b", base: 0, json: "1" } });
  assert.deepEqual(heard, [8], "its reply goes out behind it");
  delivery = "at-least-once";
  await settle(9);
  assert.deepEqual(heard, [10], "its reply goes out behind it");
});
