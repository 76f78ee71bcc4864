import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { tries } from "../../core/samples.test.kit.ts";
import { gather, MOST_LOOKED, type Stretches } from "./pages.ts";

/** The numbers from 1 to `most`, each looked at; those that `fits` takes belong to the answer. */
function pageOf(most: number, fits: (seq: number) => boolean, after: number, limit: number, text = 1) {
  let looked = 0;
  const stretches: Stretches = (from, rows) => {
    const seqs = Array.from({ length: Math.min(rows, most - from) }, (_, at) => from + 1 + at);
    return { seqs, upto: seqs.length < rows ? Infinity : from + rows, looked: seqs.length };
  };
  const look = function* (seqs: readonly number[]) {
    for (const seq of seqs) {
      looked++;
      yield { seq, item: fits(seq) ? seq : undefined, text };
    }
  };
  return { ...gather(stretches, look, after, limit), looked };
}

test("pages of any length hold each item once, in order, and the last has no cursor", () => {
  const check = (most: number, every: number, limit: number): void => {
    const found: number[] = [];
    let after: string | undefined = "0";
    while (after !== undefined) {
      const page: ReturnType<typeof pageOf> = pageOf(most, (seq) => seq % every === 0, Number(after), limit);
      found.push(...page.items);
      after = page.next;
      if (found.length === Math.floor(most / every)) assert.equal(after, undefined);
    }
    assert.deepEqual(
      found,
      Array.from({ length: Math.floor(most / every) }, (_, at) => (at + 1) * every),
    );
  };
  const small = fc.integer({ min: 1, max: 40 });
  fc.assert(fc.property(fc.nat(200), small, small, check), tries(20_000));
});

test("a page that finds nothing ends after a bounded number of rows and goes on behind them", () => {
  const page = pageOf(1_000_000, (seq) => seq === 999_999, 0, 10);
  assert.deepEqual(page.items, []);
  assert.equal(page.next, String(page.looked));
  assert.ok(page.looked >= MOST_LOOKED && page.looked < MOST_LOOKED + 2000);
});

test("a page of large messages ends early", () => {
  const page = pageOf(1000, () => true, 0, 1000, 1_000_000);
  assert.equal(page.next, String(page.items.length));
  assert.equal(page.items.length, 34);
});
