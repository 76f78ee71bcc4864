/** Environment: what a store under trial is opened with; it remembers all it is told. */
import { createIds } from "../../core/id.ts";
import type { Report } from "../../core/report.ts";
import type { DeadLetter, StoreEnv } from "../../core/store.ts";
import { testClock, type TestClock } from "../clock.ts";
import { seeded } from "../random.ts";

/** What a store under trial was given to speak to. */
export interface Heard {
  readonly clock: TestClock;
  readonly died: readonly DeadLetter[];
  readonly reports: readonly Report[];
  readonly listen: (hear: (letter: DeadLetter) => void) => void;
}

/** An environment that remembers all it is told. */
export function createEnv(clock = testClock()): Heard & { readonly env: StoreEnv } {
  const [died, reports]: [DeadLetter[], Report[]] = [[], []];
  let told = (_: DeadLetter): void => undefined;
  const random = seeded(1);
  const env: StoreEnv = {
    clock,
    random,
    ids: createIds(random),
    reports: { active: true, emit: (report) => void reports.push(report) },
    died: (letter) => told((died.push(letter), letter)),
  };
  return { clock, died, reports, env, listen: (hear) => (told = hear) };
}
