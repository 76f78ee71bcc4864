/** Long work: tasks, streams, cancellation, loops, links and budgets, over the memory store and over one at a distance. */
import { memory } from "hermod";
import { blackboardAgainSuite } from "./blackboard.suite.ts";
import { groups } from "./groups.ts";
import { askedAgainSuite } from "./people.suite.ts";
import { reopeningSuite } from "./reopening.suite.ts";
import { distantMemory, inMemory, kept } from "./stores.ts";
import { endlessSuite } from "./streams.suite.ts";

endlessSuite("memory", inMemory);
reopeningSuite("memory", () => kept(memory()));
askedAgainSuite("memory", () => kept(memory()));
blackboardAgainSuite("memory", () => kept(memory()));

for (const suite of groups.tasks) {
  suite("memory", inMemory);
  suite("distant memory", distantMemory);
}
