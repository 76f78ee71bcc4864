/** Sending, calling, handling and failing, over the durable store. */
import { groups } from "./groups.ts";
import { onDisk } from "./stores.ts";

for (const suite of groups.push) suite("sqlite", onDisk);
