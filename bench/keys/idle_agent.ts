import { bytesEach, type Sample } from "../measure.ts";
import { bareDirectory, definitionsAlone, ourSystem, spawnRange, type Spawner } from "../spawning.ts";
import type { Key } from "./key.ts";

const WARM_UP = 1_000;

async function measure(agents: number, { kept, spawn }: Spawner): Promise<Sample> {
  await spawnRange(0, WARM_UP, spawn);
  const value = await bytesEach(agents, async () => {
    await spawnRange(WARM_UP, WARM_UP + agents, spawn);
    return kept;
  });
  return { value };
}

export const idleAgent: Key = {
  name: "idle_agent",
  about: "heap of an agent that has nothing to do; floor: an object and its entry in a Map",
  unit: "bytes",
  better: "lower",
  sizes: [100_000, 1_000_000],
  floor: (agents) => measure(agents, bareDirectory()),
  ours: async (agents) => measure(agents, await ourSystem()),
  variants: { definition_alone: async (agents) => measure(agents, await definitionsAlone()) },
  target: { value: { atMost: 1_000 } },
  stretch: 600,
};
