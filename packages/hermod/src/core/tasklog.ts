/**
 * Task log: what is recorded of a task beside its message: progress, parts and its end, one entry after the other. Everything that
 * a handle tells follows from the log and from where the message stands; nothing of it lives in a process.
 */
import { fromJson, toJson } from "./codec.ts";
import type { ErrorRecord } from "./errors.ts";
import type { Notes } from "./note.ts";
import type { Settlement } from "./settlement.ts";
import type { Claim, MessageRecord } from "./store.ts";

/** How far a task says it is. */
export interface Progress {
  /** From 0 to 1. */
  readonly fraction: number;
  readonly note?: string;
  /** UTC milliseconds. */
  readonly at: number;
}

/** How a task has ended. */
export type TaskEnd = {
  readonly type: "end";
  readonly attempt: number;
  /** UTC milliseconds. */
  readonly at: number;
} & (
  | { readonly state: "done"; readonly result?: unknown }
  | { readonly state: "failed" | "cancelled"; readonly error: ErrorRecord }
);

/** One entry; its number is its place in the log, from 1. */
export type TaskEntry =
  | ({ readonly type: "progress"; readonly attempt: number } & Progress)
  | { readonly type: "part"; readonly attempt: number; readonly value: unknown }
  /** Somebody wants the task to end. */
  | { readonly type: "cancel"; readonly at: number; readonly reason?: string }
  /** It was given back from the dead letters: what ended it before ends it no more. */
  | { readonly type: "again"; readonly at: number }
  /** Said of the work, and no part of it. */
  | Notes
  /** Somebody is to see to it, a question to a person; without `to` nobody any more. */
  | ({ readonly type: "assigned" } & Assignment)
  | TaskEnd;

/** Who is to see to a question. */
export interface Assignment {
  /** A person; absent where it was taken from whoever had it. */
  readonly to?: string;
  /** Who said so. */
  readonly by?: string;
  /** UTC milliseconds. */
  readonly at: number;
}

/** Where a task stands: "waiting" also between two attempts, "unknown" where nothing is remembered of it. */
export type TaskState = "waiting" | "running" | "done" | "failed" | "cancelled" | "unknown";

/** What is known of a task. */
export interface TaskStatus {
  readonly id: string;
  readonly state: TaskState;
  /** The attempt that runs or ran last; 0 before the first. */
  readonly attempt: number;
  readonly progress?: Progress;
  /** How many parts there are. */
  readonly parts: number;
  /** Where it is done. */
  readonly result?: unknown;
  /** Where it failed or was cancelled. */
  readonly error?: ErrorRecord;
}

/** What the log says so far, folded entry by entry. */
export interface TaskSummary {
  readonly parts: number;
  readonly attempt: number;
  readonly progress?: Progress;
  readonly end?: TaskEnd;
  readonly isCancelled: boolean;
  readonly assigned?: Assignment;
  /** Why it was cancelled, where that was said. */
  readonly reason?: string;
}

export const noSummary: TaskSummary = Object.freeze({ parts: 0, attempt: 0, isCancelled: false });

/** The summary with one more entry. The first end counts until the task is given back: what is said later does not undo it. */
export function summarize(before: TaskSummary, entry: TaskEntry): TaskSummary {
  switch (entry.type) {
    case "part":
      return { ...before, parts: before.parts + 1, attempt: entry.attempt };
    case "progress": {
      const { fraction, note, at } = entry;
      const progress = { fraction, ...(note !== undefined && { note }), at };
      return { ...before, attempt: entry.attempt, progress };
    }
    case "cancel":
      return before.isCancelled ? before : { ...before, isCancelled: true, ...reasonOf(entry) };
    case "assigned": {
      const { type: _, ...assigned } = entry;
      return { ...before, assigned };
    }
    case "again":
      return reopened(before);
    case "end":
      return before.end ? before : { ...before, attempt: entry.attempt, end: entry };
    case "notes":
      return before;
  }
}

function reasonOf({ reason }: TaskEntry & { readonly type: "cancel" }): { readonly reason?: string } {
  return reason === undefined ? {} : { reason };
}

function reopened({ end: _, reason: __, ...before }: TaskSummary): TaskSummary {
  return { ...before, isCancelled: false };
}

/** What is known of a task by its log and, where the store remembers it, its message. */
export function toStatus(id: string, summary: TaskSummary, record: MessageRecord | undefined): TaskStatus {
  const { parts, progress, end } = summary;
  // Taking a task out where it waits is none of its attempts.
  const attempt = end?.attempt ?? Math.max(summary.attempt, record ? attemptsOf(record) : 0);
  return {
    ...{ id, state: stateOf(summary, record), attempt, parts },
    ...(progress && { progress }),
    ...(end?.state === "done" && { result: end.result }),
    ...(end && end.state !== "done" && { error: end.error }),
    ...(end === undefined && record?.state === "dead" && lastError(record)),
  };
}

function attemptsOf({ attempts, state }: MessageRecord): number {
  return attempts.length + Number(state === "running");
}

function stateOf({ end, parts, progress }: TaskSummary, record: MessageRecord | undefined): TaskState {
  if (end) return end.state;
  if (record === undefined) return parts > 0 || progress ? "running" : "unknown";
  if (record.state === "waiting" || record.state === "running") return record.state;
  // The store itself gave it up, and nobody was there to say so.
  return record.state === "done" ? "done" : "failed";
}

function lastError({ attempts }: MessageRecord): { readonly error?: ErrorRecord } {
  const error = attempts.at(-1)?.error;
  return error ? { error } : {};
}

/** The end of a claimed task by what its settlement makes of it; undefined for what is no task, and for what comes again. */
export function endBy(
  { envelope, attempt }: Pick<Claim, "envelope" | "attempt">,
  settlement: Settlement,
  at: number,
  result?: unknown,
): TaskEnd | undefined {
  if (envelope.verb !== "task") return undefined;
  const end = { type: "end", attempt, at } as const;
  if (settlement.type === "ack") return { ...end, state: "done", ...(result !== undefined && { result }) };
  if (settlement.type !== "fail" && settlement.type !== "dead") return undefined;
  const error = plain(settlement.error);
  return { ...end, state: error.code === "HERMOD_CANCELLED" ? "cancelled" : "failed", error };
}

/** An error as the log can keep it: what a user put into its details may be anything. */
function plain(error: ErrorRecord): ErrorRecord {
  try {
    return fromJson(toJson(error)) as ErrorRecord;
  } catch {
    const { code, name, message, category, retryable } = error;
    return { code, name, message, category, retryable };
  }
}
