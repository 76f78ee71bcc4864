/** The runtime over NATS with several partitions: the group "times". */
import { test } from "node:test";
import { onApart } from "./apart.ts";
import { long } from "./broker.ts";
import { groups } from "./groups.ts";

if (long === undefined) for (const suite of groups.times) suite("nats apart", onApart);
else test(`nats apart (SKIPPED: ${long})`, { skip: true });
