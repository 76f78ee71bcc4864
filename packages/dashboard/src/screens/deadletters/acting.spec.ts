import fc from "fast-check";
import { expect, test } from "vitest";
import {
  afterDrop,
  afterRedrive,
  isTyped,
  MOST,
  none,
  reachOf,
  sum,
  wordsFor,
  type Progress,
} from "./acting.ts";

/** A hub with letters, oldest first; the stubborn ones stay. */
function hubOf(letters: readonly ("good" | "expired")[]) {
  let left = [...letters];
  return (limit: number) => {
    const seen = left.slice(0, limit);
    const stay = seen.filter((each) => each === "expired");
    left = [...stay, ...left.slice(limit)];
    const skipped = stay.length > 0 ? { expired: stay.length } : {};
    return { matched: seen.length, redriven: seen.length - stay.length, skipped };
  };
}

test("all that can be given back is, whatever stays between, within cap and rate", () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom("good" as const, "expired" as const), { maxLength: 60 }),
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 1, max: 70 }),
      (letters, rate, cap) => {
        const redrive = hubOf(letters);
        let progress: Progress = none;
        for (let step = 0; !progress.isOver; step++) {
          expect(step).toBeLessThan(200);
          const reach = reachOf(progress, { cap, rate });
          const said = redrive(reach);
          expect(said.redriven).toBeLessThanOrEqual(rate);
          progress = afterRedrive(progress, said, reach, { cap, rate });
        }
        const good = letters.filter((each) => each === "good").length;
        expect(progress.done).toBe(Math.min(cap, good));
        if (good < cap) expect(sum(progress.skipped)).toBe(letters.length - good);
      },
    ),
  );
});

test("where more stay than a request may reach, it ends", () => {
  const stuck = { ...none, skipped: { expired: MOST } };
  const reach = reachOf(stuck, { cap: 5, rate: 5 });
  expect(reach).toBe(MOST);
  expect(
    afterRedrive(stuck, { matched: MOST, redriven: 0, skipped: stuck.skipped }, reach, { cap: 5, rate: 5 })
      .isOver,
  ).toBe(true);
});

test("dropping ends at its cap, or when nothing more fits", () => {
  const terms = { cap: 15, rate: 10 };
  const first = afterDrop(none, 10, reachOf(none, terms), terms);
  expect([first.isOver, reachOf(first, terms)]).toEqual([false, 5]);
  expect(afterDrop(first, 5, 5, terms)).toMatchObject({ done: 15, isOver: true });
  expect(afterDrop(none, 3, 10, terms)).toMatchObject({ done: 3, isOver: true });
});

test("more than ten have to be typed, with the very count", () => {
  expect(wordsFor("redrive", 2143)).toBe("redrive 2,143");
  expect(
    ["redrive 2,143", "redrive 2143", " Redrive 2 143 "].map((each) => isTyped("redrive", 2143, each)),
  ).toEqual([true, true, true]);
  expect(
    ["", "redrive", "redrive 2142", "drop 2143", "redrive 21430"].some((each) =>
      isTyped("redrive", 2143, each),
    ),
  ).toBe(false);
  expect(isTyped("drop", 10, "")).toBe(true);
});
