/**
 * Episode: clients at work over brokers, a plan of faults, a message to each agent after each of them, a last run that works off what is
 * left, and once more after all have been killed; and the verdict over all.
 */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Verdict } from "../history/verdict.ts";
import { Crew, type CrewOptions } from "./crew.ts";
import { judge } from "./judge.ts";
import { plan, type Fault } from "./nemesis.ts";

export interface EpisodeOptions extends CrewOptions {
  readonly faults: number;
}

export interface Episode {
  readonly folder: string;
  readonly faults: readonly Fault["type"][];
  readonly verdict: Verdict;
  /** Confirmed sends, and confirmed ends of deliveries. */
  readonly acked: number;
  readonly handled: number;
  /** As the crew has them. */
  readonly away: number;
  readonly apart: number;
  /** What is wrong with a process, or with all: no history can be judged by that. */
  readonly broken: readonly string[];
}

/** Its folder is removed when nothing was found, and gets the history when something was. */
export async function runEpisode(options: EpisodeOptions): Promise<Episode> {
  const { folder, mix, faults, draw } = options;
  mkdirSync(folder, { recursive: true });
  const periods = plan(draw, mix, faults);
  const crew = await Crew.of(options);
  const { broken } = crew;
  const tried = (act: () => Promise<void>): Promise<void> =>
    act().catch((error: unknown) => void broken.push(String(error)));
  await tried(async () => {
    await crew.begin();
    for (const period of periods) await crew.live(period);
    await crew.workOff();
  });
  await tried(() => crew.beginAgain());
  await crew.end();
  const history = crew.history();
  const verdict = judge(history);
  if (!verdict.faulty && broken.length === 0) rmSync(folder, { recursive: true });
  else writeFileSync(join(folder, "history"), history.map((event) => `${JSON.stringify(event)}\n`).join(""));
  const count = (kind: string): number =>
    history.filter((event) => event.kind === kind && "phase" in event && event.phase === "ok").length;
  const { struck, away, apart } = crew;
  return {
    folder,
    faults: struck,
    verdict,
    broken,
    away,
    apart,
    acked: count("send"),
    handled: count("acked"),
  };
}
