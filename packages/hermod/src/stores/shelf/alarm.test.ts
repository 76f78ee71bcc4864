import assert from "node:assert/strict";
import { test } from "node:test";
import { testClock } from "../../testing/clock.ts";
import { Alarm } from "./alarm.ts";

test("an alarm that looks at the clock notices that it was set forward, one that does not counts what passes", async () => {
  const clock = testClock();
  const rung: string[] = [];
  const ring = (owner: string): void => void rung.push(owner);
  const looks = new Alarm(clock, ring, false, 60_000);
  const counts = new Alarm(clock, ring);
  looks.set("looks", clock.now() + 3_600_000);
  counts.set("counts", clock.now() + 3_600_000);
  await clock.advance("1s");
  clock.jump(3_600_000);
  await clock.advance("58s");
  assert.deepEqual(rung, []);
  await clock.advance("1s");
  assert.deepEqual(rung, ["looks"]);
  await clock.advance("59m");
  assert.deepEqual(rung, ["looks", "counts"]);
  assert.equal(clock.waiting, 0);
});

test("a clock that is set back is waited for, and nothing rings twice", async () => {
  const clock = testClock();
  const rung: string[] = [];
  const alarm = new Alarm<string>(clock, (owner) => void rung.push(owner), false, 60_000);
  alarm.set("a", clock.now() + 1000);
  alarm.set("b", clock.now() + 90_000);
  await clock.advance("1s");
  clock.jump(-3_600_000);
  await clock.advance(3_600_000 + 88_999);
  assert.deepEqual(rung, ["a"]);
  await clock.advance(1);
  assert.deepEqual(rung, ["a", "b"]);
});
