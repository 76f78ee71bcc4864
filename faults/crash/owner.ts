/**
 * Owner: the process that is killed. It opens the file, says "ready", and works until it dies; with `drain` it sends nothing,
 * works off what waits, says what is left, and ends.
 *   owner.ts '{"file":…,"name":…,"seed":…,"plant":…,"drain":…}'   events go to file descriptor 3
 */
import { sqlite } from "hermod/sqlite";
import { begin, workOff } from "../workload/life.ts";
import { notesTo } from "../workload/lines.ts";
import { planted } from "./plants.ts";

/** What an owner is told. */
export interface Orders {
  readonly file: string;
  readonly name: string;
  readonly seed: number;
  readonly plant: string;
  readonly drain: boolean;
}

/** Longest that what waits may take to be worked off, in milliseconds. */
const PATIENCE = 10_000;

async function main({ file, name, seed, plant, drain }: Orders): Promise<void> {
  const note = notesTo(3);
  const store = planted(plant, sqlite(file));
  const life = await begin({ store, note, seed, name });
  process.stdout.write("ready\n");
  if (!drain) return life.send(() => false);
  await workOff(life, note, PATIENCE);
  await life.system.close();
}

await main(JSON.parse(process.argv[2] as string) as Orders);
