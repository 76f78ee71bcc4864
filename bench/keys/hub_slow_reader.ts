import { withHub } from "../hubs.ts";
import { callTimes } from "../laps.ts";
import type { Sample } from "../measure.ts";
import type { Key } from "./key.ts";

const WARM_UP = 1_000;
/** How often something is published to those who listen, in milliseconds, and how much of it. */
const EVERY = 5;
const TEXT = "x".repeat(10_000);

/** p99 of the calls of others, while one client listens to a busy topic: reading, or not. */
const measured = (calls: number, isSlow: boolean): Promise<Sample> =>
  withHub({ kind: "hub" }, async ({ url }) => {
    const { agent, start } = await import("hermod");
    const { remote } = await import("hermod/remote");
    const { Sink } = await import("../sink.ts");
    const { Listener } = await import("../listener.ts");
    const on = { take: () => undefined, ask: (question: unknown) => question };
    const answers = await start({ store: remote(url), agents: [agent(Sink, { on })] });
    const asks = await start({ store: remote(url) });
    const listener = new Listener(url);
    await listener.ready();
    if (isSlow) listener.freeze();
    const feed = setInterval(() => void asks.publish("bench.news", TEXT), EVERY);
    const sample = await callTimes(calls, (message) => asks.call(Sink, "ask", message), WARM_UP);
    clearInterval(feed);
    listener.end();
    await asks.close();
    await answers.close();
    return { ...sample, value: sample["p99"] ?? NaN };
  });

export const hubSlowReader: Key = {
  name: "hub_slow_reader",
  about:
    "p99 of calls over a hub while a client that listens to a busy topic is frozen; floor: the same, and it reads",
  unit: "µs p99",
  better: "lower",
  sizes: [5_000, 20_000],
  floor: (calls) => measured(calls, false),
  ours: (calls) => measured(calls, true),
  target: { ratio: { atMost: 2 } },
};
