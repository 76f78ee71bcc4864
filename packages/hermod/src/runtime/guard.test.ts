import assert from "node:assert/strict";
import { test } from "node:test";
import type { Address } from "../core/address.ts";
import { toBreakerPolicy } from "../core/breaker.ts";
import { TestClock } from "../testing/clock.ts";
import { Spy } from "../testing/spy.ts";
import { Guard } from "./guard.ts";
import { Reports } from "./reports.ts";
import { Timers } from "./timers.ts";

const OPEN_FOR = 1000;

/** A guard with what it says. */
function make(): { clock: TestClock; guard: Guard; said: () => unknown[] } {
  const [clock, spy, reports] = [new TestClock(0), new Spy(), new Reports()];
  reports.add(spy.listen);
  const parts = { clock, timers: new Timers(clock), reports, changed: () => undefined };
  const policy = toBreakerPolicy({ least: 1, openFor: OPEN_FOR });
  const guard = new Guard("sick" as Address, policy, parts);
  return { clock, guard, said: () => spy.of("breaker.changed").map(({ state }) => state) };
}

test("a probe that begins and ends before the timer of the open time has fired says itself that the breaker is half-open, once", async () => {
  const { clock, guard, said } = make();
  clock.after(OPEN_FOR, () => guard.end(guard.begin(), "ok"));
  guard.end(guard.begin(), "failed");
  await clock.advance(2 * OPEN_FOR);
  assert.deepEqual(said(), ["open", "half-open", "closed"]);
});

test("what begins while the breaker is open leaves the timer of the open time as it is", async () => {
  const { clock, guard, said } = make();
  guard.end(guard.begin(), "failed");
  await clock.advance(OPEN_FOR / 2);
  guard.end(guard.begin(), "ok");
  await clock.advance(OPEN_FOR / 2);
  assert.deepEqual(said(), ["open", "half-open"]);
});
