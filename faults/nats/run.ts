/**
 * NATS faults: brokers and clients of a NATS store are killed, stopped and set apart; nothing confirmed may be lost, nothing acked come back.
 *   npm run nats-faults -- [--faults N] [--seed N] [--only single|cluster|hosts] [--plant NAME] [--json]
 * A third of the faults meet a single broker, a third a cluster of three, and a third three hosts with a broker and a client each, where the system allows
 * network namespaces. Ends with `N passed, N failed`, one for each episode, and with --json with one JSON object.
 */
import { mkdtempSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { plants } from "../crash/plants.ts";
import { readOptions } from "../options.ts";
import { drawsOf } from "../random.ts";
import { alone } from "./alone.ts";
import { missing } from "./broker.ts";
import { runEpisode, type Episode } from "./episode.ts";
import { mixes, type Mix } from "./nemesis.ts";
import { summarise } from "./summary.ts";

/** Faults of one folder; then its history is judged. */
const EPISODE = 20;

const { count, seed, json, words } = readOptions("faults", 40, { only: mixes, plant: Object.keys(plants) });
const hostless = alone.missing;
const { only = "" } = words;
if (missing !== false) refuse(`${missing}: install it, or leave this command alone`);
if (only === "hosts" && hostless !== false)
  refuse(`${hostless}: leave the faults of hosts to another machine`);
if (alone.isSo) alone.settle();
else if (hostless === false && ["", "hosts"].includes(only)) process.exit(await alone.again());
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));

const began = performance.now();
const draw = drawsOf(seed);
const work = mkdtempSync(join(tmpdir(), "hermod-nats-faults-"));
const episodes: Episode[] = [];
for (const [mix, faults] of shares())
  for (let from = 0; from < faults; from += EPISODE)
    episodes.push(
      await runEpisode({
        ...{ folder: join(work, `${mix}-${from}`), mix, draw, plant: words.plant ?? "" },
        faults: Math.min(EPISODE, faults - from),
      }),
    );
const seconds = Math.round((performance.now() - began) / 100) / 10;
const skipped = alone.isSo || words.only !== undefined ? [] : [`hosts: ${hostless}`];
const { lines, summary } = summarise(episodes, { seed, seconds, skipped });
// What an episode left behind is evidence.
if (summary.failed === 0) rmdirSync(work);
(json ? process.stderr : process.stdout).write(`${lines.join("\n")}\n`);
process.stdout.write(`${summary.passed} passed, ${summary.failed} failed\n`);
if (json) process.stdout.write(`${JSON.stringify(summary)}\n`);
process.exitCode = summary.failed === 0 ? 0 : 1;

function shares(): readonly (readonly [mix: Mix, faults: number])[] {
  if (words.only !== undefined) return [[words.only, count]];
  const all = mixes.filter((mix) => mix !== "hosts" || alone.isSo);
  return all.map((mix, at) => [mix, Math.floor((count + all.length - 1 - at) / all.length)]);
}

function refuse(why: string): never {
  process.stderr.write(`${why}\n`);
  process.exit(2);
}
