/**
 * Checks what three hosts hear of one another, set apart in each way, and see of each other's files: by the test beside it, in a network of its own.
 *   hosts.kit.ts FOLDER
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { Program } from "../program.ts";
import { alone } from "./alone.ts";
import type { Broker } from "./broker.ts";
import { Hosts } from "./hosts.ts";
import type { Apart } from "./network.ts";

const all = ["0>1", "0>2", "1>0", "1>2", "2>0", "2>1"];
/** Who is heard by whom when host 0 is set apart. */
const expected: Readonly<Partial<Record<Apart, readonly string[]>>> = {
  silent: ["1>2", "2>1"],
  deaf: ["0>1", "0>2", "1>2", "2>1"],
  mute: ["1>0", "1>2", "2>0", "2>1"],
  aside: ["0>2", "1>2", "2>0", "2>1"],
};
/** How often those may still be heard who should not be, when all others have been, and the milliseconds between. */
const [ROUNDS, PAUSE] = [20, 10];

const folder = process.argv[2] as string;
alone.settle();
const hosts = await Hosts.open(folder, 3);
const places = [0, 1, 2] as const;
const words = new Set<string>();
const speakers = await Promise.all(places.map(speaker));
const nodes = places.map((at) => ({ host: hosts.host(at) }) as Broker);
await hosts.lay(nodes);

await hears("before", all);
for (const [how, heard] of Object.entries(expected)) {
  hosts.part(nodes[0] as Broker, how as Apart);
  await hears(how, heard);
  hosts.join();
  await hears(`after-${how}`, all);
}
assert.deepEqual([...words].filter((word) => word.startsWith("sees ")).toSorted(), [
  "sees 0",
  "sees 1",
  "sees 2",
]);
for (const one of speakers) await one.kill("SIGKILL");
await hosts.close();

/** Says by datagrams what it is told, and writes what it hears. */
async function speaker(at: number): Promise<Program> {
  const { address, folder: own, command } = hosts.host(at);
  const script = join(import.meta.dirname, "speaker.kit.ts");
  const program = Program.script(script, { address, own, name: `${at}` }, undefined, command);
  program.hear((word) => words.add(word));
  await program.said("ready");
  return program;
}

/** Each says to each other one who it is, again and again; those and nobody else are heard. */
async function hears(how: string, wanted: readonly string[]): Promise<void> {
  const heard = (): readonly string[] => all.filter((pair) => words.has(`${how}:${pair}`));
  for (let left = ROUNDS; left > 0; left -= wanted.every((pair) => heard().includes(pair)) ? 1 : 0) {
    for (const from of places)
      for (const to of places)
        if (from !== to) speakers[from]?.tell(`${hosts.host(to).address} ${how}:${from}>${to}`);
    await pause(PAUSE);
  }
  assert.deepEqual(heard(), wanted, how);
}
