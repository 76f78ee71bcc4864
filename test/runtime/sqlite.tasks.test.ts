/** Long work: tasks, streams, cancellation, loops, links and budgets, over the durable store. */
import { sqlite } from "hermod/sqlite";
import { blackboardAgainSuite } from "./blackboard.suite.ts";
import { groups } from "./groups.ts";
import { putOffSuite } from "./limits.suite.ts";
import { askedAgainSuite } from "./people.suite.ts";
import { reopeningSuite } from "./reopening.suite.ts";
import { newFile, onDisk } from "./stores.ts";

reopeningSuite("sqlite", () => sqlite(newFile(), { thread: false, durability: "fast" }));
askedAgainSuite("sqlite", () => sqlite(newFile(), { thread: false, durability: "fast" }));
putOffSuite("sqlite", () => sqlite(newFile(), { thread: false, durability: "fast" }));
blackboardAgainSuite("sqlite", () => sqlite(newFile(), { thread: false, durability: "fast" }));

for (const suite of groups.tasks) suite("sqlite", onDisk);
