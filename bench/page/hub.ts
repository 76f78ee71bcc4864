/** The hub's process of the page's benchmarks, with the agents in it, or without them where its own cost is asked for: `hub.ts [--alone] [file]`. */
import { Hub } from "@hermod/hub";
import { memory } from "hermod";
import { sqlite } from "hermod/sqlite";
import { obey } from "./sender.ts";

const args = process.argv.slice(2);
const file = args.find((each) => !each.startsWith("-"));
const kept = { count: 250_000, bytes: 2 ** 30 };
const store = file === undefined ? memory({ history: kept }) : sqlite(file);
const hub = await Hub.open({ store, port: 0 });
if (args.includes("--alone")) process.on("message", () => process.send?.(process.cpuUsage()));
else await obey(hub.url);
process.send?.(hub.url);
