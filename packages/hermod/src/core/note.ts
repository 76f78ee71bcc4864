/**
 * Note: what is kept beside a message of how it was worked on: lines of log and calls of language models, without what was asked and answered.
 * Notes are for people: they steer nothing, and what is too much of them is cut, which they say.
 */
import { Copier, fromJson, toJson } from "./codec.ts";
import { toRecord } from "./errors.ts";
import type { Finish } from "./model.ts";

/** How much a line matters, the least first. */
export const logLevels = ["debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof logLevels)[number];

/** A line that a handler wrote. */
export interface LogNote {
  readonly type: "log";
  /** UTC milliseconds. */
  readonly at: number;
  readonly level: LogLevel;
  readonly text: string;
  /** Plain data; the beginning of its text where it was too large or none. */
  readonly data?: unknown;
}

/** A call of a language model; nothing of its prompt and its answer. */
export interface ModelNote {
  readonly type: "model";
  /** When it ended, UTC milliseconds. */
  readonly at: number;
  readonly model: string;
  /** True where no real model answered. */
  readonly simulated?: boolean;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** In the unit of the model's prices, where they are known. */
  readonly cost?: number;
  /** How long it took, in milliseconds, what it `waited` for its rate limits included. */
  readonly ms: number;
  readonly waited: number;
  /** Why the model ended; absent for a call that failed. */
  readonly finish?: Finish;
  /** Why it failed, where it did. */
  readonly error?: { readonly code: string; readonly message: string };
}

/** One thing that is kept of how a message was worked on. */
export type Note = LogNote | ModelNote;

/** Notes as they are recorded: those of one attempt, some at a time. */
export interface Notes {
  readonly type: "notes";
  readonly agent: string;
  readonly attempt: number;
  readonly notes: readonly Note[];
  /** How many more the attempt made than are kept. */
  readonly cut?: number;
}

/** Most notes of an attempt, and most characters of them as JSON. */
export const noteLimits = Object.freeze({ notes: 200, size: 32_768 });

/** Most characters of a line's text, and of its data. */
const MOST_TEXT = 2000;
const MOST_DATA = 4000;

/** A line as it is kept. */
export function toLogNote(at: number, level: LogLevel, text: unknown, data: unknown): LogNote {
  const kept = data === undefined ? undefined : keptData(data);
  return {
    type: "log",
    at,
    level,
    text: shortened(said(text), MOST_TEXT),
    ...(data !== undefined && { data: kept }),
  };
}

/** A failure as a note tells it. */
export function toNoteError(thrown: unknown): NonNullable<ModelNote["error"]> {
  const { code, message } = toRecord(thrown);
  return { code, message: shortened(message, MOST_TEXT) };
}

/** True for a part of a message that holds notes. */
export function isNotes(part: unknown): part is Notes {
  const { type, notes } = Object(part) as { readonly type?: unknown; readonly notes?: unknown };
  return type === "notes" && Array.isArray(notes);
}

/** Text of whatever was given. */
function said(text: unknown): string {
  try {
    return String(text);
  } catch {
    return "a text that cannot be read";
  }
}

function shortened(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most)}…` : text;
}

function keptData(data: unknown): unknown {
  const value = data instanceof Error ? fromJson(safeJson(toRecord(data))) : data;
  try {
    return new Copier({ size: MOST_DATA, depth: 20, keys: 1000 }, "log data").copy(value);
  } catch {
    return shortened(typeof value === "string" ? value : safeJson(value), MOST_DATA);
  }
}

function safeJson(value: unknown): string {
  try {
    return toJson(value);
  } catch {
    return JSON.stringify(said(value));
  }
}
