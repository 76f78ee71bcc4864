/**
 * Parts: a part has no token, so one of a delivery that is over may come behind those of the next one. Its attempt tells: whoever reads
 * knows that it is of no use. A pure function.
 */
import type { Event, LogEntry } from "../history/event.ts";

const OTHER: LogEntry = Object.freeze({ type: "other" });

/** The history without the parts that came behind those of a later attempt; all others keep their numbers. */
export function withoutLateParts(history: readonly Event[]): readonly Event[] {
  const late = new Set(history.flatMap((event) => (event.kind === "logs" ? event.logs.flatMap(lateOf) : [])));
  if (late.size === 0) return history;
  const isLate = (id: string, number: number): boolean => late.has(placeOf(id, number));
  return history.flatMap((event): readonly Event[] => {
    if (event.kind === "part") return isLate(event.id, event.number) ? [] : [event];
    if (event.kind !== "logs") return [event];
    const logs = event.logs.map(({ id, entries }) => ({
      id,
      entries: entries.map((entry, at) => (isLate(id, at + 1) ? OTHER : entry)),
    }));
    return [{ ...event, logs }];
  });
}

function lateOf({
  id,
  entries,
}: {
  readonly id: string;
  readonly entries: readonly LogEntry[];
}): readonly string[] {
  let newest = 0;
  return entries.flatMap((entry, at) => {
    if (entry.type !== "part") return [];
    newest = Math.max(newest, entry.attempt);
    return entry.attempt < newest ? [placeOf(id, at + 1)] : [];
  });
}

function placeOf(id: string, number: number): string {
  return `${number} of ${id}`;
}
