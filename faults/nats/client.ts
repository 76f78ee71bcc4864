/**
 * Client: one of several processes that run the same agents over a NATS store. It says "ready" when it serves them, and does what it is
 * told by lines: "send"; "probe AT", which it answers by "asked NAME" for each message that must come to its end, and "probed AT";
 * "rest", by "resting" when nothing of it is under way; "work off", by "done" when nothing waits; "close". It says "over NAME" of
 * probes that have ended with it.
 *   client.ts '{"place":…,"process":…,"name":…,"seed":…,"plant":…}'   events go to file descriptor 3
 */
import { createInterface } from "node:readline";
import { planted } from "../crash/plants.ts";
import { nameOf } from "../history/trail.ts";
import { begin, workOff, type Life } from "../workload/life.ts";
import { notesTo, type Note, type Said } from "../workload/lines.ts";
import { noteExpired } from "../workload/watch.ts";
import { LEASE } from "./nemesis.ts";
import { storeAt, type Place } from "./store.ts";

/** What a client is told at its birth. */
export interface Orders {
  readonly place: Place;
  /** The same in all its lives. */
  readonly process: string;
  /** Unlike that of any other life. */
  readonly name: string;
  readonly seed: number;
  /** The fault that its store has; "" for none. */
  readonly plant: string;
}

/** Longest that what waits may take to be worked off, in milliseconds. */
const PATIENCE = 30_000;
/** Longest rest between two bursts, in milliseconds: what waits behind others would be no sign of a store that is stuck. */
const REST = 500;

type Act = (at: string) => unknown;

async function main({ place, process: self, name, seed, plant }: Orders): Promise<void> {
  const note = overheard(notesTo(3, self));
  const store = planted(plant, storeAt(place));
  const life = await begin({ store, note, seed, name, lease: LEASE, rest: REST });
  noteExpired(life.system, note);
  say("ready");
  const told = createInterface({ input: process.stdin });
  const acts = actsOf(life, note, () => told.close());
  for await (const line of told) {
    const [word = "", at = ""] = line.split(" ", 2);
    void acts[word]?.(at);
  }
}

function actsOf(life: Life, note: Note, over: () => void): Readonly<Record<string, Act>> {
  let isOver = false;
  let sending = Promise.resolve();
  return {
    send: () => (sending = life.send(() => isOver)),
    probe: async (at) => {
      for (const name of await life.sendToAll(at)) say(`asked ${name}`);
      say(`probed ${at}`);
    },
    rest: async () => {
      isOver = true;
      await sending;
      say("resting");
    },
    work: async () => {
      await workOff(life, note, PATIENCE);
      say("done");
    },
    close: async () => {
      isOver = true;
      await life.system.close();
      over();
    },
  };
}

function say(word: string): void {
  process.stdout.write(`${word}\n`);
}

/** Says of each end of a probe that it was noted. */
function overheard(note: Note): Note {
  return (said) => {
    note(said);
    const name = endOf(said);
    if (name?.includes("-probe") === true) say(`over ${name}`);
  };
}

function endOf(said: Said): string | undefined {
  if (said.kind === "told") return nameOf(said.id, "desk");
  const isEnd = (said.kind === "acked" || said.kind === "dead-lettered") && said.phase === "ok";
  return isEnd ? nameOf(said.id, said.mailbox) : undefined;
}

await main(JSON.parse(process.argv[2] as string) as Orders);
