/** Cells: which states are in use, and when one is put away. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { tries } from "../core/samples.test.kit.ts";
import { testClock } from "../testing/clock.ts";
import type { Cell } from "./cell.ts";
import { Cells } from "./cells.ts";
import { Timers } from "./timers.ts";

const IDLE = 1000;

function bench() {
  const clock = testClock();
  const gone: string[] = [];
  const cells = new Cells(clock, new Timers(clock), IDLE, ({ key }) => void gone.push(key));
  return { clock, gone, cells };
}

test("ten thousand cells are given back after their time, and no timer stays", async () => {
  const { clock, gone, cells } = bench();
  for (let at = 0; at < 10_000; at++) cells.leave(cells.enter(`k${at}`));
  assert.equal(cells.size, 10_000);
  await clock.advance(IDLE - 1);
  assert.deepEqual([cells.size, gone.length], [10_000, 0]);
  await clock.advance(1);
  assert.deepEqual([cells.size, gone.length, clock.waiting], [0, 10_000, 0]);
});

test("a cell that is entered again is the same one until it was put away or dropped", async () => {
  const { clock, cells } = bench();
  const first = cells.enter("k");
  cells.leave(first);
  await clock.advance(IDLE - 1);
  assert.equal(cells.enter("k"), first);
  await clock.advance(IDLE * 10);
  cells.leave(first);
  await clock.advance(IDLE);
  const second = cells.enter("k");
  assert.notEqual(second, first);
  cells.drop(second);
  const third = cells.enter("k");
  cells.drop(second);
  cells.leave(second);
  assert.equal(cells.enter("k"), third);
  cells.clear();
  await clock.advance(IDLE);
  assert.deepEqual([cells.size, clock.waiting], [0, 0]);
});

test("whatever comes between, a cell is put away exactly when it was unused for its time", async () => {
  const step = fc.oneof(
    fc.record({ type: fc.constantFrom("enter", "leave", "drop"), key: fc.constantFrom("a", "b", "c") }),
    fc.record({ type: fc.constant("wait"), by: fc.nat({ max: 700 }) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const { clock, gone, cells } = bench();
      const users = new Map<string, Cell[]>();
      const idleAt = new Map<string, number>();
      const expected: string[] = [];
      for (const each of steps) {
        if ("by" in each) {
          await clock.advance(each.by);
          for (const [key, at] of [...idleAt].toSorted((a, b) => a[1] - b[1])) {
            if (at > clock.monotonic()) continue;
            expected.push(key);
            idleAt.delete(key);
            users.delete(key);
          }
          continue;
        }
        const { type, key } = each;
        const open = users.get(key) ?? [];
        if (type === "enter") {
          users.set(key, [...open, cells.enter(key)]);
          idleAt.delete(key);
        } else if (type === "leave" && open.length > 0) {
          cells.leave(open.pop() as Cell);
          if (open.length === 0) idleAt.set(key, clock.monotonic() + IDLE);
        } else if (type === "drop" && open.length > 0) {
          cells.drop(open[0] as Cell);
          users.delete(key);
          idleAt.delete(key);
        }
      }
      assert.deepEqual(gone.toSorted(), expected.toSorted());
      assert.equal(cells.size, new Set([...users.keys()]).size);
    }),
    tries(500),
  );
});
