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

/** A shown envelope, with the beginning of its payload in the place of one that has more than so many characters. */
export function cutEnvelope(envelope: EnvelopeMap, most: number | undefined): EnvelopeMap {
  const { payload, ...rest } = envelope as EnvelopeMap & { readonly size?: number };
  if (most === undefined || payload === undefined || (rest.size ?? 0) <= most) return envelope;
  const text = typeof payload === "string" ? payload : toJson(payload);
  return { ...rest, beginning: text.slice(0, most) } as EnvelopeMap;
}

/** The same of something shown that holds one. */
export function cutPayload<T extends Plain>(shown: T, most: number | undefined): T {
  return { ...shown, envelope: cutEnvelope(shown["envelope"] as EnvelopeMap, most) };
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
