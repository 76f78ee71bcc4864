/** Folding: long gaps are short, and every time has its place. */
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { foldGaps, joined } from "./folding.ts";

test("what overlaps is one", () =>
  expect(
    joined([
      { from: 5, to: 9 },
      { from: 0, to: 6 },
      { from: 20, to: 20 },
    ]),
  ).toEqual([
    { from: 0, to: 9 },
    { from: 20, to: 20 },
  ]));

test("a long gap is folded, a short one is not", () => {
  const { pieces, length } = foldGaps([
    { from: 0, to: 1000 },
    { from: 1500, to: 2000 },
    { from: 3_600_000, to: 3_601_000 },
  ]);
  expect(pieces.map(({ isGap }) => isGap)).toEqual([false, false, false, true, false]);
  expect(length).toBeLessThan(4000);
});

test("nothing, and a single moment", () => {
  expect(foldGaps([]).place(5)).toBe(0);
  const { length, place, time } = foldGaps([{ from: 7, to: 7 }]);
  expect([length, place(7), place(99), time(0), time(1)]).toEqual([1, 0, 0, 7, 7]);
});

const spans = fc.array(
  fc.tuple(fc.nat(1_000_000), fc.nat(5000)).map(([from, long]) => ({ from, to: from + long })),
  { minLength: 1, maxLength: 30 },
);

test("places grow with time, lie on the line, and lead back to their time", () =>
  fc.assert(
    fc.property(spans, fc.nat(1_100_000), fc.nat(1_100_000), (all, one, other) => {
      const folding = foldGaps(all);
      const [early, late] = [Math.min(one, other), Math.max(one, other)];
      expect(folding.place(early)).toBeLessThanOrEqual(folding.place(late));
      expect(folding.place(late)).toBeLessThanOrEqual(folding.length + 1e-6);
      const [begin, end] = [folding.pieces[0]?.from ?? 0, folding.pieces.at(-1)?.to ?? 0];
      const within = Math.max(begin, Math.min(end, one));
      expect(Math.abs(folding.time(folding.place(within)) - within)).toBeLessThan(0.01);
    }),
  ));

test("what happens keeps its length", () =>
  fc.assert(
    fc.property(spans, (all) => {
      const { place } = foldGaps(all);
      for (const { from, to } of all) expect(place(to) - place(from)).toBeCloseTo(to - from, 3);
    }),
  ));
