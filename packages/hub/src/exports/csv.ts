/** CSV: messages, dead letters and conversations as lines of a table, as RFC 4180 has it. What a spreadsheet would carry out is text. Pure. */
import type { DeadLetter, MessageRecord } from "hermod";
import { toJson } from "hermod/remote";
import type { Summary } from "../api/listing.ts";

type Cell = string | number | undefined;
/** What stands in each column. */
export type Cells<T> = Readonly<Record<string, (item: T) => Cell>>;

const iso = (at: number | undefined): string | undefined =>
  at !== undefined && Math.abs(at) <= 8.64e15 ? new Date(at).toISOString() : undefined;
const json = (payload: unknown): string | undefined => (payload === undefined ? undefined : toJson(payload));

export const recordCells: Cells<MessageRecord> = {
  id: ({ envelope }) => envelope.id,
  sentAt: ({ envelope }) => iso(envelope.sentAt),
  verb: ({ envelope }) => envelope.verb,
  type: ({ envelope }) => envelope.type,
  from: ({ envelope }) => envelope.from,
  to: ({ envelope }) => envelope.to,
  topic: ({ envelope }) => envelope.topic,
  operation: ({ envelope }) => envelope.operation,
  mailbox: ({ mailbox }) => mailbox,
  state: ({ state }) => state,
  attempts: ({ attempts }) => attempts.length,
  endedAt: ({ attempts }) => iso(attempts.at(-1)?.endedAt),
  error: ({ attempts }) => attempts.at(-1)?.error?.message,
  size: ({ envelope }) => envelope.size,
  conversation: ({ envelope }) => envelope.conversationId,
  payload: ({ envelope }) => json(envelope.payload),
};

export const letterCells: Cells<DeadLetter> = {
  id: ({ id }) => id,
  diedAt: ({ diedAt }) => iso(diedAt),
  message: ({ envelope }) => envelope.id,
  mailbox: ({ mailbox }) => mailbox,
  reason: ({ reason }) => reason,
  error: ({ error }) => error?.message,
  attempts: ({ attempts }) => attempts.length,
  redriven: ({ generation }) => generation,
  from: ({ envelope }) => envelope.from,
  to: ({ envelope }) => envelope.to,
  topic: ({ envelope }) => envelope.topic,
  operation: ({ envelope }) => envelope.operation,
  sentAt: ({ envelope }) => iso(envelope.sentAt),
  size: ({ envelope }) => envelope.size,
  conversation: ({ envelope }) => envelope.conversationId,
  payload: ({ envelope }) => json(envelope.payload),
};

export const summaryCells: Cells<Summary> = {
  id: ({ id }) => id,
  state: ({ state }) => state,
  startedAt: ({ startedAt }) => startedAt,
  endedAt: ({ endedAt }) => endedAt,
  messages: ({ messages }) => messages,
  isWhole: ({ isWhole }) => String(isWhole),
  from: ({ first }) => first.from,
  to: ({ first }) => first.to,
  topic: ({ first }) => first.topic,
  operation: ({ first }) => first.operation,
  preview: ({ first }) => first.preview,
  participants: ({ participants }) => participants.join(" "),
  others: ({ others }) => others,
  tokens: ({ spent }) => spent?.tokens,
  cost: ({ spent }) => spent?.cost,
};

/** The names of the columns. */
export const headOf = (cells: Cells<never>): string => `${Object.keys(cells).join(",")}\r\n`;

export function lineOf<T>(cells: Cells<T>, item: T): string {
  return `${Object.values(cells)
    .map((cell) => written(cell(item)))
    .join(",")}\r\n`;
}

function written(value: Cell): string {
  if (value === undefined) return "";
  // One row is one line, so that whoever reads it can count.
  const text = String(value).replaceAll(/[\r\n]+/gu, " ");
  const safe = typeof value === "string" && /^[=+\-@\t]/u.test(text) ? `'${text}` : text;
  return /[",]/u.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
