/** Agents that work side by side, and what becomes of messages that come while they do, over the memory store. */
import { memory } from "hermod";
import { testSystem } from "hermod/testing";
import { conversationSuite } from "./conversation.suite.ts";
import { inHandSuite } from "./inhand.suite.ts";
import { interruptSuite } from "./interrupt.suite.ts";
import { later } from "./later.ts";
import { loadSuite } from "./load.suite.ts";
import { rejectSuite } from "./reject.suite.ts";
import { steerSuite } from "./steer.suite.ts";

const suites = [conversationSuite, rejectSuite, interruptSuite, steerSuite, inHandSuite, loadSuite];

for (const suite of suites) {
  suite("memory", testSystem);
  suite("distant memory", (options) => testSystem({ store: later(memory()), ...options }));
}
