import { withFile } from "../disk.ts";
import { callTimes } from "../laps.ts";
import type { Sample } from "../measure.ts";
import type { Payload } from "../payload.ts";
import { BareMailbox } from "../ring.ts";
import type { Key } from "./key.ts";

interface Job {
  message: Payload;
  resolve: (result: unknown) => void;
}

const WARM_UP = 5_000;
/** Each is synced to the disk twice, one after the other. */
const DURABLE = 1_500;

function floor(tasks: number): Promise<Sample> {
  const jobs = new BareMailbox<Job>(async ({ message, resolve }) => resolve(message));
  return callTimes(
    tasks,
    (message) => {
      const { promise, resolve } = Promise.withResolvers<unknown>();
      jobs.push({ message, resolve });
      return promise;
    },
    WARM_UP,
  );
}

async function ours(tasks: number): Promise<Sample> {
  const { openSink, Sink } = await import("../sink.ts");
  const system = await openSink(async () => {});
  const run = async (message: Payload) => (await system.task(Sink, "ask", message)).result();
  const sample = await callTimes(tasks, run, WARM_UP);
  await system.close();
  return sample;
}

const durable = (): Promise<Sample> =>
  withFile(async (file) => {
    const { openWarm, sinkAgent } = await import("../durable.ts");
    const { Sink } = await import("../sink.ts");
    const system = await openWarm(file, { agents: [sinkAgent(async () => {})] });
    const run = async (message: Payload) => (await system.task(Sink, "ask", message)).result();
    const sample = await callTimes(DURABLE, run, DURABLE / 3);
    await system.close();
    return sample;
  });

export const task: Key = {
  name: "task",
  about:
    "one task after the other, from its start to its result by the handle; floor: a ring buffer and a promise",
  unit: "µs p50",
  better: "lower",
  sizes: [20_000, 200_000],
  floor,
  ours,
  variants: { durable },
  target: { value: { atMost: 40 } },
};
