import { percentile, type Sample } from "../measure.ts";
import type { Key } from "./key.ts";

/** Sends that are measured one after the other, and those before. */
const MORE = 20_000;
const HOUR = 3_600_000;

/** Some time within an hour, spread over it. */
const timeAt = (index: number) => HOUR + ((index * 7_919) % HOUR);

/** µs for one more, at the median and for 99 of 100. */
async function oneMore(from: number, add: (index: number) => unknown): Promise<Sample> {
  const times = new Float64Array(MORE);
  for (let index = 0; index < MORE; index++) {
    const start = performance.now();
    await add(from + index);
    times[index] = performance.now() - start;
  }
  const sorted = times.toSorted();
  return { value: percentile(sorted, 0.5) * 1000, p99: percentile(sorted, 0.99) * 1000 };
}

/** A binary heap of times, each with its message. */
class BareHeap {
  readonly #items: { at: number; message: unknown }[] = [];

  push(at: number, message: unknown): void {
    const items = this.#items;
    let place = items.push({ at, message }) - 1;
    while (place > 0) {
      const above = (place - 1) >> 1;
      if ((items[above]?.at ?? 0) <= at) break;
      [items[above], items[place]] = [items[place] as never, items[above] as never];
      place = above;
    }
  }
}

function floor(waiting: number): Promise<Sample> {
  const heap = new BareHeap();
  const add = (index: number) => heap.push(timeAt(index), { index });
  for (let index = 0; index < waiting; index++) add(index);
  return oneMore(waiting, add);
}

async function ours(waiting: number): Promise<Sample> {
  const { openPull, Sink } = await import("../sink.ts");
  const system = await openPull();
  const add = (index: number) => system.cast(Sink, "take", { index }, { delay: timeAt(index) });
  for (let index = 0; index < waiting; index++) await add(index);
  const sample = await oneMore(waiting, add);
  await system.close();
  return sample;
}

export const timers: Key = {
  name: "timers",
  about: "one more message for later where so many wait for their times; floor: a push into a binary heap",
  unit: "µs p50",
  better: "lower",
  sizes: [1_000_000, 100_000],
  floor,
  ours,
  target: { value: { atMost: 5 } },
};
