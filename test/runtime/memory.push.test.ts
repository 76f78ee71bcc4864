/** Sending, calling, handling and failing, over the memory store and over one at a distance. */
import { testSystem } from "hermod/testing";
import { ledgerSuite } from "./ledger.suite.ts";
import { groups } from "./groups.ts";
import { distantMemory, inMemory } from "./stores.ts";

ledgerSuite("memory", testSystem);

for (const suite of groups.push) {
  suite("memory", inMemory);
  suite("distant memory", distantMemory);
}
