/**
 * A start over a file in a process of its own: `node bench/restarting.ts FILE AGENTS`. Prints how many ms it took from `start` to the
 * first delivery, and the memory when everything has calmed down, as JSON; then it waits to be killed.
 */
import { setTimeout } from "node:timers/promises";
import { agent, start } from "hermod";
import { sqlite } from "hermod/sqlite";
import { agentName } from "./past.ts";
import { sinkNamed } from "./sink.ts";

const MIB = 2 ** 20;
/** Until mailboxes have read from the file what they keep in memory. */
const CALM_MS = 1_000;

const [file = "", count = ""] = process.argv.slice(2);
const { promise: first, resolve: deliver } = Promise.withResolvers<number>();
// No handler ends, so that nothing is taken out of the file.
const take = async () => {
  deliver(performance.now());
  await new Promise(() => {});
};
const agents = Array.from({ length: Number(count) }, (_, at) =>
  agent(sinkNamed(agentName(at)), { on: { take, ask: async () => undefined } }),
);
const begun = performance.now();
await start({ agents, store: sqlite(file) });
const value = (await first) - begun;
await setTimeout(CALM_MS);
const rss = process.memoryUsage.rss() / MIB;
const peak = process.resourceUsage().maxRSS / 1024;
process.stdout.write(`${JSON.stringify({ value, rss_mb: rss, peak_mb: peak })}\n`);
// A process without anything left to do would end by itself, and in order.
setInterval(() => undefined, 60_000);
