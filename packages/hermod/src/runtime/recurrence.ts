/** Recurrence: when a message is sent again and again, as a user says it; checked here, carried out by `scheduler.ts`. */
import { show, type Duration } from "../core/duration.ts";
import { HermodError } from "../core/errors.ts";
import { aDuration, checkOptions, oneOf, wholeNumber } from "../core/options.ts";
import { misfires, type Misfire, type Rhythm } from "../core/schedule.ts";
import { toTime } from "./draft.ts";

/** When a message is sent again and again: at the times of a cron pattern, or at an interval of 1 s or more. */
export type Recurrence = (
  | {
      /** Five fields: minute, hour, day of the month, month, day of the week; needs the package croner. */
      readonly cron: string;
      /** Whose clock the pattern means: a time zone of the IANA list; default "UTC". */
      readonly zone?: string;
      readonly every?: never;
    }
  | { readonly every: Duration; readonly cron?: never; readonly zone?: never }
) & {
  /** The first time it may be: a Date, or UTC milliseconds; an interval begins here, else one interval from now. */
  readonly from?: Date | number;
  /** The last time it may be: a Date, or UTC milliseconds; default none. */
  readonly until?: Date | number;
  /** Most messages; default no limit. */
  readonly times?: number;
  /**
   * What becomes of times that were missed while nobody ran or the machine slept: one message makes up for all of them ("once",
   * the default), those more than a minute late are left out ("skip"), or each is sent, at most 1,000 ("all").
   */
  readonly misfire?: Misfire;
};

const names = ["cron", "zone", "every", "from", "until", "times", "misfire"] as const;

/** Shortest interval, milliseconds. */
const SHORTEST = 1000;

/** A recurrence, checked and complete. @throws HermodError HERMOD_BAD_OPTION naming the option. */
export function toRhythm(when: Recurrence): Rhythm {
  checkOptions("schedule", when, names);
  const { from, until, times, misfire = "once" } = when;
  const rhythm = {
    ...toTimes(when),
    ...(from !== undefined && { from: toTime("schedule.from", from) }),
    ...(until !== undefined && { until: toTime("schedule.until", until) }),
    ...(times !== undefined && { times: wholeNumber("schedule.times", times, 1) }),
    misfire: oneOf("schedule.misfire", misfire, misfires),
  };
  if (rhythm.from === undefined || rhythm.until === undefined || rhythm.from <= rhythm.until) return rhythm;
  throw new HermodError("HERMOD_BAD_OPTION", "schedule.until must not lie before schedule.from");
}

function toTimes({ cron, zone, every }: Recurrence): { every: number } | { cron: string; zone: string } {
  if ((cron === undefined) === (every === undefined))
    throw new HermodError("HERMOD_BAD_OPTION", "a schedule has `every` or `cron`, one of them", {
      hint: 'Give an interval ({ every: "5m" }), or a pattern ({ cron: "0 9 * * 1-5", zone: "Europe/Paris" }).',
    });
  if (cron !== undefined)
    return { cron: aPattern("cron", cron), zone: aPattern("zone", zone === undefined ? "UTC" : zone) };
  if (zone !== undefined)
    throw new HermodError("HERMOD_BAD_OPTION", "schedule.zone belongs to a cron pattern, not to an interval");
  return { every: Math.round(aDuration("schedule.every", every, SHORTEST)) };
}

function aPattern(name: string, value: unknown): string {
  if (typeof value === "string" && value.length > 0 && value.length <= 200) return value.trim();
  throw new HermodError(
    "HERMOD_BAD_OPTION",
    `${name} must be text of 1 to 200 characters, got ${show(value)}`,
    {
      details: { option: name, received: show(value) },
    },
  );
}
