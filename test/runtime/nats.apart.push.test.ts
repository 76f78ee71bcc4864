/** The runtime over NATS with several partitions: the group "push"; in `npm test` only what sends from one partition to another. */
import { test } from "node:test";
import { onApart } from "./apart.ts";
import { long, missing } from "./broker.ts";
import { castSuite } from "./cast.suite.ts";
import { exactlyOnceSuite } from "./exactlyonce.suite.ts";
import { groups } from "./groups.ts";
import { replySuite } from "./reply.suite.ts";

const suites = long === undefined ? groups.push : [castSuite, exactlyOnceSuite, replySuite];

if (missing === undefined) for (const suite of suites) suite("nats apart", onApart);
else test(`nats apart (SKIPPED: ${missing})`, { skip: true });
