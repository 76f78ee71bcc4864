/** Pulling, repair, history and life, over the memory store and over one at a distance. */
import { groups } from "./groups.ts";
import { distantMemory, inMemory } from "./stores.ts";

for (const suite of groups.pull) {
  suite("memory", inMemory);
  suite("distant memory", distantMemory);
}
