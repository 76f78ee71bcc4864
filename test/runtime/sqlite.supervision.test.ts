/** Supervision, health and breakers, over the durable store. */
import { groups } from "./groups.ts";
import { onDisk } from "./stores.ts";

for (const suite of groups.supervision) suite("sqlite", onDisk);
