/** The runtime over NATS: the group "tasks". */
import { test } from "node:test";
import { missing, onNats } from "./broker.ts";
import { groups } from "./groups.ts";

if (missing === undefined) for (const suite of groups.tasks) suite("nats", onNats);
else test(`nats (SKIPPED: ${missing})`, { skip: true });
