/**
 * Parts: they have no token, so those of a delivery that is over may stand behind those of the next one; its attempt tells that they are of no
 * use. A claim that was handed out and never written down leaves its attempt to the next one, which begins anew behind parts that nobody
 * was told are kept. A pure function.
 */
import type { Event, LogEntry } from "../history/event.ts";

const OTHER: LogEntry = Object.freeze({ type: "other" });

/** The history without such parts; all others keep their numbers. */
export function withoutLateParts(history: readonly Event[]): readonly Event[] {
  const confirmed = new Set(
    history.flatMap((event) => (event.kind === "part" ? [placeOf(event.id, event.number)] : [])),
  );
  const late = new Set(
    history
      .flatMap((event) => (event.kind === "logs" ? event.logs : []))
      .flatMap((log) => lateOf(log, confirmed)),
  );
  return late.size === 0 ? history : history.flatMap((event) => without(late, event));
}

function without(late: ReadonlySet<string>, event: Event): readonly Event[] {
  if (event.kind === "part") return late.has(placeOf(event.id, event.number)) ? [] : [event];
  if (event.kind !== "logs") return [event];
  const logs = event.logs.map(({ id, entries }) => ({
    id,
    entries: entries.map((entry, at) => (late.has(placeOf(id, at + 1)) ? OTHER : entry)),
  }));
  return [{ ...event, logs }];
}

interface Log {
  readonly id: string;
  readonly entries: readonly LogEntry[];
}

function lateOf({ id, entries }: Log, confirmed: ReadonlySet<string>): readonly string[] {
  let newest = 0;
  return entries.flatMap((entry, at) => {
    if (entry.type !== "part") return [];
    newest = Math.max(newest, entry.attempt);
    const place = placeOf(id, at + 1);
    const isOver = entry.attempt < newest;
    const isForgotten = !confirmed.has(place) && beginsAnew(entry.attempt, entries.slice(at + 1));
    return isOver || isForgotten ? [place] : [];
  });
}

function beginsAnew(attempt: number, rest: readonly LogEntry[]): boolean {
  return rest.some((entry) => entry.type === "part" && entry.attempt === attempt && entry.at === 1);
}

function placeOf(id: string, number: number): string {
  return `${number} of ${id}`;
}
