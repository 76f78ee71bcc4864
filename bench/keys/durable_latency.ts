import { withFile } from "../disk.ts";
import { STORED } from "../inflight.ts";
import { callTimes } from "../laps.ts";
import { listed } from "../listed.ts";
import type { Sample } from "../measure.ts";
import { partOf } from "../part.ts";
import { RawQueue } from "../raw.ts";
import type { Key } from "./key.ts";

const SENDS = partOf(1_500);
const WARM_UP = partOf(500);

const floor = (stored: number): Promise<Sample> =>
  withFile(async (file) => {
    const queue = new RawQueue(file);
    queue.fill(stored);
    const sample = await callTimes(SENDS, async ({ id }) => queue.send(id, id + 1), WARM_UP);
    queue.close();
    return sample;
  });

const ours = (stored: number): Promise<Sample> =>
  withFile(async (file) => {
    const { fill, openWarm, Shelf } = await import("../durable.ts");
    const system = await openWarm(file);
    await fill(system, stored);
    await listed(file);
    const sample = await callTimes(SENDS, (message) => system.cast(Shelf, "take", message), WARM_UP);
    await system.close();
    return sample;
  });

export const durableLatency: Key = {
  name: "durable_latency",
  about:
    "one send after the other on an idle system, each confirmed when it is synced; floor: raw SQL, one row a commit",
  unit: "µs p50",
  better: "lower",
  sizes: STORED,
  floor,
  ours,
  target: { value: { atMost: 1_200 }, p99: { atMost: 4_000 } },
};
