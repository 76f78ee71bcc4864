/**
 * `npm run scale -- [--only NAME[,NAME]] [--names N] [--json]`: what agents, messages, conversations, processes and partitions take of a NATS
 * cluster, each as the difference of many and few; the processor time of a message; how evenly names spread; and what follows for clusters.
 * With --json one JSON object is the last line of stdout, and all else goes to stderr. Needs nats-server, and /proc.
 */
import { parseArgs } from "node:util";
import { missing } from "../../faults/nats/broker.ts";
import { runFolder } from "../disk.ts";
import { partOf } from "../part.ts";
import type { Burden, roads } from "./burden.ts";
import { costs } from "./costs.ts";
import { evenness, hashing, seats } from "./names.ts";
import { figuresOf, plans } from "./clusters.ts";
import { slope, type Each, type Measured } from "./slope.ts";
import { spawned } from "./spawned.ts";
import { burdenText, costText, evennessText, planText, seatsText } from "./table.ts";

/** How often processes draw their names. */
const DRAWS = Math.ceil(partOf(25));

const { values: flags } = parseArgs({
  options: {
    only: { type: "string" },
    names: { type: "string", default: "10000000" },
    json: { type: "boolean", default: false },
  },
});
const names = Number(flags.names);
if (!Number.isInteger(names) || names < 1)
  refuse(`--names takes a whole number from 1 on, not "${flags.names}"`);
const all = [...costs.map(({ name }) => name), "burden", "names"];
const chosen = new Set(flags.only?.split(",") ?? all);
for (const name of chosen)
  if (!all.includes(name)) refuse(`nothing is named "${name}"; there are: ${all.join(", ")}`);
if (missing && !(chosen.size === 1 && chosen.has("names"))) refuse(missing);
// All measurements of a run share its folder, which goes with it.
runFolder();

const each = await measureCosts();
const burdens = chosen.has("burden") ? await measureBurdens() : undefined;
const spread = chosen.has("names") ? measureNames() : undefined;
const figures = burdens && figuresOf(each, burdens);
const planned = figures && plans(figures);
if (planned) tell("\nClusters, half of 4 cores of each broker, payloads of 200 bytes", planText(planned));
if (flags.json)
  process.stdout.write(
    `${JSON.stringify({ node: process.version, costs: each, burdens, ...spread, plans: planned })}\n`,
  );

async function measureCosts(): Promise<Readonly<Record<string, Each>>> {
  const found: Record<string, Each> = {};
  for (const { name, about, tells } of costs.filter((cost) => chosen.has(cost.name))) {
    const measured = await spawned<Measured>("one.ts", name);
    const each = (found[name] = slope(measured, tells));
    tell(name, costText(about, measured.sizes, each));
    if (name === "agent")
      tell(
        `  ${measured.sizes[1]} agents: ${measured.readings[1].consumers} consumer, ${measured.readings[1].streams} streams`,
      );
  }
  return found;
}

async function measureBurdens(): Promise<Readonly<Record<keyof typeof roads, Burden>>> {
  const of = (road: keyof typeof roads): Promise<Burden> => spawned<Burden>("burden.ts", road);
  const found = { raw: await of("raw"), ours: await of("ours"), replicated: await of("replicated") };
  tell(
    "\nOne partition, owned by a process beside the one that sends and handles; replicated: three brokers",
    burdenText(found),
  );
  return found;
}

function measureNames() {
  const even = evenness(names);
  tell(`\n${names} names of each shape`, evennessText(even));
  const seated = [3, 10, 30, 100].flatMap((n) =>
    [16, 64, 1024].map((partitions) => seats(n, partitions, DRAWS)),
  );
  tell(`\nPartitions over processes, means of ${DRAWS} draws`, seatsText(seated));
  const ratio = hashing(Math.min(names, 1_000_000));
  tell(`  a name's partition: ${ratio.toFixed(2)} × its look-up in a Map of 100,000`);
  return { evenness: even, seats: seated, hashing: ratio };
}

function tell(...lines: readonly string[]): void {
  (flags.json ? process.stderr : process.stdout).write(`${lines.join("\n")}\n`);
}

function refuse(why: string): never {
  process.stderr.write(`${why}\n`);
  process.exit(2);
}
