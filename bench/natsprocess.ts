/** NATS process: serves agents over a broker in a process of its own, until its input ends: `node bench/natsprocess.ts '{"url":…}'`. */
import { agent, start } from "hermod";
import { nats } from "hermod/nats";
import type { Orders } from "./brokers.ts";
import { hold } from "./hold.ts";
import { sinkNamed } from "./sink.ts";

const { url, agents, work, terms = {} } = JSON.parse(process.argv[2] as string) as Orders;

const on = {
  take: () => hold(work),
  ask: (question: unknown) => (hold(work), question),
};
const system = await start({
  agents: agents.map((name) => agent(sinkNamed(name), { on, concurrency: 16 })),
  store: nats({ servers: url, ...terms }),
});
process.stdout.write("there\n");
for await (const _ of process.stdin);
await system.close();
