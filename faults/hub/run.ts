/**
 * Hub: a hub over a file and its clients are killed again and again; nothing confirmed may be lost, nothing acked come back.
 *   npm run chaos -- [--kills N] [--seed N] [--json]
 * Ends with `N passed, N failed`, one for each episode, and with --json with one JSON object.
 */
import { mkdtempSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { addCounts, lost, noCounts } from "../history/verdict.ts";
import { readOptions } from "../options.ts";
import { drawsOf } from "../random.ts";
import { runEpisode, type Episode } from "./episode.ts";

/** Kills of one file; then its history is judged. */
const EPISODE = 25;

const { count, seed, json } = readOptions("kills", 50);
const began = performance.now();
const draw = drawsOf(seed);
const work = mkdtempSync(join(tmpdir(), "hermod-chaos-"));
const episodes: Episode[] = [];
for (let from = 0; from < count; from += EPISODE)
  episodes.push(await runEpisode(join(work, `from-${from}`), Math.min(EPISODE, count - from), draw));

const classes = episodes.reduce((all, { verdict }) => addCounts(all, verdict.counts), noCounts());
const sum = (figure: (episode: Episode) => number): number =>
  episodes.reduce((total, episode) => total + figure(episode), 0);
const failed = episodes.filter(({ verdict, broken }) => verdict.faulty || broken.length > 0).length;
const summary = {
  kills: sum(({ kills }) => kills.hub + kills.clients),
  hub: sum(({ kills }) => kills.hub),
  clients: sum(({ kills }) => kills.clients),
  confirmed: sum(({ confirmed }) => confirmed),
  acked: sum(({ acked }) => acked),
  lost: lost(classes),
  duplicated_explained: classes.DUPLICATE_EXPLAINED,
  duplicated_unexplained: classes.DUPLICATE_UNEXPLAINED,
  classes,
  seed,
  seconds: Math.round((performance.now() - began) / 100) / 10,
  passed: episodes.length - failed,
  failed,
};
const out = json ? process.stderr : process.stdout;
out.write(
  `${summary.hub} kills of the hub and ${summary.clients} of clients in ${summary.seconds} s (seed ${seed}): `,
);
out.write(`${summary.confirmed} confirmed sends, ${summary.acked} confirmed acks\n`);
for (const [name, found] of Object.entries(classes))
  if (found > 0) out.write(`  ${name.toLowerCase().replaceAll("_", " ")}: ${found}\n`);
for (const { broken, verdict } of episodes) {
  for (const what of broken) out.write(`  BROKEN ${work}: ${what}\n`);
  for (const finding of verdict.findings.slice(0, 20))
    out.write(`  ${finding.class} ${work}: ${finding.what}\n`);
}
// What an episode left behind is evidence.
if (failed === 0) rmdirSync(work);
process.stdout.write(`${summary.passed} passed, ${summary.failed} failed\n`);
if (json) process.stdout.write(`${JSON.stringify(summary)}\n`);
process.exitCode = failed === 0 ? 0 : 1;
