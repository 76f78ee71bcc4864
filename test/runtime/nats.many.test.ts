/** The runtime over NATS: the group "many". */
import { test } from "node:test";
import { long, onNats } from "./broker.ts";
import { groups } from "./groups.ts";

if (long === undefined) for (const suite of groups.many) suite("nats", onNats);
else test(`nats (SKIPPED: ${long})`, { skip: true });
