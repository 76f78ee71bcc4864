/** The push side of the runtime over the memory store. */
import { memory } from "hermod";
import { testSystem } from "hermod/testing";
import { callSuite } from "./call.suite.ts";
import { capacitySuite } from "./capacity.suite.ts";
import { castSuite } from "./cast.suite.ts";
import { deadlineSuite } from "./deadline.suite.ts";
import { deliverySuite } from "./delivery.suite.ts";
import { exactlyOnceSuite } from "./exactlyonce.suite.ts";
import { failingSuite } from "./failing.suite.ts";
import { infoSuite } from "./info.suite.ts";
import { ledgerSuite } from "./ledger.suite.ts";
import { later } from "./later.ts";
import { lineageSuite } from "./lineage.suite.ts";
import { orderSuite } from "./order.suite.ts";
import { replySuite } from "./reply.suite.ts";
import { retrySuite } from "./retry.suite.ts";
import { stateSuite } from "./state.suite.ts";
import { typesSuite } from "./types.suite.ts";
import { validationSuite } from "./validation.suite.ts";

const suites = [
  callSuite,
  replySuite,
  deadlineSuite,
  castSuite,
  infoSuite,
  typesSuite,
  stateSuite,
  failingSuite,
  validationSuite,
  deliverySuite,
  exactlyOnceSuite,
  orderSuite,
  capacitySuite,
  retrySuite,
  lineageSuite,
];

ledgerSuite("memory", testSystem);

for (const suite of suites) {
  suite("memory", testSystem);
  suite("distant memory", (options) => testSystem({ store: later(memory()), ...options }));
}
