/** Following: what a wake tells of is taken unread only where nothing stands before it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { HermodError } from "../core/errors.ts";
import type { TaskEntry } from "../core/tasklog.ts";
import { testClock } from "../testing/clock.ts";
import { Following } from "./following.ts";
import { Wait } from "./wait.ts";

const part = (value: unknown): TaskEntry => ({ type: "part", attempt: 1, value });

/** A following that has taken the first part and waits for more. */
function waiting() {
  const stored = [part("a")];
  const wait = new Wait(testClock(), undefined, undefined);
  const following = new Following(0, {
    ...{ wait, page: (after: number) => stored.slice(after), isOver: async () => false },
    ...{ check: () => undefined, closed: () => new HermodError("HERMOD_CLOSED", "the system was closed") },
  });
  const read = () => (following.read() as readonly TaskEntry[]).map((entry) => following.take(entry));
  assert.equal(following.more(), true);
  assert.deepEqual(read(), [1]);
  const told: (TaskEntry | undefined)[] = [];
  const heed = () =>
    following.more({ told: (number, entry) => void told.push(following.told(number, entry)) });
  assert.equal(heed(), undefined);
  return { wait, following, told };
}

test("the part that comes next is the one that the wake told of", () => {
  const { wait, following, told } = waiting();
  wait.wake(2, part("b"));
  assert.deepEqual(told, [part("b")]);
  assert.equal(following.take(part("b")), 2);
});

test("a part before or behind the next one, and a wake that tells of none, are to be read", () => {
  for (const number of [1, 3, undefined]) {
    const { wait, told } = waiting();
    wait.wake(number, part("x"));
    assert.deepEqual(told, [undefined]);
  }
});
