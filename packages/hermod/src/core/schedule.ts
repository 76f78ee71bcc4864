/**
 * Schedule: the times at which something is sent again and again, and what becomes of a time that was missed because nobody
 * ran, or the machine slept. Pure; a pattern of times (cron) is read by whoever is handed in.
 */
import { LAST_TIME } from "./envelope.ts";

export const misfires = ["once", "skip", "all"] as const;
/**
 * What becomes of times that were missed: one message makes up for all of them ("once"), those more than a minute late are left
 * out ("skip"), or each is sent, at most 1,000 ("all").
 */
export type Misfire = (typeof misfires)[number];

/** The first time after another one, UTC milliseconds; undefined when there is none. */
export type Following = (after: number) => number | undefined;

/** Reads a cron pattern in a time zone. @throws HermodError HERMOD_BAD_OPTION naming the pattern or the zone. */
export type CronReader = (pattern: string, zone: string) => Following;

/** When something is sent, checked and complete; plain data. */
export type Rhythm = ({ readonly every: number } | { readonly cron: string; readonly zone: string }) & {
  /** UTC milliseconds: the first time it may be; an interval is counted from here. */
  readonly from?: number;
  /** UTC milliseconds: the last time it may be. */
  readonly until?: number;
  /** Most messages. */
  readonly times?: number;
  readonly misfire: Misfire;
};

/** How far a schedule has come; plain data. */
export interface Progress {
  /** The time that comes next, UTC milliseconds; absent when it is over. */
  readonly due?: number;
  /** Messages that may still be sent; absent without a limit. */
  readonly left?: number;
  /** How many missed times were made up for in a row. */
  readonly behind: number;
}

/** What to do at a time: send its message or leave it out, and go on. */
export interface Step {
  readonly sends: boolean;
  readonly progress: Progress;
}

/** How late a message may be that is not "missed", milliseconds. */
export const GRACE = 60_000;

/** Most missed times that are made up for one by one. */
export const MOST_MISSED = 1000;

/** The times of an interval, counted from one of them. */
export function interval(every: number, start: number): Following {
  return (after) => {
    const next = after < start ? start : start + (Math.floor((after - start) / every) + 1) * every;
    return next <= LAST_TIME ? next : undefined;
  };
}

/** The times of a rhythm that was set at `setAt`. @throws HermodError HERMOD_BAD_OPTION as the reader of patterns. */
export function followingOf(rhythm: Rhythm, setAt: number, cron: CronReader): Following {
  if ("every" in rhythm) return interval(rhythm.every, rhythm.from ?? setAt);
  return cron(rhythm.cron, rhythm.zone);
}

/** How a schedule begins that is set now: with its first time from now on, and none before `from`. */
export function begin(rhythm: Rhythm, now: number, following: Following): Progress {
  const { from, times } = rhythm;
  const due = within(rhythm, following(from === undefined ? now : Math.max(now, from) - 1));
  return toProgress(due, times, 0);
}

/**
 * What to do at `now` about the time that came next. The time after it is always later, so that a clock which is set back
 * repeats nothing.
 */
export function step(rhythm: Rhythm, due: number, before: Progress, now: number, following: Following): Step {
  const sends = rhythm.misfire !== "skip" || now - due <= GRACE;
  const left = before.left === undefined || !sends ? before.left : before.left - 1;
  const { next, behind } = ahead(rhythm, due, before.behind, now, following);
  return { sends, progress: toProgress(left === 0 ? undefined : within(rhythm, next), left, behind) };
}

interface Ahead {
  readonly next: number | undefined;
  readonly behind: number;
}

function ahead({ misfire }: Rhythm, due: number, behind: number, now: number, following: Following): Ahead {
  const fromNow = (): number | undefined => following(Math.max(due, now));
  if (misfire === "once") return { next: fromNow(), behind: 0 };
  if (misfire === "skip") return { next: following(Math.max(due, now - GRACE - 1)), behind: 0 };
  const next = following(due);
  if (next === undefined || next > now) return { next, behind: 0 };
  return behind + 1 < MOST_MISSED ? { next, behind: behind + 1 } : { next: fromNow(), behind: 0 };
}

function within({ until = LAST_TIME }: Rhythm, due: number | undefined): number | undefined {
  return due !== undefined && due <= until ? due : undefined;
}

function toProgress(due: number | undefined, left: number | undefined, behind: number): Progress {
  return { ...(due !== undefined && { due }), ...(left !== undefined && { left }), behind };
}
