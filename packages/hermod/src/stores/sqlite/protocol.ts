/**
 * Protocol: how the main thread tells the writer what to write. A batch is one flat list, since that crosses to a thread
 * cheapest: groups of changes, each change a code with its values. A group is kept whole or not at all; a batch is one
 * transaction.
 */

/** The changes, each with the number of values that follow its code. */
export const Change = {
  /** Begins a group: 1 when it must be checked before anything of it is written. */
  group: 0,
  /** seq, id, place, mailbox, source, conversation, sender, reader, at, size, mark, body; how it is checked. */
  put: 1,
  /** mailbox number, lane, seq, size, generation, due. */
  wait: 2,
  /** mailbox number, lane, seq: settled. */
  gone: 3,
  /** mailbox number, lane, seq, due, attempts. */
  again: 4,
  /** seq, step, state, number, outcome, started, ended, error. */
  fate: 5,
  /** id, seq, mailbox, reason, error, attempts, died, generation. */
  die: 6,
  /** id; the group is refused as "missing" when there is no such letter. */
  undie: 7,
  /** key, base, version, json, mailbox; the group is refused as "state" when the version is another. */
  state: 8,
  /** mailbox number, address, rule. */
  mailbox: 9,
  /** mailbox number, address. */
  remove: 10,
  /** pattern, mailbox. */
  bind: 11,
  /** pattern, mailbox. */
  unbind: 12,
  /** id, json; answers the part's number. */
  part: 13,
  /** conversation, amounts, limits; answers what is spent. */
  spend: 14,
  /** mailbox number, lane, after, most; answers rows that wait in line. */
  fill: 15,
  /** mailbox number, 1 for those that wait for a time too; answers rows that have attempts behind them. */
  late: 16,
  /** mailbox number, one lane for all (1) or one for each priority (0). */
  relane: 17,
  /** seq, mailbox, number, at: a claim that must be known after a crash. */
  claimed: 18,
  /** seq, mailbox: it ended. */
  unclaimed: 19,
  /** Discards dead letters beyond their bounds; answers how many are left. */
  trim: 20,
  /** Writes something that changes nothing: whether the file can be written. */
  probe: 21,
  /** id, place, mark: answers as a put would, and writes nothing. */
  look: 22,
  /** mailbox number, due, seq, most; answers the next rows that wait for a time after these. */
  later: 23,
  /** mailbox number, most; answers what waits, whatever for. */
  sweep: 24,
  /** seq, conversation, most: the put of this seq counts; the group is refused as "spent" beyond the most. */
  count: 25,
  /** mailbox number, id; answers the row of this message where it waits for a time. */
  sought: 26,
} as const;

/** How many values follow each code. */
export const arity: readonly number[] = [
  1, 13, 6, 3, 5, 8, 8, 1, 5, 3, 2, 2, 2, 2, 3, 4, 2, 2, 4, 2, 0, 0, 4, 4, 2, 3, 2,
];

/** How a put is checked: its id is new; it may be there already, which must be found out; or that does not matter. */
export const Check = { fresh: 0, known: 1, quiet: 2 } as const;

/** A value of a change. */
export type Value = string | number | null;

/** A message that waits, as the file gives it back. */
export interface WaitingRow {
  readonly seq: number;
  readonly size: number;
  readonly generation: number;
  readonly due: number | null;
  readonly attempts: string | null;
  readonly body: string;
}

/** What became of a group that was not simply kept. Puts are named by their seq. */
export type GroupAnswer =
  /** Kept, but for these puts, which were there before, under these ids. */
  | { readonly type: "duplicates"; readonly found: readonly (readonly [seq: number, id: string])[] }
  /** Nothing of it was written: this put was there with other content, under this id. */
  | { readonly type: "conflict"; readonly seq: number; readonly id: string }
  /** Nothing of it was written: of these puts the conversations had sent so many messages, which is all that they may. */
  | { readonly type: "spent"; readonly spent: readonly (readonly [seq: number, sent: number])[] }
  /** Nothing of it was written: another state is the last one, or there is no such letter. */
  | { readonly type: "state" | "missing" }
  /** Kept, with this answer. */
  | { readonly type: "value"; readonly value: unknown };

/** A batch for the writer. */
export interface Batch {
  readonly changes: readonly Value[];
  /** UTC milliseconds. */
  readonly now: number;
  /** Written with it. */
  readonly mark?: (() => void) | undefined;
}

/** The writer's answer to a batch: all of it is on disk, or nothing. */
export type BatchAnswer =
  | {
      readonly type: "kept";
      /** The answers of those groups that have one, by their place in the batch. */
      readonly answers: readonly (readonly [group: number, answer: GroupAnswer])[];
      /** Dead letters that were discarded by a bound. */
      readonly discarded: readonly (readonly [id: string, bound: "count" | "age"])[];
      /** The number of dead letters when it came near its bound. */
      readonly filled?: number;
      /** Bytes of the log when a reader has kept it growing for long. */
      readonly log?: number;
    }
  | { readonly type: "failed"; readonly error: StoreTrouble };

/** An error of the writer, in a form that crosses threads. */
export interface StoreTrouble {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  readonly details?: Readonly<Record<string, unknown>>;
  readonly cause?: string;
}

/** What the file held when it was opened. */
export interface Opened {
  /** How many times it was opened, this time included. */
  readonly epoch: number;
  /** Number of the newest message. */
  readonly seq: number;
  /** False when the last owner did not close it. */
  readonly clean: boolean;
  readonly mailboxes: readonly (readonly [number: number, address: string, rule: string])[];
  /** What waits in line. */
  readonly lanes: readonly (readonly [mailbox: number, lane: number, count: number, bytes: number])[];
  /** How many wait for no time, and have attempts behind them. */
  readonly late: readonly (readonly [mailbox: number, count: number])[];
  /** What waits for a time. */
  readonly later: readonly (readonly [mailbox: number, count: number, bytes: number])[];
  readonly bindings: readonly (readonly [pattern: string, mailbox: string])[];
  /** Messages that are suspected of having ended the process. */
  readonly suspects: readonly number[];
  /** Messages that died since their deliveries ended the process too often; told of after the start. */
  readonly killers: readonly string[];
}
