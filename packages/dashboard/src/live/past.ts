/** Past: what happened last before somebody began to watch, so that nobody comes too late to see it. */
import { ask } from "../api/client.ts";
import type { MessageRecord, Page } from "../api/types.ts";
import { toLine } from "../screens/messages/line.ts";
import type { Row } from "./log.ts";

/** How many messages, and how long they are waited for, in milliseconds: what happens now is shown behind them. */
const MOST = 200;
const PATIENCE = 2000;

/** The newest messages that a filter lets through, oldest first; none where they cannot be had: what happens now says why. */
export async function past(where: string, signal: AbortSignal): Promise<readonly Row[]> {
  const query = { order: "newest", limit: MOST, cut: 200, ...(where !== "" && { where }) };
  try {
    const waited = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE)]);
    const { items } = await ask<Page<MessageRecord>>("get /v1/history", { query, signal: waited });
    return items.toReversed().map(toRow);
  } catch {
    return [];
  }
}

/** A message of the history as the live table shows it. */
export function toRow(record: MessageRecord): Row {
  const { ms, to, topic, mailbox, error, attempts, ...line } = toLine(record);
  const { inReplyTo } = record.envelope;
  return {
    ...line,
    at: line.sentAt + (ms ?? 0),
    event: ms === undefined ? "stored" : line.state === "dead" ? "dead" : "settled",
    ...(to !== undefined && { to }),
    ...(topic !== undefined && { topic }),
    ...(mailbox !== undefined && { mailbox }),
    ...(error !== undefined && { error }),
    ...(inReplyTo !== undefined && { inReplyTo }),
    ...(attempts > 0 && { attempt: attempts }),
  };
}
