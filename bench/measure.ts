import { setImmediate } from "node:timers/promises";

/** What one child measured: the value of its key, and further values by name (`p99`, `perSecond`). */
export interface Sample {
  value: number;
  [extra: string]: number;
}

export interface Spread {
  median: number;
  min: number;
  max: number;
}

export const median = (values: readonly number[]): number =>
  percentile(Float64Array.from(values).sort(), 0.5);

/** Of values already sorted; the mean of the two middle ones when the share falls between them. */
export function percentile(sorted: Float64Array, share: number): number {
  const at = share * (sorted.length - 1);
  return ((sorted[Math.floor(at)] ?? NaN) + (sorted[Math.ceil(at)] ?? NaN)) / 2;
}

export const spread = (values: readonly number[]): Spread => ({
  median: median(values),
  min: Math.min(...values),
  max: Math.max(...values),
});

export const mergeSamples = (samples: readonly Sample[]): Sample =>
  Object.fromEntries(
    Object.keys(samples[0] ?? {}).map((name) => [name, median(samples.map((sample) => sample[name] ?? NaN))]),
  ) as Sample;

/** Things per second while `work` runs, which does `count` of them. */
export async function rate(count: number, work: () => Promise<void>): Promise<Sample> {
  const start = performance.now();
  await work();
  return { value: (count * 1000) / (performance.now() - start) };
}

/** Bytes that each of `count` things keeps alive; `build` returns what holds them all. */
export async function bytesEach(count: number, build: () => object | Promise<object>): Promise<number> {
  const before = await heldBytes();
  const kept = [await build()];
  const after = await heldBytes();
  // A use after the measurement: without one the collector may take them before it.
  kept.pop();
  return (after - before) / count;
}

export async function heldBytes(): Promise<number> {
  if (globalThis.gc === undefined)
    throw new Error("Start Node with --expose-gc: memory is measured after a collection.");
  for (let round = 0; round < 3; round++) {
    globalThis.gc();
    // What a finalizer or a pending timer lets go of is free only in the next turn.
    await setImmediate();
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
