/** The runtime over NATS: the group "supervision". */
import { test } from "node:test";
import { missing, onNats } from "./broker.ts";
import { groups } from "./groups.ts";

if (missing === undefined) for (const suite of groups.supervision) suite("nats", onNats);
else test(`nats (SKIPPED: ${missing})`, { skip: true });
