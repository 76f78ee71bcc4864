import { withFile } from "../disk.ts";
import { keepInFlight, LOT, MESSAGES, rateWithDelay, STORED } from "../inflight.ts";
import { listed } from "../listed.ts";
import { rate, type Sample } from "../measure.ts";
import { RawQueue } from "../raw.ts";
import type { Key } from "./key.ts";

const floor = (stored: number): Promise<Sample> =>
  withFile(async (file) => {
    const queue = new RawQueue(file);
    queue.fill(stored);
    const sample = await rate(MESSAGES, async () => {
      for (let sent = 0; sent < MESSAGES; sent += LOT) queue.send(sent, sent + LOT);
    });
    queue.close();
    return sample;
  });

const ours = (stored: number): Promise<Sample> =>
  withFile(async (file) => {
    const { fill, openWarm, Shelf } = await import("../durable.ts");
    const system = await openWarm(file);
    await fill(system, stored);
    await listed(file);
    const begun = performance.now();
    const sample = await rateWithDelay(MESSAGES, () =>
      keepInFlight(0, MESSAGES, (message) => system.cast(Shelf, "take", message)),
    );
    await listed(file);
    const listed_rate = (MESSAGES * 1000) / (performance.now() - begun);
    await system.close();
    return { ...sample, listed_rate };
  });

export const durableEnqueue: Key = {
  name: "durable_enqueue",
  about:
    "sends to a file, 1000 in flight, each confirmed when it is synced, 5,000 stored before; floor: raw SQL, 100 rows a commit",
  unit: "messages/s",
  better: "higher",
  sizes: STORED,
  floor,
  ours,
  target: { value: { atLeast: 50_000 }, delay_p99: { atMost: 10 } },
  stretch: 100_000,
};
