import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { systemClock } from "./clock.ts";

const LONGEST = 2 ** 31 - 1;

/** The system's clock with the platform's timers under control; `advance` lets time pass. */
function controlled(t: TestContext): { readonly advance: (ms: number) => void; readonly fired: string[] } {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  return { advance: (ms) => t.mock.timers.tick(ms), fired: [] };
}

test("a timer fires once, at its time", (t) => {
  const { advance, fired } = controlled(t);
  systemClock.after(100, () => fired.push("a"));
  systemClock.after(-5, () => fired.push("now"));
  advance(99);
  assert.deepEqual(fired, ["now"]);
  advance(1);
  advance(1000);
  assert.deepEqual(fired, ["now", "a"]);
});

test("a timer longer than the platform can take fires at its time, not at once", (t) => {
  const { advance, fired } = controlled(t);
  systemClock.after(2 * LONGEST + 10, () => fired.push("late"));
  advance(LONGEST);
  advance(LONGEST);
  advance(9);
  assert.deepEqual(fired, []);
  advance(1);
  assert.deepEqual(fired, ["late"]);
});

test("a timer taken back never fires, also between two of its parts; taking it back again is harmless", (t) => {
  const { advance, fired } = controlled(t);
  const short = systemClock.after(10, () => fired.push("short"));
  const long = systemClock.after(2 * LONGEST, () => fired.push("long"));
  short();
  advance(LONGEST);
  long();
  long();
  advance(LONGEST);
  assert.deepEqual(fired, []);
});

test("what is deferred runs before timers, what pauses after them", async () => {
  const order: string[] = [];
  const all = new Promise<void>((resolve) => {
    systemClock.pause(() => {
      order.push("pause");
      resolve();
    });
    systemClock.defer(() => order.push("defer"));
    order.push("first");
  });
  await all;
  assert.deepEqual(order, ["first", "defer", "pause"]);
});

test("the monotonic time never goes back", () => {
  const times = Array.from({ length: 1000 }, () => systemClock.monotonic());
  assert.ok(times.every((time, at) => at === 0 || time >= (times[at - 1] as number)));
  assert.ok(Math.abs(systemClock.now() - Date.now()) < 60_000);
});
