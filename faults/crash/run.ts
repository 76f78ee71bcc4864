/**
 * Crash: the owner of a durable store is killed again and again; nothing confirmed may be lost, nothing acked come back.
 *   npm run crash -- [--kills N] [--seed N] [--json]
 * Ends with `N passed, N failed`, one for the kills and one for each planted fault, and with --json with one JSON object.
 */
import { mkdtempSync, rmdirSync, rmSync } from "node:fs";
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
const PLANTED = 4;
/** How often they are tried, and how long they work at least. */
const TRIES = 4;
const BUSY = 60;
/** Episodes at a time: an owner waits for its disk for much of its life. */
const LANES = 3;

interface Task {
  readonly name: string;
  readonly kills: number;
  readonly plant: string;
}

const { count, seed, json } = readOptions("kills", 200);
const began = performance.now();
const work = mkdtempSync(join(tmpdir(), "hermod-crash-"));
const draw = drawsOf(seed);
const tasks: Task[] = Object.keys(plants).map((plant, at) => ({
  name: `planted-${at}`,
  kills: PLANTED,
  plant,
}));
for (let begun = 0; begun < count; begun += EPISODE)
  tasks.push({ name: `from-${begun}`, kills: Math.min(EPISODE, count - begun), plant: "" });
const done: Done[] = [];
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
    const folder = join(work, task.name);
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
  try {
    rmdirSync(work);
  } catch {
    process.stderr.write(`what was found lies in ${work}\n`);
  }
}
