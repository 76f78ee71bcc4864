/**
 * Client: a process with some of the workload's agents, whose store is a hub. It sends and works until it dies; with `drain` it sends nothing,
 * waits until all is worked off, says what is left, and ends.
 *   client.ts '{"url":…,"process":…,"name":…,"seed":…,"runs":[…],"drain":…}'   events go to file descriptor 3
 */
import { remote } from "hermod/remote";
import { begin, workOff } from "../workload/life.ts";
import { notesTo } from "../workload/lines.ts";

/** What a client is told. */
export interface Orders {
  readonly url: string;
  /** The same in all its lives. */
  readonly process: string;
  /** Unlike that of any other life. */
  readonly name: string;
  readonly seed: number;
  readonly runs: readonly string[];
  readonly drain: boolean;
}

/** Longest that what waits may take to be worked off, in milliseconds. */
const PATIENCE = 20_000;

async function main({ url, process: self, name, seed, runs, drain }: Orders): Promise<void> {
  const note = notesTo(3, self);
  const store = remote(url, { client: self, timeout: "20s" });
  const life = await begin({ store, note, seed, name, runs, lease: "1s" });
  process.stdout.write("ready\n");
  if (!drain) return life.send(() => false);
  process.once("SIGTERM", () => void life.system.close());
  if (self === "c0") {
    await workOff(life, note, PATIENCE);
    process.stdout.write("done\n");
  }
}

await main(JSON.parse(process.argv[2] as string) as Orders);
