/** What is sent for later, and again and again, over the durable store. */
import { groups } from "./groups.ts";
import { onDisk } from "./stores.ts";

for (const suite of groups.times) suite("sqlite", onDisk);
