/** Test system: a system on a clock that a test moves, with seeded randomness, a spy, and messages that pass as JSON copies. */
import { checkOptions } from "../core/options.ts";
import { memory, start, type StartOptions, type System } from "../index.ts";
import { copies } from "./copies.ts";
import { testClock, type TestClock } from "./clock.ts";
import { seeded } from "./random.ts";
import { Spy } from "./spy.ts";

/** Options of `start`, and the seed of all randomness (default 1). The interval of `statistics` is off unless given: it is a timer. */
export interface TestOptions extends Omit<StartOptions, "clock" | "random" | "reports"> {
  readonly seed?: number;
}

/** A system under test with its clock and its spy. */
export interface TestSystem extends AsyncDisposable {
  readonly system: System;
  readonly clock: TestClock;
  readonly spy: Spy;
}

const names = [
  ...["agents", "pull", "store", "model", "overspend", "interceptors", "routes", "router"],
  ...["limits", "loops", "statistics", "seed"],
];

/** Starts a system for a test: `await using test = await testSystem({ agents: [critic] })`. */
export async function testSystem(options: TestOptions = {}): Promise<TestSystem> {
  checkOptions("testSystem", options, names);
  const { seed = 1, store = memory(), statistics = false, ...rest } = options;
  const clock = testClock();
  const spy = new Spy();
  const system = await start({
    ...rest,
    statistics,
    clock,
    random: seeded(seed),
    reports: spy.listen,
    store: copies(store),
  });
  return { system, clock, spy, [Symbol.asyncDispose]: () => closeAt(system, clock) };
}

/** Waiting for the last handlers takes time too, and only the test's clock has it. */
async function closeAt(system: System, clock: TestClock): Promise<void> {
  const closing = system.close({ timeout: 0 });
  await clock.advance(0);
  await closing;
}
