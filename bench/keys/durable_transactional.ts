import { withFile } from "../disk.ts";
import { Tally } from "../flood.ts";
import { keepInFlight, STORED } from "../inflight.ts";
import { rate, type Sample } from "../measure.ts";
import { partOf } from "../part.ts";
import { RawQueue } from "../raw.ts";
import type { Key } from "./key.ts";

const DELIVERIES = partOf(20_000);

const floor = (stored: number): Promise<Sample> =>
  withFile(async (file) => {
    const queue = new RawQueue(file);
    queue.fill(stored);
    queue.send(0, DELIVERIES);
    let count = 0;
    const handle = (output: unknown) => ({ state: { count: ++count }, output });
    const sample = await rate(DELIVERIES, async () => {
      while (queue.process(handle) > 0);
    });
    queue.close();
    if (count !== DELIVERIES) throw new Error(`${count} messages handled, ${DELIVERIES} sent`);
    return sample;
  });

const ours = (stored: number): Promise<Sample> =>
  withFile(async (file) => {
    const { acknowledged, countingAgent, fill, openWarm } = await import("../durable.ts");
    const { Sink } = await import("../sink.ts");
    const { promise: may, resolve: go } = Promise.withResolvers<void>();
    const tally = new Tally();
    const agents = [countingAgent(may, () => tally.add())];
    const system = await openWarm(file, { agents });
    await fill(system, stored);
    await keepInFlight(0, DELIVERIES, (message) =>
      system.cast(Sink, "take", message, { delivery: "exactly-once" }),
    );
    const sample = await rate(DELIVERIES, async () => {
      go();
      await tally.reached(DELIVERIES);
      await acknowledged(system, DELIVERIES);
    });
    await system.close();
    return sample;
  });

export const durableTransactional: Key = {
  name: "durable_transactional",
  about:
    "20,000 waiting exactly-once messages through a handler: inbox, state, one output and the ack in one step; floor: the same rows by raw SQL, 100 messages a commit",
  unit: "messages/s",
  better: "higher",
  sizes: STORED,
  floor,
  ours,
  target: { value: { atLeast: 15_000 } },
};
