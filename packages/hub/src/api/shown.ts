/** Shown: what the library gives, as the interface shows it: envelopes as maps, times as ISO 8601 in UTC. */
import {
  toMap,
  type Attempt,
  type DeadLetter,
  type DelayedMessage,
  type Envelope,
  type EnvelopeMap,
  type MailboxCounts,
  type MessageRecord,
  type Paged,
} from "hermod";
import { PEOPLE, SCHEDULES, seenPage } from "hermod/remote";
import type { Principal } from "../auth/principal.ts";

type Plain = Readonly<Record<string, unknown>>;

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

/** A page, without what its reader may not see: it may be shorter than it was asked for, and still not the last. */
export function showPage<T>(
  { items, next }: Paged<T>,
  may: (item: T) => boolean,
  show: (item: T) => unknown,
): Plain {
  return { items: items.filter(may).map(show), ...(next !== undefined && { next }) };
}

/** A page of messages, without those that the principal may not read; whether there is more is said of those that it may. */
export async function showSeen<T extends { readonly envelope: Envelope }>(
  read: (from: { readonly after?: string; readonly limit?: number }) => Promise<Paged<T>>,
  principal: Principal,
  show: (item: T) => unknown,
): Promise<Plain> {
  if (principal.may("read", EVERYTHING)) return showPage(await read({}), () => true, show);
  const page = await seenPage(read, ({ envelope }) => maySee(principal, envelope));
  return showPage(page, () => true, show);
}

/** Stands for everything where a right is asked for. */
export const EVERYTHING = "*";

/** Whom a right is about: the agent of an instance, or of the replies to one; a person, who is no agent; all schedules. */
export function subjectOf(address: string): string {
  if (address.startsWith(`${PEOPLE}/`)) return address;
  if (address.startsWith(`${SCHEDULES}#`)) return SCHEDULES;
  const agent = address.startsWith("~") ? address.slice(address.indexOf("/") + 1) : address;
  return agent.startsWith(PEOPLE) ? agent : (agent.split("#", 1)[0] as string);
}

/** Whether somebody may see a message: who may read its sender, its recipient or its topic. */
export function maySee(principal: Principal, { from, to, topic }: Envelope): boolean {
  const subjects = [from, to].flatMap((each) => (each === undefined ? [] : [subjectOf(each)]));
  return [...subjects, ...(topic === undefined ? [] : [topic])].some((each) => principal.may("read", each));
}
