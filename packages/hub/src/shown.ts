/** Shown: what the library gives, as programs get it over HTTP and from the command line: envelopes as maps, times as ISO 8601 in UTC. */
import {
  toMap,
  type Attempt,
  type DeadLetter,
  type DelayedMessage,
  type Envelope,
  type EnvelopeMap,
  type MailboxCounts,
  type MessageRecord,
} from "hermod";

export type Plain = Readonly<Record<string, unknown>>;

export const showEnvelope = (envelope: Envelope): EnvelopeMap => toMap(envelope);

/** The same with these times written out; one that is absent stays so. */
export function withTimes<T extends object>(value: T, ...names: readonly (keyof T & string)[]): Plain {
  const times = names.flatMap((name) => (value[name] === undefined ? [] : [[name, iso(value[name])]]));
  return { ...value, ...Object.fromEntries(times) };
}

/** A time as ISO 8601; a number that is no time stays what it is. */
function iso(at: unknown): unknown {
  return typeof at === "number" && Math.abs(at) <= 8.64e15 ? new Date(at).toISOString() : at;
}

const showAttempt = (attempt: Attempt): Plain => withTimes(attempt, "startedAt", "endedAt");

export function showRecord(record: MessageRecord): Plain {
  return {
    ...record,
    envelope: showEnvelope(record.envelope),
    attempts: record.attempts.map(showAttempt),
  };
}

export function showLetter(letter: DeadLetter): Plain {
  const { envelope, attempts } = letter;
  return {
    ...withTimes(letter, "diedAt"),
    ...{ envelope: showEnvelope(envelope), attempts: attempts.map(showAttempt) },
  };
}

export function showDelayed(delayed: DelayedMessage): Plain {
  const { envelope, attempts } = delayed;
  return {
    ...withTimes(delayed, "dueAt"),
    ...{ envelope: showEnvelope(envelope), attempts: attempts.map(showAttempt) },
  };
}

export const showCounts = (counts: MailboxCounts): Plain => withTimes(counts, "oldestSentAt");
