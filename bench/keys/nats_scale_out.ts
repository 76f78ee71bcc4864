import { setTimeout } from "node:timers/promises";
import { rawAnswerer, SETTLED, withBroker, worker } from "../brokers.ts";
import { keepInFlight } from "../inflight.ts";
import { rate, type Sample } from "../measure.ts";
import { partOf } from "../part.ts";
import type { Payload } from "../payload.ts";
import { RAW } from "../rawnats.ts";
import type { Key } from "./key.ts";

const MESSAGES = partOf(2_000);
const WARM_UP = partOf(500);
/** Agents of each process: all processes have the same ones. */
const AGENTS = 32;
/**
 * Milliseconds of the processor for each message: what one process does in a second is bounded by that. A call between processes takes about 1.5 ms of
 * all processors itself; where those are two, half a millisecond of work measures that, and not what another process adds.
 */
const WORK = 5;

/** A call outlives the move of a partition. */
const durable = { timeout: "60s", delivery: "at-least-once" } as const;

const by = (processes: number): Promise<Sample> =>
  withBroker(async (url) => {
    const { start } = await import("hermod");
    const { nats } = await import("hermod/nats");
    const { sinkNamed } = await import("../sink.ts");
    const names = Array.from({ length: AGENTS }, (_, at) => `sink-${at}`);
    const sinks = names.map(sinkNamed);
    const workers = await Promise.all(
      Array.from({ length: processes }, () => worker({ url, agents: names, work: WORK })),
    );
    const system = await start({ store: nats({ servers: url }) });
    const run = (count: number): Promise<void> =>
      keepInFlight(0, count, (message, at) =>
        system.call(sinks[at % AGENTS] as (typeof sinks)[number], "ask", message, durable),
      );
    await run(WARM_UP);
    await setTimeout(SETTLED);
    await run(WARM_UP);
    const sample = await rate(MESSAGES, () => run(MESSAGES));
    await system.close();
    for (const each of workers) await each.end();
    return sample;
  });

/** Raw nats.js: requests that so many processes answer in turn; what is lost is nobody's. */
const raw = (processes: number): Promise<Sample> =>
  withBroker(async (url) => {
    const { connect } = await import("@nats-io/transport-node");
    const workers = await Promise.all(Array.from({ length: processes }, () => rawAnswerer(url, WORK)));
    const asks = await connect({ servers: url });
    const ask = (message: Payload) => asks.request(RAW, JSON.stringify(message), { timeout: 60_000 });
    const run = (count: number): Promise<void> => keepInFlight(0, count, ask);
    await run(WARM_UP);
    const sample = await rate(MESSAGES, () => run(MESSAGES));
    await asks.close();
    for (const each of workers) await each.end();
    return sample;
  });

export const natsScaleOut: Key = {
  name: "nats_scale_out",
  about: `calls answered by so many processes that serve the same ${AGENTS} agents, ${WORK} ms of work each, one server; floor: the same by one process; raw: requests and replies of nats.js`,
  unit: "calls/s",
  better: "higher",
  sizes: [2, 3],
  floor: () => by(1),
  ours: by,
  variants: { "raw nats.js": raw, "raw, by one": () => raw(1) },
  target: { ratio: { atLeast: 1.5 } },
};
