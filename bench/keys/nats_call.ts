import { setTimeout } from "node:timers/promises";
import { rawAnswerer, SETTLED, withBroker, worker } from "../brokers.ts";
import { callTimes } from "../laps.ts";
import type { Sample } from "../measure.ts";
import { partOf } from "../part.ts";
import type { Payload } from "../payload.ts";
import { RAW } from "../rawnats.ts";
import type { Key } from "./key.ts";

/** Until the code of both ends is compiled. */
const WARM_UP = partOf(10_000);

/** Raw nats.js: a request, and its reply from another process. */
const floor = (calls: number): Promise<Sample> =>
  withBroker(async (url) => {
    const { connect } = await import("@nats-io/transport-node");
    const answers = await rawAnswerer(url);
    const asks = await connect({ servers: url });
    const ask = async (message: Payload): Promise<unknown> =>
      (await asks.request(RAW, JSON.stringify(message))).json();
    const sample = await callTimes(calls, ask, WARM_UP);
    await asks.close();
    await answers.end();
    return sample;
  });

const ours = (calls: number, direct = true): Promise<Sample> =>
  withBroker(async (url) => {
    const { start } = await import("hermod");
    const { nats } = await import("hermod/nats");
    const { Sink } = await import("../sink.ts");
    const answers = await worker({ url, agents: [Sink.name], work: 0, terms: { direct } });
    const system = await start({ store: nats({ servers: url, direct }) });
    await setTimeout(SETTLED);
    const sample = await callTimes(calls, (message) => system.call(Sink, "ask", message), WARM_UP);
    await system.close();
    await answers.end();
    return sample;
  });

export const natsCall: Key = {
  name: "nats_call",
  about:
    "one call after the other from one process to an agent of another, over one server; floor: raw nats.js request and reply between two processes",
  unit: "µs p50",
  better: "lower",
  sizes: [2_000, 10_000],
  floor,
  ours: (calls) => ours(calls),
  // As between machines.
  variants: { "over the server": (calls) => ours(calls, false) },
  target: { ratio: { atMost: 1.3 } },
};
