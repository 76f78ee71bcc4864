import { withBroker } from "../brokers.ts";
import { Tally } from "../flood.ts";
import { keepInFlight } from "../inflight.ts";
import { rate, type Sample } from "../measure.ts";
import { partOf } from "../part.ts";
import { rawRoad } from "../rawnats.ts";
import type { Key } from "./key.ts";

const MESSAGES = partOf(20_000);
const WARM_UP = partOf(5_000);

/** Raw nats.js: a stream, a consumer, an ack for each message. */
const floor = (): Promise<Sample> =>
  withBroker(async (url) => {
    const road = await rawRoad(url);
    await road.run(WARM_UP);
    const sample = await rate(MESSAGES, () => road.run(MESSAGES));
    await road.close();
    return sample;
  });

const ours = (agents: number): Promise<Sample> =>
  withBroker(async (url) => {
    const { agent, start } = await import("hermod");
    const { nats } = await import("hermod/nats");
    const { acknowledged } = await import("../durable.ts");
    const { sinkNamed } = await import("../sink.ts");
    const tally = new Tally();
    const sinks = Array.from({ length: agents }, (_, at) => sinkNamed(`sink-${at}`));
    const on = { take: async () => tally.add(), ask: async (question: unknown) => question };
    const store = nats({ servers: url });
    const system = await start({ agents: sinks.map((sink) => agent(sink, { on })), store });
    const run = async (from: number, to: number): Promise<void> => {
      tally.restart();
      await keepInFlight(from, to, (message, at) =>
        system.cast(sinks[at % agents] as (typeof sinks)[number], "take", message),
      );
      await tally.reached(to - from);
      await acknowledged(system, to);
    };
    await run(0, WARM_UP);
    const sample = await rate(MESSAGES, () => run(WARM_UP, WARM_UP + MESSAGES));
    await system.close();
    return sample;
  });

export const natsEndToEnd: Key = {
  name: "nats_end_to_end",
  about:
    "send, stored, async handler, ack stored, 1000 sends in flight, one process and one server, to so many agents; floor: raw nats.js: publish, consume, ack confirmed",
  unit: "messages/s",
  better: "higher",
  sizes: [1, 16],
  floor,
  ours,
  target: { ratio: { atLeast: 0.8 } },
};
