/** The runtime over NATS: the group "busy". */
import { test } from "node:test";
import { missing, onNats } from "./broker.ts";
import { groups } from "./groups.ts";

if (missing === undefined) for (const suite of groups.busy) suite("nats", onNats);
else test(`nats (SKIPPED: ${missing})`, { skip: true });
