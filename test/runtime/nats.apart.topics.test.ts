/** The runtime over NATS with several partitions: the group "topics". */
import { test } from "node:test";
import { onApart } from "./apart.ts";
import { long } from "./broker.ts";
import { groups } from "./groups.ts";

if (long === undefined) for (const suite of groups.topics) suite("nats apart", onApart);
else test(`nats apart (SKIPPED: ${long})`, { skip: true });
