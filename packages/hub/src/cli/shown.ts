/** Shown: what the library gives, as programs get it: envelopes as maps, times as ISO 8601 in UTC. */
import { toMap, type Attempt, type DeadLetter, type MailboxCounts, type MessageRecord } from "hermod";

type Plain = Readonly<Record<string, unknown>>;

const iso = (at: number): string => new Date(at).toISOString();

function attemptData({ startedAt, endedAt, ...rest }: Attempt): Plain {
  return { ...rest, startedAt: iso(startedAt), endedAt: iso(endedAt) };
}

export function recordData({ envelope, attempts, ...rest }: MessageRecord): Plain {
  return { ...rest, envelope: toMap(envelope), attempts: attempts.map(attemptData) };
}

export function letterData({ envelope, attempts, diedAt, ...rest }: DeadLetter): Plain {
  return { ...rest, diedAt: iso(diedAt), envelope: toMap(envelope), attempts: attempts.map(attemptData) };
}

export function countsData({ oldestSentAt, ...rest }: MailboxCounts): Plain {
  return { ...rest, ...(oldestSentAt !== undefined && { oldestSentAt: iso(oldestSentAt) }) };
}

/** From the sending to the last attempt's end, in milliseconds; undefined while nothing has ended. */
export function tookMs({ envelope, attempts }: MessageRecord): number | undefined {
  const last = attempts.at(-1);
  return last && Math.max(0, last.endedAt - envelope.sentAt);
}
