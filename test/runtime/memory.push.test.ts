/** The push side of the runtime over the memory store. */
import { testSystem } from "hermod/testing";
import { callSuite } from "./call.suite.ts";

const suites = [callSuite];

for (const suite of suites) suite("memory", testSystem);
