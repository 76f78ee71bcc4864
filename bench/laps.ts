/** Calls one after the other, each timed. One clock reading a call: the end of one is the start of the next. */
import { percentile, type Sample } from "./measure.ts";
import { payload, type Payload } from "./payload.ts";

export const WARM_UP = 50_000;

export type Ask = (message: Payload) => PromiseLike<unknown>;

export async function callTimes(calls: number, ask: Ask, warmUp = WARM_UP): Promise<Sample> {
  await lap(warmUp, ask);
  return sampleOf(await lap(calls, ask));
}

async function lap(calls: number, ask: Ask): Promise<Float64Array> {
  const times = new Float64Array(calls);
  let last = performance.now();
  for (let index = 0; index < calls; index++) {
    await ask(payload(index));
    const now = performance.now();
    times[index] = now - last;
    last = now;
  }
  return times;
}

/** From milliseconds a call: µs for the value, which is the median, and for p99. */
export function sampleOf(times: Float64Array): Sample {
  const total = times.reduce((sum, time) => sum + time, 0);
  const sorted = times.toSorted();
  return {
    value: percentile(sorted, 0.5) * 1000,
    p99: percentile(sorted, 0.99) * 1000,
    perSecond: (times.length * 1000) / total,
  };
}
