/**
 * Owner: the process that is killed. It opens the file, says "ready" when it has noted as much as it is to, and works until it dies; with
 * `drain` it sends nothing, works off what waits, says what is left, and ends.
 *   owner.ts '{"file":…,"name":…,"seed":…,"plant":…,"drain":…,"least":…}'   events go to file descriptor 3
 */
import { sqlite } from "hermod/sqlite";
import { begin, workOff } from "../workload/life.ts";
import { notesTo, type Note } from "../workload/lines.ts";
import { planted } from "./plants.ts";

/** What an owner is told. */
export interface Orders {
  readonly file: string;
  readonly name: string;
  readonly seed: number;
  readonly plant: string;
  readonly drain: boolean;
  /** The fewest events before it is ready. */
  readonly least: number;
}

/** Longest that what waits may take to be worked off, in milliseconds. */
const PATIENCE = 10_000;

async function main({ file, name, seed, plant, drain, least }: Orders): Promise<void> {
  const { note, noted } = counted(notesTo(3), least);
  const store = planted(plant, sqlite(file));
  const life = await begin({ store, note, seed, name });
  void noted.then(() => process.stdout.write("ready\n"));
  if (!drain) return life.send(() => false);
  await workOff(life, note, PATIENCE);
  await life.system.close();
}

/** Notes, and when there were so many of them. */
function counted(note: Note, least: number): { readonly note: Note; readonly noted: Promise<void> } {
  const { promise: noted, resolve } = Promise.withResolvers<void>();
  let count = 0;
  if (least === 0) resolve();
  return {
    noted,
    note: (said) => {
      note(said);
      if (++count === least) resolve();
    },
  };
}

await main(JSON.parse(process.argv[2] as string) as Orders);
