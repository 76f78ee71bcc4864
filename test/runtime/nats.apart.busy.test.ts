/** The runtime over NATS with several partitions: the group "busy". */
import { test } from "node:test";
import { onApart } from "./apart.ts";
import { long } from "./broker.ts";
import { groups } from "./groups.ts";

if (long === undefined) for (const suite of groups.busy) suite("nats apart", onApart);
else test(`nats apart (SKIPPED: ${long})`, { skip: true });
