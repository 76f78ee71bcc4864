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
import { toJson } from "hermod/remote";

export type Plain = Readonly<Record<string, unknown>>;

/** The payload and metadata stay data: who writes them out makes base64 of their bytes, and once is enough. */
export function showEnvelope(envelope: Envelope): EnvelopeMap {
  const { payload, metadata } = envelope;
  return { ...toMap(envelope), ...(payload !== undefined && { payload }), metadata };
}

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

/** The message of something shown, with the beginning of a payload in its place where that has more than so many characters. */
export function cutPayload<T extends Plain>(shown: T, most: number | undefined): T {
  const { envelope } = shown as { readonly envelope?: EnvelopeMap & { readonly size?: number } };
  const { payload, ...rest } = envelope ?? {};
  if (most === undefined || payload === undefined || (envelope?.size ?? 0) <= most) return shown;
  const text = typeof payload === "string" ? payload : toJson(payload);
  return { ...shown, envelope: { ...rest, beginning: text.slice(0, most) } };
}

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
