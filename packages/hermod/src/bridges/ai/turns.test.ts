/** Turns: never more at once than allowed, in the order of coming, and none lost to those who left. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { tries } from "../../core/samples.test.kit.ts";
import { Turns } from "./turns.ts";

const soon = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Who waits, has a turn, or has left; who is given a turn says so. */
class Crowd {
  readonly running = new Map<number, () => void>();
  readonly leaving = new Map<number, AbortController>();
  readonly begun: number[] = [];
  readonly #turns: Turns;

  constructor(atOnce: number) {
    this.#turns = new Turns(atOnce);
  }

  come(who: number): void {
    const controller = new AbortController();
    this.leaving.set(who, controller);
    void this.#turns.begin(controller.signal).then(
      (end) => (this.begun.push(who), this.leaving.delete(who), this.running.set(who, end)),
      () => undefined,
    );
  }

  leave(who: number): void {
    this.leaving.get(who)?.abort();
    this.leaving.delete(who);
  }

  /** Twice: an end is an end. */
  end(who: number): void {
    this.running.get(who)?.();
    this.running.get(who)?.();
    this.running.delete(who);
  }
}

describe("turns", () => {
  test("are given in order, as many as allowed, and go on to the next", async () => {
    const crowd = new Crowd(2);
    for (const who of [1, 2, 3, 4, 5]) crowd.come(who);
    await soon();
    assert.deepEqual(crowd.begun, [1, 2]);
    crowd.leave(3);
    crowd.end(2);
    await soon();
    assert.deepEqual(crowd.begun, [1, 2, 4]);
    crowd.end(1);
    crowd.end(4);
    await soon();
    assert.deepEqual([...crowd.running.keys()], [5]);
  });

  test("that are given to one who leaves in the same moment go to the next", async () => {
    const crowd = new Crowd(1);
    for (const who of [1, 2, 3]) crowd.come(who);
    await soon();
    crowd.leave(2);
    crowd.end(1);
    await soon();
    assert.deepEqual(crowd.begun, [1, 3]);
    crowd.come(4);
    crowd.end(3);
    crowd.leave(4);
    await soon();
    crowd.come(5);
    await soon();
    assert.equal(crowd.running.size, 1);
  });

  test("are never too many, never out of order, and never lost, whatever comes", async () => {
    const step = fc.tuple(fc.constantFrom("come", "leave", "end", "look"), fc.nat(9));
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 3 }),
        fc.array(step, { maxLength: 40 }),
        async (atOnce, steps) => {
          const crowd = new Crowd(atOnce);
          let count = 0;
          for (const [what, which] of steps) {
            if (what === "come") crowd.come(count++);
            if (what === "leave") crowd.leave([...crowd.leaving.keys()][which] ?? -1);
            if (what === "end") crowd.end([...crowd.running.keys()][which] ?? -1);
            if (what === "look") await soon();
          }
          await soon();
          assert.ok(crowd.running.size <= atOnce, "too many at once");
          assert.equal(
            crowd.running.size,
            Math.min(atOnce, crowd.running.size + crowd.leaving.size),
            "a turn is lost",
          );
          assert.deepEqual(
            crowd.begun,
            crowd.begun.toSorted((a, b) => a - b),
          );
        },
      ),
      tries(),
    );
  });
});
