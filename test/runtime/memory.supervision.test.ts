/** Supervision, health and breakers, over the memory store and over one at a distance. */
import { groups } from "./groups.ts";
import { distantMemory, inMemory } from "./stores.ts";

for (const suite of groups.supervision) {
  suite("memory", inMemory);
  suite("distant memory", distantMemory);
}
