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

test("that a call or a reply is stored goes with what comes next; all else, and all that is not stored, goes at once", async () => {
  const clock = new TestClock(0);
  let status = "stored";
  const level = { name: "none", durable: false };
  const store = { level, append: () => ({ status }) } as unknown as Store;
  const hosting = new Hosting({ store, clock, random: () => 0 });
  const heard: number[] = [];
  const waiting: (() => void)[] = [];
  const guest = hosting.connect({
    send: (text) =>
      void heard.push(...readFrames(text).flatMap(({ n }) => (n === undefined ? [] : [n as number]))),
    piggyback: (flush) => void waiting.push(flush),
    close: () => undefined,
  });
  const envelope = (verb: string, type: string) => ({
    ...{ v: 1, id: "m", verb, type, operation: "ask", from: "a", to: "b", priority: 2 },
    ...{ delivery: "at-most-once", conversationId: "c", sentAt: 0, hops: [], waits: 0, size: 0 },
  });
  const append = async (n: number, verb: string, type: string): Promise<void> => {
    guest.hear(JSON.stringify([{ n, op: "append", envelope: envelope(verb, type) }]));
    await clock.settle();
  };
  guest.hear('[{"hello":1}]');
  await clock.settle();
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
