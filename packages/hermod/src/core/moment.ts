/** Moment: a point in time as a person writes it: "2026-11-22", "2026-11-22T10", "2026-11-22T10:00:30.5Z", "2026-11-22T11:00+01:00". Without a zone it is UTC. */

const MOMENT = /^(\d{4}-\d\d-\d\d)(?:T(\d\d)(?::(\d\d)(?::(\d\d)(?:\.(\d{1,3}))?)?)?(Z|[+-]\d\d:\d\d)?)?$/i;

/** The beginning of it, in UTC milliseconds; undefined for what is no point in time. */
export function momentOf(text: string): number | undefined {
  const match = MOMENT.exec(text);
  if (match === null) return undefined;
  const [, day = "", h = "00", m = "00", s = "00", ms = "0", zone = "Z"] = match;
  const at = Date.parse(`${day}T${h}:${m}:${s}.${ms.padEnd(3, "0")}${zone.toUpperCase()}`);
  // The thirtieth of February would be taken for the second of March.
  return Number.isNaN(at) || !isDay(day) ? undefined : at;
}

/** How long what was written lasts, in milliseconds: a day, an hour, a minute, a second, or the moment itself. */
export function spanOf(text: string): number {
  const [, , h, m, s, ms] = MOMENT.exec(text) ?? [];
  if (h === undefined) return 86_400_000;
  if (m === undefined) return 3_600_000;
  if (s === undefined) return 60_000;
  return ms === undefined ? 1000 : 10 ** (3 - ms.length);
}

function isDay(day: string): boolean {
  const at = Date.parse(`${day}T00:00Z`);
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(day);
}
