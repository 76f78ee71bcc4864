/** Summary: all episodes of a run as one result, and as lines for a reader. */
import { addCounts, lost, noCounts, type Counts } from "../history/verdict.ts";
import type { Episode } from "./episode.ts";

export interface Summary {
  readonly faults: number;
  /** How many of each kind. */
  readonly kinds: Readonly<Record<string, number>>;
  /** Confirmed sends, and confirmed ends of deliveries. */
  readonly acked: number;
  readonly handled: number;
  readonly lost: number;
  readonly duplicated_explained: number;
  readonly duplicated_unexplained: number;
  /** Longest time from when the brokers were whole again until a message to each agent was handled, in milliseconds. */
  readonly longest_unavailable_ms: number;
  /** Longest time from the end of a fault until the brokers were whole again, in milliseconds. */
  readonly longest_brokers_apart_ms: number;
  /** Processes that ended by themselves, and agents that stood still. */
  readonly broken: number;
  readonly classes: Counts;
  /** What was not tried, and why. */
  readonly skipped: readonly string[];
  readonly seed: number;
  readonly seconds: number;
  readonly passed: number;
  readonly failed: number;
}

export function summarise(
  episodes: readonly Episode[],
  run: Pick<Summary, "seed" | "seconds" | "skipped">,
): { readonly lines: readonly string[]; readonly summary: Summary } {
  const sum = (figure: (episode: Episode) => number): number =>
    episodes.reduce((total, episode) => total + figure(episode), 0);
  const classes = episodes.reduce((all, { verdict }) => addCounts(all, verdict.counts), noCounts());
  const struck = episodes.flatMap(({ faults }) => faults);
  const failed = episodes.filter(({ verdict, broken }) => verdict.faulty || broken.length > 0).length;
  const summary: Summary = {
    faults: struck.length,
    kinds: countEach(struck),
    acked: sum(({ acked }) => acked),
    handled: sum(({ handled }) => handled),
    lost: lost(classes),
    duplicated_explained: classes.DUPLICATE_EXPLAINED,
    duplicated_unexplained: classes.DUPLICATE_UNEXPLAINED,
    longest_unavailable_ms: Math.round(Math.max(0, ...episodes.map(({ away }) => away))),
    longest_brokers_apart_ms: Math.round(Math.max(0, ...episodes.map(({ apart }) => apart))),
    broken: sum(({ broken }) => broken.length),
    classes,
    ...run,
    passed: episodes.length - failed,
    failed,
  };
  return { lines: toLines(episodes, summary), summary };
}

function countEach(names: readonly string[]): Readonly<Record<string, number>> {
  const groups = [...Map.groupBy(names, (name) => name)].toSorted(([a], [b]) => a.localeCompare(b));
  return Object.fromEntries(groups.map(([name, all]) => [name, all.length]));
}

function toLines(episodes: readonly Episode[], summary: Summary): readonly string[] {
  const {
    faults,
    kinds,
    acked,
    handled,
    longest_unavailable_ms: longest,
    longest_brokers_apart_ms: apart,
    seconds,
    seed,
    skipped,
    classes,
  } = summary;
  const named = (counts: Readonly<Record<string, number>>): readonly string[] =>
    Object.entries(counts)
      .filter(([, count]) => count > 0)
      .map(([name, count]) => `  ${name.toLowerCase().replaceAll("_", " ")}: ${count}`);
  const bad = episodes.flatMap(({ folder, broken, verdict }) => [
    ...broken.map((what) => `  BROKEN ${folder}: ${what}`),
    ...verdict.findings.slice(0, 20).map((finding) => `  ${finding.class} ${folder}: ${finding.what}`),
  ]);
  return [
    `${faults} faults in ${seconds} s (seed ${seed}): ${acked} confirmed sends, ${handled} confirmed acks, away for at most ${longest} ms after a fault, when the brokers were whole again (within ${apart} ms)`,
    ...named(kinds),
    ...skipped.map((what) => `  not tried: ${what}`),
    "verdict:",
    ...named(classes),
    ...bad,
  ];
}
