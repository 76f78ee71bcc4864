/** Sample: records of a conversation, for the tests. */
import type { Attempt, MessageRecord } from "../../api/types.ts";

export const START = Date.UTC(2026, 0, 1);

const iso = (at: number): string => new Date(START + at).toISOString();

export interface SampleFields {
  readonly id: string;
  readonly at?: number;
  readonly from?: string;
  readonly to?: string;
  readonly state?: MessageRecord["state"];
  readonly mailbox?: string;
  readonly attempts?: readonly Attempt[];
  readonly [field: string]: unknown;
}

export function sample({
  at = 0,
  state = "done",
  mailbox,
  attempts = [],
  ...fields
}: SampleFields): MessageRecord {
  const envelope = {
    ...{ v: 1, verb: "cast", type: "notification", operation: "x", from: "a", priority: 2 },
    ...{ delivery: "at-least-once", conversationId: "c", sentAt: iso(at) },
    ...fields,
  } as unknown as MessageRecord["envelope"];
  return { envelope, state, attempts, ...(mailbox !== undefined && { mailbox }) };
}

export function attempt(
  number: number,
  [from, to]: readonly [number, number],
  outcome: Attempt["outcome"],
  message?: string,
): Attempt {
  const error = { code: "HERMOD_FAILED", message: message ?? "", retryable: true };
  const times = { startedAt: iso(from), endedAt: iso(to) };
  return { number, ...times, outcome, ...(message !== undefined && { error }) };
}
