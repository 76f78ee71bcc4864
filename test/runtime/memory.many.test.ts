/** Many agents: routing, pools, those who leave them, and keyed agents, over the memory store and over one at a distance. */
import { groups } from "./groups.ts";
import { distantMemory, inMemory } from "./stores.ts";

for (const suite of groups.many) {
  suite("memory", inMemory);
  suite("distant memory", distantMemory);
}
