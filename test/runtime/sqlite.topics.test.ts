/** Topics and subscriptions, over the durable store. */
import { groups } from "./groups.ts";
import { onDisk } from "./stores.ts";

for (const suite of groups.topics) suite("sqlite", onDisk);
