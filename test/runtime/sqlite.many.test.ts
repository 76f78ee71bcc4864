/** Many agents: routing, pools, those who leave them, and keyed agents, over the durable store. */
import { groups } from "./groups.ts";
import { onDisk } from "./stores.ts";

for (const suite of groups.many) suite("sqlite", onDisk);
