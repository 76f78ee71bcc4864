/** When: a time as people type it. */
const units = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const AGO = /^(\d{1,6}(?:\.\d+)?)\s*([smhd])(?:\s+ago)?$/;
const CLOCK = /^(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,3}))?)?$/;
const DATE = /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?(?:Z|[+-]\d{2}:\d{2})?$/;

/**
 * The time that a text means, in milliseconds: "14:03" and "14:03:07" (the last one that was), "10m" or "10m ago", or a date as "2026-11-22 14:03", in
 * the reader's zone unless it says another. Undefined for what is no time.
 */
export function whenOf(text: string, now: number): number | undefined {
  const said = text.trim();
  const [, amount, unit] = AGO.exec(said) ?? [];
  if (amount !== undefined) return now - Number(amount) * units[unit as keyof typeof units];
  const clock = CLOCK.exec(said);
  if (clock)
    return clockTime(
      (clock.slice(1) as readonly (string | undefined)[]).map((part = "0", at) =>
        Number(at === 3 ? part.padEnd(3, "0") : part),
      ),
      now,
    );
  if (!DATE.test(said)) return undefined;
  const at = Date.parse(said.length === 10 ? `${said}T00:00` : said.replace(" ", "T"));
  return Number.isNaN(at) ? undefined : at;
}

function clockTime(
  [hours = 0, minutes = 0, seconds = 0, ms = 0]: readonly number[],
  now: number,
): number | undefined {
  if (hours > 23 || minutes > 59 || seconds > 59) return undefined;
  const at = new Date(now).setHours(hours, minutes, seconds, ms);
  return at > now ? at - units.d : at;
}
