import { callTimes } from "../laps.ts";
import type { Sample } from "../measure.ts";
import type { Payload } from "../payload.ts";
import { BareMailbox } from "../ring.ts";
import type { Key } from "./key.ts";

interface Question {
  message: Payload;
  resolve: (answer: unknown) => void;
}

const mailbox = () => new BareMailbox<Question>(async ({ message, resolve }) => resolve(message));

function floor(calls: number): Promise<Sample> {
  const questions = mailbox();
  return callTimes(calls, (message) => {
    const { promise, resolve } = Promise.withResolvers<unknown>();
    questions.push({ message, resolve });
    return promise;
  });
}

/** What a timeout costs when each call has a timer of its own. */
function floorTimer(calls: number): Promise<Sample> {
  const questions = mailbox();
  return callTimes(calls, async (message) => {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const timer = setTimeout(reject, 30_000);
    questions.push({ message, resolve });
    await promise;
    clearTimeout(timer);
  });
}

async function ours(calls: number): Promise<Sample> {
  const { openSink, Sink } = await import("../sink.ts");
  const system = await openSink(async () => {});
  const sample = await callTimes(calls, (message) => system.call(Sink, "ask", message, { timeout: "30s" }));
  await system.close();
  return sample;
}

export const call: Key = {
  name: "call",
  about:
    "one call after the other, each with a timeout; floor: a ring buffer and a promise, without a timeout",
  unit: "µs p50",
  better: "lower",
  sizes: [200_000, 2_000_000],
  floor,
  ours,
  variants: { floor_timer: floorTimer },
  // The ratio is the target over the floor it was set against, 0.32 µs.
  target: {
    value: { atMost: 1.3 },
    ratio: { atMost: 4.1 },
    p99: { atMost: 5 },
    perSecond: { atLeast: 600_000 },
  },
  stretch: 1,
};
