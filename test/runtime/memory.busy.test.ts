/** Agents that work side by side, and what becomes of messages that come while they do, over the memory store and over one at a distance. */
import { groups } from "./groups.ts";
import { distantMemory, inMemory } from "./stores.ts";

for (const suite of groups.busy) {
  suite("memory", inMemory);
  suite("distant memory", distantMemory);
}
