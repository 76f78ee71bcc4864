import { rate, type Sample } from "../measure.ts";
import { partOf } from "../part.ts";
import { bareDirectory, ourSystem, spawnRange, type Spawner } from "../spawning.ts";
import type { Key } from "./key.ts";

const WARM_UP = partOf(5_000);

async function measure(size: number, { spawn }: Spawner): Promise<Sample> {
  const agents = partOf(size);
  await spawnRange(0, WARM_UP, spawn);
  return rate(agents, () => spawnRange(WARM_UP, WARM_UP + agents, spawn));
}

export const spawn: Key = {
  name: "spawn",
  about: "agents spawned one after the other, each with a contract of its own; floor: an object and Map.set",
  unit: "agents/s",
  better: "higher",
  sizes: [20_000, 200_000],
  floor: (agents) => measure(agents, bareDirectory()),
  ours: async (agents) => measure(agents, await ourSystem()),
  target: { value: { atLeast: 400_000 } },
};
