/**
 * Lines: events as they leave the process that made them, one line each, written before the next statement runs: what was said
 * before a kill is said.
 */
import { writeSync } from "node:fs";
import type { Event } from "../history/event.ts";

type Without<E> = E extends Event ? Omit<E, "process" | "time"> : never;

/** An event without who saw it and when. */
export type Said = Without<Event>;

/** Writes an event down. */
export type Note = (said: Said) => void;

/** Notes of a process into a file descriptor; the time is the machine's monotonic clock, which a restart of the process does not reset. */
export function notesTo(descriptor: number, name = "owner"): Note {
  return (said) => {
    const time = Number(process.hrtime.bigint() / 1000n) / 1000;
    writeSync(descriptor, `${JSON.stringify({ process: name, time, ...said })}\n`);
  };
}

/** The events of a text; a last line without its end was cut off by a kill. */
export function toEvents(text: string): readonly Event[] {
  return text
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Event);
}
