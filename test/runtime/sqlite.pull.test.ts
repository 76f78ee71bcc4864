/** Pulling, repair, history and life, over the durable store. */
import { groups } from "./groups.ts";
import { onDisk } from "./stores.ts";

for (const suite of groups.pull) suite("sqlite", onDisk);
