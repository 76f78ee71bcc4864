import { withFile } from "../disk.ts";
import { cpuShare, PacedModel, readThrough } from "../llm.ts";
import type { Sample } from "../measure.ts";
import type { Key } from "./key.ts";

const SECONDS = 5;
/** Warmed up as fast as it goes, and a while at the pace. */
const warmUps = [new PacedModel(SECONDS, false), new PacedModel(1)];

const many = <T>(count: number, each: () => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, each));

/** CPU of the model's streams alone. */
async function bare(streams: number): Promise<Sample> {
  const read = (model: PacedModel) => many(streams, () => readThrough(model.stream()));
  for (const model of warmUps) await read(model);
  return { value: await cpuShare(() => read(new PacedModel(SECONDS))) };
}

/** The same streams as tasks of LLM agents, each with a reader; what they take beyond the bare model in the same process. */
async function measure(streams: number, file?: string): Promise<Sample> {
  const floor = await bare(streams);
  for (const model of warmUps) await agents(streams, model, file);
  const value = await agents(streams, new PacedModel(SECONDS), file);
  return { value, over: value - floor.value };
}

async function agents(streams: number, model: PacedModel, file: string | undefined): Promise<number> {
  const { llmAgent, start } = await import("hermod");
  const { sqlite } = await import("hermod/sqlite");
  const speaker = llmAgent("speaker", { instructions: "You speak of tides.", concurrency: streams });
  const system = await start({
    agents: [speaker],
    model,
    ...(file !== undefined && { store: sqlite(file) }),
  });
  const read = async () => {
    const task = await system.task("speaker", "", "the tide");
    let parts = 0;
    for await (const { value } of task.parts()) parts += (value as string).length > 0 ? 1 : 0;
    if (parts !== model.tokens) throw new Error(`${parts} parts of ${model.tokens}`);
  };
  const share = await cpuShare(() => many(streams, read));
  await system.close();
  return share;
}

export const llmStreams: Key = {
  name: "llm_streams",
  about:
    "streams of 100 tokens a second side by side through LLM agents as tasks, each with a reader; floor: the bare model's streams, read",
  unit: "% of a core",
  better: "lower",
  sizes: [100, 10],
  floor: bare,
  ours: (streams) => measure(streams),
  variants: { durable: (streams) => withFile((file) => measure(streams, file)) },
  target: { over: { atMost: 5 } },
};
