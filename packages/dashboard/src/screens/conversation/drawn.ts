/** Drawn: the records of a conversation as what happened in it, by the events that the command line draws too. Pure. */
import { eventsOf, type Event } from "@hermod/hub/drawing";
import type { MessageRecord } from "../../api/types.ts";

type DrawnRecord = Parameters<typeof eventsOf>[0][number];

const known = new WeakMap<MessageRecord, DrawnRecord>();

/** The same record with its times in milliseconds; a copy of what was published goes to the mailbox that got it. */
export function toDrawn(record: MessageRecord): DrawnRecord {
  const before = known.get(record);
  if (before) return before;
  const { envelope, mailbox, state, attempts } = record;
  const to = envelope.to ?? mailbox;
  const drawn = {
    envelope: { ...envelope, sentAt: Date.parse(envelope.sentAt), ...(to !== undefined && { to }) },
    state,
    attempts: attempts.map((attempt) => ({
      ...attempt,
      startedAt: Date.parse(attempt.startedAt),
      endedAt: Date.parse(attempt.endedAt),
    })),
  } as unknown as DrawnRecord;
  known.set(record, drawn);
  return drawn;
}

export function eventsIn(records: readonly MessageRecord[]): readonly Event[] {
  return eventsOf(records.map(toDrawn));
}

/** Whether something of it still waits or runs. */
export const isOpen = ({ state }: MessageRecord): boolean => state === "waiting" || state === "running";

/** From the first message to the last thing that happened, in milliseconds since 1970. */
export function spanOf(records: readonly MessageRecord[]): { readonly from: number; readonly to: number } {
  const first = records[0];
  const from = first ? toDrawn(first).envelope.sentAt : 0;
  return { from, to: records.reduce((most, record) => Math.max(most, endOf(record)), from) };
}

/** When each message ended; what is still open never did. */
export function endsOf(records: readonly MessageRecord[]): ReadonlyMap<string, number> {
  return new Map(records.map((record) => [record.envelope.id, isOpen(record) ? Infinity : endOf(record)]));
}

function endOf(record: MessageRecord): number {
  const { envelope, attempts } = toDrawn(record);
  return Math.max(envelope.sentAt, attempts.at(-1)?.endedAt ?? 0);
}
