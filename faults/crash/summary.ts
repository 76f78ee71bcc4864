/** Summary: all episodes of a run as one result, and as lines for a reader. */
import { addCounts, lost, noCounts, type Counts } from "../history/verdict.ts";
import type { Episode } from "./episode.ts";
import { plants } from "./plants.ts";

/** An episode that was run. */
export interface Done {
  /** The planted fault; "" for none. */
  readonly plant: string;
  readonly episode: Episode;
  readonly folder: string;
}

export interface Summary {
  readonly kills: number;
  /** Confirmed sends, and confirmed acks. */
  readonly confirmed: number;
  readonly acked: number;
  /** Tasks that have ended, and those of them that were cancelled. */
  readonly tasks: number;
  readonly cancelled: number;
  readonly lost: number;
  readonly duplicated_explained: number;
  readonly duplicated_unexplained: number;
  /** Files that were not sound, and owners that ended by themselves or never began. */
  readonly broken: number;
  readonly classes: Counts;
  /** Of each planted fault: was it found? */
  readonly selfcheck: Readonly<Record<string, boolean>>;
  readonly seed: number;
  readonly seconds: number;
  readonly passed: number;
  readonly failed: number;
}

export function summarise(
  done: readonly Done[],
  run: { readonly seed: number; readonly seconds: number },
): { readonly lines: readonly string[]; readonly summary: Summary } {
  const plain = done.filter(({ plant }) => plant === "");
  const selfcheck = Object.fromEntries(Object.keys(plants).map((plant) => [plant, isFound(plant, done)]));
  const isClean =
    plain.length > 0 && plain.every(({ episode }) => !episode.verdict.faulty && episode.broken.length === 0);
  const passes = [isClean, ...Object.values(selfcheck)];
  const passed = passes.filter(Boolean).length;
  const summary = { ...figures(plain), selfcheck, ...run, passed, failed: passes.length - passed };
  return { lines: toLines(plain, summary), summary };
}

function figures(plain: readonly Done[]) {
  const episodes = plain.map(({ episode }) => episode);
  const sum = (figure: (episode: Episode) => number): number =>
    episodes.reduce((total, episode) => total + figure(episode), 0);
  const classes = episodes.reduce((all, { verdict }) => addCounts(all, verdict.counts), noCounts());
  return {
    kills: sum(({ kills }) => kills),
    confirmed: sum(({ confirmed }) => confirmed),
    acked: sum(({ acked }) => acked),
    tasks: sum(({ tasks }) => tasks),
    cancelled: sum(({ cancelled }) => cancelled),
    lost: lost(classes),
    duplicated_explained: classes.DUPLICATE_EXPLAINED,
    duplicated_unexplained: classes.DUPLICATE_UNEXPLAINED,
    broken: sum(({ broken }) => broken.length),
    classes,
  };
}

/** A planted fault is found when each episode with it shows it. */
function isFound(plant: string, done: readonly Done[]): boolean {
  const episodes = done.filter((one) => one.plant === plant);
  return episodes.length > 0 && episodes.every(({ episode }) => shows(plant, episode));
}

/** An episode shows a planted fault by one of its classes. */
export function shows(plant: string, { verdict }: Episode): boolean {
  return (plants[plant]?.finds ?? []).some((name) => verdict.counts[name] > 0);
}

function toLines(plain: readonly Done[], summary: Omit<Summary, "passed" | "failed">): readonly string[] {
  const { kills, confirmed, acked, tasks, cancelled, seconds, seed, classes, selfcheck } = summary;
  const counts = Object.entries(classes).filter(([, count]) => count > 0);
  const found = Object.entries(selfcheck).map(
    ([plant, isSeen]) => `  ${isSeen ? "found " : "MISSED"}  ${plant}`,
  );
  const bad = plain.flatMap(({ episode, folder }) => [
    ...episode.broken.map((what) => `  BROKEN ${folder}: ${what}`),
    ...episode.verdict.findings.map((finding) => `  ${finding.class} ${folder}: ${finding.what}`),
  ]);
  return [
    `${kills} kills in ${seconds} s (seed ${seed}): ${confirmed} confirmed sends, ${acked} confirmed acks, ${tasks} tasks, ${cancelled} of them cancelled`,
    ...counts.map(([name, count]) => `  ${name.toLowerCase().replaceAll("_", " ")}: ${count}`),
    ...bad.slice(0, 40),
    "planted faults:",
    ...found,
  ];
}
