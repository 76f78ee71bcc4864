/** Records of a journal: what is written is what is read, in pieces of any size, and what is none of them is told by name. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { anyText as text, tries } from "../core/samples.test.kit.ts";
import { Change, type Value } from "../stores/sqlite/protocol.ts";
import { cut, fromText, isSilent, Pieces, toPlace, toText, type JournalRecord } from "./record.ts";

const value: fc.Arbitrary<Value> = fc.oneof(text, fc.maxSafeInteger(), fc.constant(null));
const bound = fc.oneof(fc.nat(), fc.constant(Infinity));
const limits = fc
  .tuple(bound, bound, bound, bound, bound, bound)
  .map(([dedupe, age, count, bytes, most, long]) => ({
    ...{ dedupe, history: { age, count, bytes } },
    deadLetters: { count: most, age: long },
  }));
const batch = fc
  .tuple(fc.nat(), fc.array(value))
  .map(([now, changes]) => ({ type: "batch" as const, now, changes }));
const record: fc.Arbitrary<JournalRecord> = fc.oneof(
  batch,
  batch.map((each) => ({ ...each, chores: true as const })),
  fc.tuple(text, limits).map(([owner, each]) => ({ type: "epoch" as const, owner, limits: each })),
  fc.constant({ type: "end" as const }),
);

type Message = readonly [bytes: Uint8Array, place: string | undefined];

/** The messages of a record. */
function messages(said: string, most: number): readonly Message[] {
  const pieces = cut(said, most);
  return pieces.map((piece, at) => [piece, pieces.length > 1 ? `${at + 1}/${pieces.length}` : undefined]);
}

function read(list: readonly Message[]): string[] {
  const pieces = new Pieces();
  return list
    .map(([bytes, place]) => pieces.take(bytes, toPlace(place)))
    .filter((said) => said !== undefined);
}

test("a record is read as it was written, with bounds that are none", () => {
  const check = (each: JournalRecord): void => assert.deepEqual(fromText(toText(each), "here"), each);
  fc.assert(fc.property(record, check), tries());
});

test("texts in pieces of any size are the same texts again, and no piece is larger", () => {
  const check = (list: string[], most: number): void => {
    const all = list.flatMap((said) => messages(said, most));
    for (const [{ length }] of all) assert.ok(length <= most);
    assert.deepEqual(read(all), list);
  };
  check(["\ufeffa mark of order", "🌊"], 2);
  fc.assert(fc.property(fc.array(text, { minLength: 1 }), fc.integer({ min: 1, max: 40 }), check), tries());
});

test("a record without its end is given up when another one begins", () => {
  const check = (left: string, next: string, most: number, keep: number): void => {
    const begun = messages(left, most);
    const some = begun.slice(0, keep % begun.length);
    assert.deepEqual(read([...some, ...messages(next, most)]), [next]);
  };
  fc.assert(fc.property(text, text, fc.integer({ min: 1, max: 9 }), fc.nat(), check), tries());
});

test("a header that names no piece is that of a whole record", () => {
  assert.deepEqual(toPlace("2/3"), { piece: 2, of: 3 });
  for (const header of [undefined, "", "2", "2/", "/3", "a/b", "2/3/4"])
    assert.equal(toPlace(header), undefined);
});

const code = (expected: string) => (error: unknown) => {
  const { code: found, message, hint } = error as { code?: string; message: string; hint?: string };
  assert.equal(found, expected, message);
  assert.match(message, /stream s, message 7/);
  assert.ok(hint);
  return true;
};

test("a record of another version is refused with both versions", () => {
  for (const v of [0, 2, "1", null]) {
    const said = JSON.stringify({ v, type: "end" });
    assert.throws(() => fromText(said, "stream s, message 7"), code("HERMOD_STORE_VERSION"));
  }
  assert.throws(() => fromText('{"v":2}', "here"), /here: it is of version 2, this reads 1/);
});

test("what is no record is told of with its place", () => {
  for (const said of [
    "",
    "hello",
    "null",
    "1",
    '"text"',
    '{"v":1',
    "[]",
    '{"v":1}',
    '{"v":1,"type":"other"}',
    '{"v":1,"type":"batch"}',
  ])
    assert.throws(() => fromText(said, "stream s, message 7"), code("HERMOD_STORE_CORRUPT"), said);
});

test("what only asks is silent, what writes is not", () => {
  assert.ok(isSilent([]));
  assert.ok(isSilent([Change.group, 0, Change.sweep, Change.group, 1, Change.look]));
  assert.ok(!isSilent([Change.sweep, Change.group, 0, Change.undie, "m1@1"]));
});
