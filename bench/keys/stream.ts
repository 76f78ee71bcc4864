import { withFile } from "../disk.ts";
import { rate, type Sample } from "../measure.ts";
import type { Key } from "./key.ts";

const WARM_UP = 20_000;
/** A part as a model streams it: a few letters. */
const partAt = (index: number) => `part ${index % 1000} `;

async function* produce(parts: number) {
  for (let index = 0; index < parts; index++) yield partAt(index);
}

async function floor(parts: number): Promise<Sample> {
  let seen = 0;
  const read = async (count: number) => {
    for await (const part of produce(count)) seen += part.length;
  };
  await read(WARM_UP);
  const sample = await rate(parts, () => read(parts));
  if (seen === 0) throw new Error("nothing was read");
  return sample;
}

/** From the generator to a reader that keeps up. */
async function measure(parts: number, file?: string): Promise<Sample> {
  const { agent, start } = await import("hermod");
  const { sqlite } = await import("hermod/sqlite");
  const speaker = agent("speaker", {
    on: {
      task: async function* (count) {
        yield* produce(count as number);
      },
    },
  });
  const system = await start({ agents: [speaker], ...(file !== undefined && { store: sqlite(file) }) });
  const read = async (count: number) => {
    const task = await system.task("speaker", "", count);
    let seen = 0;
    for await (const { value } of task.parts()) seen += (value as string).length > 0 ? 1 : 0;
    if (seen !== count) throw new Error(`${seen} of ${count} parts were read`);
  };
  await read(WARM_UP);
  const sample = await rate(parts, () => read(parts));
  await system.close();
  return sample;
}

export const stream: Key = {
  name: "stream",
  about:
    "parts of one task a second, from its generator through the store to a reader; floor: a generator that is read directly",
  unit: "parts/s",
  better: "higher",
  sizes: [50_000, 5_000],
  floor,
  ours: (parts) => measure(parts),
  variants: { durable: (parts) => withFile((file) => measure(parts, file)) },
  target: { value: { atLeast: 200_000 } },
};
