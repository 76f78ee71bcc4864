import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createIds, derivedId, digest, systemRandom, type IdSource } from "./id.ts";
import { tries } from "./samples.test.kit.ts";

const NOW = 1_700_000_000_000;
const UUID7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
/** derivedId(NOW, "m1", "critic", 0, 3), for ever. */
const DERIVED = "018bcfe5-6800-8c17-a671-a98b2665fd81";
const UUID8 = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** A fixed sequence of numbers in [0, 1). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 16_807 + 11) % 2_147_483_647) / 2_147_483_647;
}

function draw(ids: IdSource, times: readonly number[]): string[] {
  return times.map((now) => ids.next(now));
}

function isSorted(list: readonly string[]): boolean {
  return list.every((id, at) => at === 0 || (list[at - 1] as string) < id);
}

test("an id is a UUIDv7 of its time", () => {
  const id = createIds().next(NOW);
  assert.match(id, UUID7);
  assert.equal(parseInt(id.replaceAll("-", "").slice(0, 12), 16), NOW);
});

test("ids of one source grow and never repeat, whatever the clock does", () => {
  const times = fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 100 });
  const check = (offsets: readonly number[]): void => {
    const list = draw(
      createIds(seeded(1)),
      offsets.map((offset) => NOW + offset),
    );
    assert.ok(isSorted(list));
  };
  fc.assert(fc.property(times, check), tries());
});

test("a clock that steps back keeps the order of ids", () => {
  const list = draw(createIds(), [NOW, NOW - 60_000, NOW - 60_000, NOW, NOW + 1]);
  assert.ok(isSorted(list), list.join("\n"));
});

test("more than 4,096 ids in one millisecond borrow from the next one and keep their order", () => {
  const ids = createIds();
  const list = draw(
    ids,
    Array.from({ length: 10_000 }, () => NOW),
  );
  list.push(...draw(ids, [NOW + 1, NOW + 2, NOW + 3]));
  assert.ok(isSorted(list));
  assert.equal(new Set(list).size, list.length);
  for (const id of list) assert.match(id, UUID7);
});

test("a clock that begins at zero or stands between milliseconds gives well-formed ids that grow", () => {
  const list = draw(createIds(), [0, 0, 0.25, 0.5, 1, 1.5, 1.75, 2]);
  for (const id of list) assert.match(id, UUID7);
  assert.ok(isSorted(list), list.join("\n"));
});

test("the same randomness and times give the same ids, other randomness others", () => {
  const times = [NOW, NOW, NOW + 5];
  assert.deepEqual(draw(createIds(seeded(7)), times), draw(createIds(seeded(7)), times));
  assert.notDeepEqual(draw(createIds(seeded(7)), times), draw(createIds(seeded(8)), times));
});

test("drawing an id draws no randomness, so that who draws first changes nothing", () => {
  let draws = 0;
  const ids = createIds(() => (draws++, 0.5));
  const before = draws;
  draw(ids, [NOW, NOW, NOW + 1]);
  assert.equal(draws, before);
});

test("sources of their own randomness do not collide", () => {
  const list = Array.from({ length: 1000 }, () => createIds().next(NOW));
  assert.equal(new Set(list).size, list.length);
});

test("the platform's randomness lies from 0 up to, and without, 1", () => {
  const list = Array.from({ length: 1000 }, systemRandom);
  assert.ok(list.every((value) => value >= 0 && value < 1));
  assert.ok(new Set(list).size > 990);
});

test("a derived id is a UUIDv8 that is the same for the same parts, in any process", () => {
  const id = derivedId(NOW, "m1", "critic", 0, 3);
  assert.match(id, UUID8);
  assert.equal(derivedId(NOW, "m1", "critic", 0, 3), id);
  assert.equal(id, DERIVED, "derived ids are stored: a change of the hash would break what waits in files");
});

test("derived ids begin with their time, so that they stand together in an index", () => {
  const earlier = derivedId(NOW, "z");
  assert.ok(earlier < derivedId(NOW + 1, "a"));
  assert.equal(parseInt(earlier.replaceAll("-", "").slice(0, 12), 16), NOW);
});

test("derived ids of other parts or times differ, also where the parts' texts join alike", () => {
  assert.notEqual(derivedId(NOW, "ab", "c"), derivedId(NOW, "a", "bc"));
  assert.notEqual(derivedId(NOW, "a"), derivedId(NOW + 1, "a"));
  const list: string[] = [];
  for (let message = 0; message < 1000; message++) {
    for (let output = 0; output < 100; output++)
      list.push(derivedId(NOW, `m${message}`, "critic", 0, output));
  }
  assert.equal(new Set(list).size, list.length);
});

test("one changed bit of a text changes about half of its digest's bits", () => {
  const flip = (text: string, at: number): string =>
    text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ 1) + text.slice(at + 1);
  const check = (text: string, where: number): void => {
    const at = where % text.length;
    assert.ok(differingBits(digest(text), digest(flip(text, at))) > 20, text);
  };
  fc.assert(fc.property(fc.string({ minLength: 1 }), fc.nat(), check), tries());
});

function differingBits(a: string, b: string): number {
  const difference = BigInt(`0x${a}`) ^ BigInt(`0x${b}`);
  return difference.toString(2).replaceAll("0", "").length;
}
