/** Many agents over the memory store: routing, pools, those who leave them, and keyed agents. */
import { memory } from "hermod";
import { testSystem } from "hermod/testing";
import { later } from "./later.ts";
import { keyedSuite } from "./keyed.suite.ts";
import { leavingSuite } from "./leaving.suite.ts";
import { poolSuite } from "./pools.suite.ts";
import { routerSuite } from "./router.suite.ts";

for (const suite of [routerSuite, poolSuite, leavingSuite, keyedSuite]) {
  suite("memory", testSystem);
  suite("distant memory", (options) => testSystem({ store: later(memory()), ...options }));
}
