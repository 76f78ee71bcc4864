/** Questions: what the reader answers from what is committed. */
import type { Filter } from "../../core/filter.ts";
import type { Attempt, HistoryOrder, MessageRecord, StateRecord } from "../../core/store.ts";
import type { ErrorRecord } from "../../core/errors.ts";

/** Which part of a long answer; UTC milliseconds. */
export interface Part {
  readonly where?: Filter | undefined;
  readonly after?: string | undefined;
  readonly limit?: number | undefined;
  readonly now: number;
}

export type Question =
  | ({
      readonly type: "history";
      readonly conversation?: string | undefined;
      readonly agent?: string | undefined;
      readonly order?: HistoryOrder | undefined;
    } & Part)
  | ({ readonly type: "dead" } & Part)
  | { readonly type: "deaths" }
  | { readonly type: "letter"; readonly id: string }
  | {
      readonly type: "waiting";
      readonly mailbox: number;
      readonly lane: number;
      readonly after: number;
      readonly limit: number;
    }
  /** What waits for a time, after a time and a number. */
  | {
      readonly type: "later";
      readonly mailbox: number;
      readonly due: number;
      readonly seq: number;
      readonly limit: number;
    }
  | { readonly type: "state"; readonly key: string }
  | { readonly type: "parts"; readonly id: string; readonly after: number; readonly limit: number };

/** A message with what became of it. */
export interface HistoryRow {
  readonly seq: number;
  readonly body: string;
  readonly mailbox?: string;
  readonly state: MessageRecord["state"];
  readonly attempts: readonly Attempt[];
}

/** A dead letter. */
export interface LetterRow {
  readonly number: number;
  readonly id: string;
  readonly seq: number;
  readonly body: string;
  readonly mailbox?: string;
  readonly reason: string;
  readonly error?: ErrorRecord;
  readonly attempts: readonly Attempt[];
  readonly diedAt: number;
  readonly generation: number;
}

/** A message that waits for a time. */
export interface LaterRow {
  readonly seq: number;
  readonly body: string;
  readonly due: number;
  readonly attempts: string | null;
}

/** One page of rows. */
export interface Rows<T> {
  readonly items: readonly T[];
  readonly next?: string;
}

/** The answer to each question. */
export type Reply<Q extends Question> = Q extends { type: "history" }
  ? Rows<HistoryRow>
  : Q extends { type: "dead" }
    ? Rows<LetterRow>
    : Q extends { type: "deaths" }
      ? number
      : Q extends { type: "letter" }
        ? LetterRow | undefined
        : Q extends { type: "waiting" }
          ? readonly { readonly seq: number; readonly body: string }[]
          : Q extends { type: "later" }
            ? readonly LaterRow[]
            : Q extends { type: "state" }
              ? StateRecord | undefined
              : readonly string[];
