/** A ring keeps what a list would keep of its newest items, under the same numbers. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { Ring } from "./ring.ts";

test("a ring of any size has the newest of what was pushed, each under its number", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 9 }), fc.array(fc.integer(), { maxLength: 40 }), (most, items) => {
      const ring = new Ring<number>(most);
      const gone = items.map((item) => ring.push(item)).filter((item) => item !== undefined);
      const first = Math.max(0, items.length - most);
      expect([ring.first, ring.next, ring.length]).toEqual([first, items.length, items.length - first]);
      expect(items.map((_, at) => ring.at(at))).toEqual(
        items.map((item, at) => (at < first ? undefined : item)),
      );
      expect(gone).toEqual(items.slice(0, first));
    }),
  );
});
