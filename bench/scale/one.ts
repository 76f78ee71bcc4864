/** One cost, in a process of its own: `node --expose-gc bench/scale/one.ts COST`; the last line it prints is its two readings as JSON. */
import { join } from "node:path";
import { Cluster } from "../../faults/nats/cluster.ts";
import { withFolder } from "../disk.ts";
import { partOf } from "../part.ts";
import { costNamed } from "./costs.ts";
import { Ground } from "./ground.ts";
import { read } from "./reading.ts";
import type { Measured } from "./slope.ts";

const cost = costNamed(process.argv[2] ?? "");
if (cost === undefined) throw new Error(`no cost ${process.argv[2]}`);
const { sizes, tells, open } = cost;
const isWatched = tells.includes("renewals");

// With its end its brokers end.
process.once("SIGTERM", () => process.exit(1));
const measured = await withFolder(async (folder): Promise<Measured> => {
  const cluster = await Cluster.open(join(folder, "brokers"), 1);
  try {
    await using ground = await Ground.open(cluster, join(folder, "copies"));
    const fill = await open(ground);
    const [few, many] = sizes.map((size) => Math.max(1, Math.ceil(partOf(size)))) as [number, number];
    await fill(0, few);
    const first = await read(ground, isWatched);
    await fill(few, many);
    return { sizes: [few, many], readings: [first, await read(ground, isWatched)] };
  } finally {
    await cluster.close();
  }
});
process.stdout.write(`${JSON.stringify(measured)}\n`);
// A signal of the broker's process may keep timers.
process.exit(0);
