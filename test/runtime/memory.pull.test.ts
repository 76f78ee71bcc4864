/** The suites of pulling, repair and life over the memory store, and over one at a distance. */
import { memory } from "hermod";
import { testSystem } from "hermod/testing";
import { closingSuite } from "./closing.suite.ts";
import { deadLetterSuite } from "./deadletters.suite.ts";
import { historySuite } from "./history.suite.ts";
import { interceptorSuite } from "./interceptors.suite.ts";
import { later } from "./later.ts";
import { leaseSuite } from "./lease.suite.ts";
import { lifecycleSuite } from "./lifecycle.suite.ts";
import { receiveSuite } from "./receive.suite.ts";
import { reportSuite } from "./reports.suite.ts";
import type { On } from "./stage.ts";
import { settlingSuite } from "./settling.suite.ts";
import { statisticsSuite } from "./statistics.suite.ts";

const systems: Readonly<Record<string, On>> = {
  memory: testSystem,
  "distant memory": (options = {}) => testSystem({ store: later(memory()), ...options }),
};
const suites = [
  ...[receiveSuite, settlingSuite, deadLetterSuite, historySuite, statisticsSuite],
  ...[interceptorSuite, reportSuite, leaseSuite, lifecycleSuite, closingSuite],
];

for (const [name, on] of Object.entries(systems)) for (const suite of suites) suite(name, on);
