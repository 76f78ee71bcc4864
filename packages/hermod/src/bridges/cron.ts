/** Cron: reads patterns of times with the library croner, which is loaded when the first pattern is read. */
import { show } from "../core/duration.ts";
import { HermodError, describe } from "../core/errors.ts";
import type { CronReader } from "../core/schedule.ts";

/** The reader of cron patterns. @throws HermodError HERMOD_UNSUPPORTED where croner is not installed. */
export async function loadCron(): Promise<CronReader> {
  const { Cron } = await import("croner").catch(missing);
  return (pattern, zone) => {
    checkZone(zone);
    try {
      checkFields(pattern);
      const times = new Cron(pattern, { timezone: zone, mode: "5-part", paused: true });
      return (after) => times.nextRun(new Date(after))?.getTime();
    } catch (cause) {
      throw unreadable(pattern, cause);
    }
  };
}

/** Croner itself would take a single date for a pattern. */
function checkFields(pattern: string): void {
  if (pattern.startsWith("@") || pattern.trim().split(/\s+/).length === 5) return;
  throw new Error("it has not five fields");
}

function checkZone(zone: string): void {
  try {
    Intl.DateTimeFormat("en", { timeZone: zone });
  } catch (cause) {
    throw new HermodError("HERMOD_BAD_OPTION", `zone must be a time zone, got ${show(zone)}`, {
      ...{ cause, details: { option: "zone", received: show(zone) } },
      hint: 'Give a name of the IANA list, for example "Europe/Paris" or "UTC".',
    });
  }
}

function unreadable(pattern: string, cause: unknown): HermodError {
  const why = describe(cause).replace(/^CronPattern: /, "");
  return new HermodError("HERMOD_BAD_OPTION", `cron must be a cron pattern, got ${show(pattern)}: ${why}`, {
    ...{ cause, details: { option: "cron", received: show(pattern) } },
    hint: 'Give five fields: minute, hour, day of the month, month, day of the week, for example "0 9 * * 1-5".',
  });
}

function missing(cause: unknown): never {
  throw new HermodError("HERMOD_UNSUPPORTED", "cron patterns need the package croner, which is not there", {
    cause,
    hint: 'Install it: npm install croner@11.0.1. Intervals ({ every: "5m" }) need no package.',
  });
}
