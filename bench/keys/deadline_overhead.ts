import { callTimes } from "../laps.ts";
import type { Sample } from "../measure.ts";
import type { Payload } from "../payload.ts";
import type { Key } from "./key.ts";

const WARM_UP = 30_000;

/** Calls one after the other out of one handler, whose own message has a deadline or none. */
async function measure(calls: number, hasDeadline: boolean): Promise<Sample> {
  const { agent, start } = await import("hermod");
  const { sinkAgent } = await import("../durable.ts");
  const { Sink } = await import("../sink.ts");
  const done = Promise.withResolvers<Sample>();
  const caller = agent("caller", {
    on: {
      notification: async (_, ctx) => {
        const ask = (message: Payload) => ctx.call(Sink, "ask", message, { timeout: "30s" });
        await callTimes(calls, ask, WARM_UP).then(done.resolve, done.reject);
      },
    },
  });
  const system = await start({ agents: [caller, sinkAgent(async () => {})] });
  await system.cast("caller", "", undefined, hasDeadline ? { timeout: "1h" } : {});
  const sample = await done.promise;
  await system.close();
  return sample;
}

export const deadlineOverhead: Key = {
  name: "deadline_overhead",
  about:
    "one call after the other out of a handler that has a deadline, which each call inherits; floor: the same out of one that has none",
  unit: "µs p50",
  better: "lower",
  sizes: [200_000, 2_000_000],
  floor: (calls) => measure(calls, false),
  ours: (calls) => measure(calls, true),
  target: { ratio: { atMost: 1.1 } },
};
