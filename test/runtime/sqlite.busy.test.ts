/** Agents that work side by side, and what becomes of messages that come while they do, over the durable store. */
import { groups } from "./groups.ts";
import { onDisk } from "./stores.ts";

for (const suite of groups.busy) suite("sqlite", onDisk);
