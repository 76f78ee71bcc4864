import { echoing, withHub } from "../hubs.ts";
import { callTimes } from "../laps.ts";
import type { Sample } from "../measure.ts";
import type { Key } from "./key.ts";

const WARM_UP = 2_000;

const floor = (calls: number): Promise<Sample> =>
  withHub({ kind: "echo" }, async ({ url }) => {
    const ask = await echoing(url);
    return callTimes(calls, (message) => ask(JSON.stringify(message)), WARM_UP);
  });

const ours = (calls: number): Promise<Sample> =>
  withHub({ kind: "hub" }, async ({ url }) => {
    const { agent, start } = await import("hermod");
    const { remote } = await import("hermod/remote");
    const { Sink } = await import("../sink.ts");
    const on = { take: () => undefined, ask: (question: unknown) => question };
    const answers = await start({ store: remote(url), agents: [agent(Sink, { on })] });
    const asks = await start({ store: remote(url) });
    const sample = await callTimes(calls, (message) => asks.call(Sink, "ask", message), WARM_UP);
    await asks.close();
    await answers.close();
    return sample;
  });

export const hubCall: Key = {
  name: "hub_call",
  about:
    "one call after the other from one client of a hub to an agent of another, four ways over its sockets; floor: there and back on a bare WebSocket",
  unit: "µs p50",
  better: "lower",
  sizes: [5_000, 20_000],
  floor,
  ours,
  target: { value: { atMost: 400 } },
};
