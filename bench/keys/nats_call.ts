import { setTimeout } from "node:timers/promises";
import { SETTLED, withBroker, worker } from "../brokers.ts";
import { callTimes } from "../laps.ts";
import type { Sample } from "../measure.ts";
import { partOf } from "../part.ts";
import type { Key } from "./key.ts";

const WARM_UP = partOf(1_000);

/** Raw nats.js: a request, and its reply from another connection. */
const floor = (calls: number): Promise<Sample> =>
  withBroker(async (url) => {
    const { connect } = await import("@nats-io/transport-node");
    const [asks, answers] = [await connect({ servers: url }), await connect({ servers: url })];
    answers.subscribe("raw", { callback: (_, message) => void message.respond(message.data) });
    await answers.flush();
    const sample = await callTimes(
      calls,
      async (message) => (await asks.request("raw", JSON.stringify(message))).json(),
      WARM_UP,
    );
    await asks.close();
    await answers.close();
    return sample;
  });

const ours = (calls: number): Promise<Sample> =>
  withBroker(async (url) => {
    const { start } = await import("hermod");
    const { nats } = await import("hermod/nats");
    const { Sink } = await import("../sink.ts");
    const answers = await worker({ url, agents: [Sink.name], work: 0 });
    const system = await start({ store: nats({ servers: url }) });
    await setTimeout(SETTLED);
    const sample = await callTimes(calls, (message) => system.call(Sink, "ask", message), WARM_UP);
    await system.close();
    await answers.end();
    return sample;
  });

export const natsCall: Key = {
  name: "nats_call",
  about:
    "one call after the other from one process to an agent of another, over one server; floor: raw nats.js request and reply over two connections",
  unit: "µs p50",
  better: "lower",
  sizes: [2_000, 10_000],
  floor,
  ours,
  target: { ratio: { atMost: 1.3 } },
};
