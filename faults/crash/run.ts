/**
 * Crash: the owner of a durable store is killed again and again; nothing confirmed may be lost, nothing acked come back.
 *   npm run crash -- [--kills N] [--seed N] [--json]
 * Ends with `N passed, N failed`, one for the kills and one for each planted fault, and with --json with one JSON object.
 */
import { existsSync, mkdtempSync, rmdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readOptions } from "../options.ts";
import { drawsOf, type Draw } from "../random.ts";
import { runEpisode, type Episode } from "./episode.ts";
import { plants } from "./plants.ts";
import { shows, summarise, type Done } from "./summary.ts";

/** Kills of one file; then its history is judged, and the file checked. */
const EPISODE = 50;
/** Kills of a store with a planted fault. */
const PLANTED = 1;
/** How often they are tried, and the events of each life: by work, not by time, since a busy machine gives it little. */
const TRIES = 8;
const BUSY = 1000;
/** Episodes at a time: an owner waits for its disk for much of its life. */
const LANES = 4;

interface Task {
  readonly name: string;
  readonly kills: number;
  readonly plant: string;
}

const { count, seed, json } = readOptions("kills", 200);
const began = performance.now();
/** Every other file is on the disk, with its slow syncs, and every other one in memory, where much more is done in a life. */
const places = existsSync("/dev/shm") ? [tmpdir(), "/dev/shm"] : [tmpdir()];
const works = places.map((place) => mkdtempSync(join(place, "hermod-crash-")));
const draw = drawsOf(seed);
const tasks: Task[] = Object.keys(plants).map((plant, at) => ({
  name: `planted-${at}`,
  kills: PLANTED,
  plant,
}));
for (let from = 0; from < count; from += EPISODE)
  tasks.push({ name: `from-${from}`, kills: Math.min(EPISODE, count - from), plant: "" });
const done: Done[] = [];
let begun = 0;
await Promise.all(Array.from({ length: LANES }, workOff));
const { lines, summary } = summarise(done, {
  seed,
  seconds: Math.round((performance.now() - began) / 100) / 10,
});
removeWork();
(json ? process.stderr : process.stdout).write(`${lines.join("\n")}\n`);
process.stdout.write(`${summary.passed} passed, ${summary.failed} failed\n`);
if (json) process.stdout.write(`${JSON.stringify(summary)}\n`);
process.exitCode = summary.failed === 0 ? 0 : 1;

async function workOff(): Promise<void> {
  for (let task = tasks.shift(); task !== undefined; task = tasks.shift()) {
    const folder = join(works[begun++ % works.length] as string, task.name);
    const own = drawsOf(draw(2 ** 31));
    const episode =
      task.plant === "" ? await runEpisode({ ...task, folder, draw: own }) : await find(task, folder, own);
    done.push({ plant: task.plant, episode, folder });
  }
}

/** A planted fault shows by chance: it has a few episodes to do so. Its evidence is not kept. */
async function find(task: Task, folder: string, own: Draw): Promise<Episode> {
  for (let left = TRIES; ; left--) {
    const episode = await runEpisode({ ...task, folder, draw: own, least: BUSY });
    rmSync(folder, { recursive: true, force: true });
    if (left === 1 || shows(task.plant, episode)) return episode;
  }
}

/** What an episode left behind is evidence. */
function removeWork(): void {
  for (const work of works)
    try {
      rmdirSync(work);
    } catch {
      process.stderr.write(`what was found lies in ${work}\n`);
    }
}
