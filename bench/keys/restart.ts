import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { lineThenKill } from "../killed.ts";
import type { Sample } from "../measure.ts";
import { AGENTS, PAST, pastFile } from "../past.ts";
import type { Key, Measurement } from "./key.ts";

const RESTARTING = fileURLToPath(new URL("../restarting.ts", import.meta.url));
const TIME_LIMIT_MS = 120_000;
const MIB = 2 ** 20;

async function floor(messages: number): Promise<Sample> {
  const file = await pastFile(messages);
  const begun = performance.now();
  const db = new DatabaseSync(file, { readOnly: true });
  db.prepare("SELECT body FROM message ORDER BY seq LIMIT 1").get();
  const value = performance.now() - begun;
  db.close();
  return { value, rss_mb: process.memoryUsage.rss() / MIB };
}

/** Starts the first ones of the agents for which messages wait. */
const starting =
  (agents: number): Measurement =>
  async (messages) => {
    const args = [await pastFile(messages), String(agents)];
    return JSON.parse(await lineThenKill(RESTARTING, args, TIME_LIMIT_MS)) as Sample;
  };

export const restart: Key = {
  name: "restart",
  about:
    "from start to the first delivery over a killed owner's file in which 1,000,000 messages wait for 100 agents, and the memory of the process; floor: SQLite opens the file and reads one row",
  unit: "ms",
  better: "lower",
  sizes: PAST,
  prepare: pastFile,
  floor,
  ours: starting(AGENTS),
  // The mailboxes of the others are not read into memory.
  variants: { one_agent: starting(1) },
  target: { value: { atMost: 1_000 }, rss_mb: { atMost: 200 } },
};
