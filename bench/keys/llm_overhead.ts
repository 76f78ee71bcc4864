import { callTimes } from "../laps.ts";
import { readThrough, readyModel } from "../llm.ts";
import type { Sample } from "../measure.ts";
import type { Key } from "./key.ts";

const WARM_UP = 5_000;
const prompt = { messages: [{ role: "user", content: "the tide" }] } as const;

async function bare(calls: number): Promise<Sample> {
  return inMs(await callTimes(calls, () => readThrough(readyModel.stream(prompt)), WARM_UP));
}

/** Calls of an LLM agent, and what they take beyond the bare model in the same process. */
async function measure(calls: number, conversation?: string): Promise<Sample> {
  const { llmAgent, start } = await import("hermod");
  const speaker = llmAgent("speaker", { instructions: "You speak of tides." });
  const system = await start({ agents: [speaker], model: readyModel });
  const terms = conversation === undefined ? {} : { conversation };
  const floor = await bare(calls);
  const ours = inMs(await callTimes(calls, () => system.call("speaker", "", "the tide", terms), WARM_UP));
  await system.close();
  return { ...ours, over: ours.value - floor.value };
}

const inMs = ({ value, p99 = NaN, perSecond = NaN }: Sample): Sample => ({
  value: value / 1000,
  p99: p99 / 1000,
  perSecond,
});

export const llmOverhead: Key = {
  name: "llm_overhead",
  about:
    "one call after the other of an LLM agent whose model answers at once, each in a conversation of its own; floor: the bare model's stream, read to its end",
  unit: "ms p50",
  better: "lower",
  sizes: [5_000, 50_000],
  floor: bare,
  ours: (calls) => measure(calls),
  variants: { one_conversation: (calls) => measure(calls, "talk") },
  target: { over: { atMost: 0.3 } },
};
