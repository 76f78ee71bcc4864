/** Retry header: how long an HTTP endpoint asks to be left alone. */

/** Milliseconds, as the endpoint says it: in milliseconds, in seconds, or as a date. `now` is in UTC milliseconds. */
export function waitOf(headers: Readonly<Record<string, string>>, now: number): number | undefined {
  const exact = numberOf(headers["retry-after-ms"]);
  if (exact !== undefined) return exact;
  const said = headers["retry-after"];
  const seconds = numberOf(said);
  if (seconds !== undefined) return seconds * 1000;
  const at = said === undefined ? Number.NaN : Date.parse(said);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}

function numberOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\s*\d{1,9}(\.\d+)?\s*$/.test(text) ? Number(text) : undefined;
}
