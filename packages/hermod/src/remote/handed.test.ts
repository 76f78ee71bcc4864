/** What is handed over inside a process says the same as its text does. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { TestClock } from "../testing/clock.ts";
import { Body, Handed, asIs, restText, taken, textOf } from "./handed.ts";
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
