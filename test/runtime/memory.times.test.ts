/** What is sent for later, and again and again, over the memory store and over one at a distance. */
import { groups } from "./groups.ts";
import { distantMemory, inMemory } from "./stores.ts";

for (const suite of groups.times) {
  suite("memory", inMemory);
  suite("distant memory", distantMemory);
}
