import { withFile } from "../disk.ts";
import { Tally } from "../flood.ts";
import { keepInFlight, LOT, MESSAGES, rateWithDelay, STORED } from "../inflight.ts";
import { rate, type Sample } from "../measure.ts";
import { RawQueue } from "../raw.ts";
import type { Key } from "./key.ts";

const floor = (stored: number): Promise<Sample> =>
  withFile(async (file) => {
    const queue = new RawQueue(file);
    queue.fill(stored);
    const handler = async (_message: unknown) => {};
    const sample = await rate(MESSAGES, async () => {
      for (let sent = 0; sent < MESSAGES; sent += LOT) {
        queue.send(sent, sent + LOT);
        const claimed = queue.claim();
        for (const { body } of claimed) await handler(JSON.parse(body));
        queue.remove(claimed);
      }
    });
    queue.close();
    return sample;
  });

const ours = (stored: number): Promise<Sample> =>
  withFile(async (file) => {
    const { acknowledged, fill, openWarm, sinkAgent } = await import("../durable.ts");
    const { Sink } = await import("../sink.ts");
    const tally = new Tally();
    const system = await openWarm(file, { agents: [sinkAgent(async () => tally.add())] });
    await fill(system, stored);
    const sample = await rateWithDelay(MESSAGES, async () => {
      await keepInFlight(0, MESSAGES, (message) => system.cast(Sink, "take", message));
      await tally.reached(MESSAGES);
      await acknowledged(system, MESSAGES);
    });
    await system.close();
    return sample;
  });

export const durableEndToEnd: Key = {
  name: "durable_end_to_end",
  about:
    "send, commit, async handler, ack committed, 1000 sends in flight; floor: raw SQL that inserts 100, claims 100, deletes 100, three commits",
  unit: "messages/s",
  better: "higher",
  sizes: STORED,
  floor,
  ours,
  target: { value: { atLeast: 35_000 } },
  stretch: 60_000,
};
