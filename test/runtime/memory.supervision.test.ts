/** Supervision, health and breakers over the memory store. */
import { memory } from "hermod";
import { testSystem } from "hermod/testing";
import { later } from "./later.ts";
import { breakerSuite } from "./breaker.suite.ts";
import { healthSuite } from "./health.suite.ts";
import { restartSuite } from "./restart.suite.ts";
import { supervisorSuite } from "./supervisor.suite.ts";

for (const suite of [supervisorSuite, restartSuite, healthSuite, breakerSuite]) {
  suite("memory", testSystem);
  suite("distant memory", (options) => testSystem({ store: later(memory()), ...options }));
}
