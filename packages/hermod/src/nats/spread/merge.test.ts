/** Pages of several partitions are read as one list, in both directions and from any place of it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { HermodError } from "../../core/errors.ts";
import { tries } from "../../core/samples.test.kit.ts";
import type { HistoryOrder, Paged } from "../../core/store.ts";
import { cursorAt, merge, placesOf } from "./merge.ts";

interface Item {
  readonly time: number;
  readonly name: string;
}

type Lists = readonly (readonly Item[])[];

const before = (a: Item, b: Item): boolean => a.time < b.time;

/** What a partition answers: `stingy` ones end their pages early, as those do that looked at much in vain. */
function pageOf(
  list: readonly Item[],
  after: string | undefined,
  limit: number,
  order: HistoryOrder,
  stingy: boolean,
): Paged<Item> {
  const from = after === undefined ? (order === "newest" ? Infinity : 0) : Number(after);
  const all = list.map((item, at) => ({ item, place: at + 1 }));
  const ahead =
    order === "newest"
      ? all.filter(({ place }) => place < from).reverse()
      : all.filter(({ place }) => place > from);
  const given = ahead.slice(0, stingy ? Math.ceil(limit / 2) : limit);
  const [items, places] = [given.map(({ item }) => item), given.map(({ place }) => place)];
  return { items, places, ...(given.length < ahead.length && { next: String(places.at(-1)) }) };
}

function read(lists: Lists, limit: number, order: HistoryOrder, after?: string, stingy = false): Paged<Item> {
  const from = placesOf(after, lists.length);
  const pages = lists.map((list, at) => ({
    page: pageOf(list, cursorAt(from[at], order), limit, order, stingy && at % 2 === 0),
    from: from[at],
  }));
  return merge(pages, limit, order, before);
}

function readAll(lists: Lists, limit: number, order: HistoryOrder, stingy: boolean): Item[] {
  const items: Item[] = [];
  for (let after: string | undefined, more = true; more; more = after !== undefined) {
    const page = read(lists, limit, order, after, stingy);
    assert.ok(page.items.length <= limit);
    items.push(...page.items);
    after = page.next;
  }
  return items;
}

const lists: fc.Arbitrary<Lists> = fc
  .array(fc.array(fc.nat(9), { maxLength: 6 }), { minLength: 1, maxLength: 4 })
  .map((all) =>
    all.map((times, at) => times.sort((a, b) => a - b).map((time, n) => ({ time, name: `${at}.${n}` }))),
  );
const limit = fc.integer({ min: 1, max: 7 });

/** All of them in their order: by time, and of one time partition by partition. */
function sorted(all: Lists): Item[] {
  return all.flat().sort((a, b) => a.time - b.time);
}

test("pages of any length hold all items once and in order, in both directions", () =>
  fc.assert(
    fc.property(lists, limit, fc.boolean(), (all, most, stingy) => {
      assert.deepEqual(readAll(all, most, "oldest", stingy), sorted(all));
      assert.deepEqual(readAll(all, most, "newest", stingy), sorted(all).toReversed());
    }),
    tries(500),
  ));

test("what comes while one reads towards the oldest is not told, and is told to whoever turns round", () =>
  fc.assert(
    fc.property(lists, limit, fc.array(fc.nat(3), { minLength: 1, maxLength: 4 }), (all, most, late) => {
      const first = read(all, most, "newest");
      if (first.next === undefined) return;
      const grown = all.map((list, at) => [
        ...list,
        ...late.flatMap((to, n) => (to % all.length === at ? [{ time: 10, name: `late ${n}` }] : [])),
      ]);
      const behind: Item[] = [];
      for (let after: string | undefined = first.next; after !== undefined;) {
        const page = read(grown, most, "newest", after);
        behind.push(...page.items);
        after = page.next;
      }
      assert.deepEqual([...first.items, ...behind], sorted(all).toReversed());
      const turned = read(grown, 1000, "oldest", first.next).items.map(({ name }) => name);
      for (const [n] of late.entries())
        assert.ok(turned.includes(`late ${n}`), `late ${n} of ${turned.join()}`);
      for (const { name } of behind) assert.ok(!turned.includes(name), `${name} was still to be told`);
    }),
    tries(500),
  ));

test("what is no cursor of so many partitions is refused by its name", () => {
  assert.deepEqual(placesOf("3.0+", 2), [
    { at: 3, isBehind: false },
    { at: 0, isBehind: true },
  ]);
  for (const after of ["", "3", "3.4.5", "3.-1", "3.1.", "3.x", "3.+", "1.99999999999999999"])
    assert.throws(
      () => placesOf(after, 2),
      (error) =>
        error instanceof HermodError &&
        error.code === "HERMOD_BAD_OPTION" &&
        error.message.includes(JSON.stringify(after)),
    );
});
