/** Leaving: a process that owns the one partition of a namespace, and ends in order, the process with it, when its input ends: `leaving.test.kit.ts URL`. */
import { systemClock } from "../core/clock.ts";
import { Bench } from "../testing/store/bench.ts";
import { createEnv } from "../testing/store/env.ts";
import { nats } from "./nats.ts";

const { env, ...heard } = createEnv();
const open = nats({ servers: process.argv[2] as string, partitions: 1 });
const store = await open({ ...env, clock: systemClock });
await new Bench(store, heard, async () => undefined).announce();
process.stdout.write("open\n");
for await (const _ of process.stdin);
await store.close();
