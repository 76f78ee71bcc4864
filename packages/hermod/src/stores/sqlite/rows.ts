/** Rows: what is written of a message, change by change. */
import { agentOf, mailboxOf, type Address } from "../../core/address.ts";
import { marksOf } from "../../core/dedupe.ts";
import { messageLimit, type Envelope } from "../../core/envelope.ts";
import type { ErrorRecord } from "../../core/errors.ts";
import { laneOf } from "../../core/ordering.ts";
import type { Attempt, Claim, DeadLetter } from "../../core/store.ts";
import { toBody } from "./body.ts";
import type { DiskBox } from "./box.ts";
import type { Journal } from "./journal.ts";
import { Change, type Check } from "./protocol.ts";

type Checked = (typeof Check)[keyof typeof Check];

/** A message's own row; a published one's names no mailbox, and those of its copies name it as their source. */
export function put(journal: Journal, envelope: Envelope, seq: number, now: number, check: Checked): void {
  const { id, to, conversationId, from, size } = envelope;
  const place = to ?? `topic ${envelope.topic}`;
  const mailbox = to === undefined ? null : mailboxOf(to);
  const reader = to === undefined ? null : agentOf(to);
  journal.add(Change.put, seq, id, place, mailbox, null, conversationId, agentOf(from), reader, now, size);
  journal.add(keyMark(envelope), toBody(envelope), check);
}

/** Counts the message of this row, where its conversation has a budget of messages. */
export function count(journal: Journal, envelope: Envelope, seq: number): void {
  const most = messageLimit(envelope);
  if (most !== undefined) journal.add(Change.count, seq, envelope.conversationId, most);
}

/** The copy of a published message that a mailbox gets. */
export function putCopy(
  journal: Journal,
  envelope: Envelope,
  seq: number,
  now: number,
  source: number,
  mailbox: Address,
): void {
  const { id, conversationId, from, size } = envelope;
  journal.add(Change.put, seq, id, `topic ${envelope.topic}@${mailbox}`, mailbox, source, conversationId);
  journal.add(agentOf(from), mailbox, now, size, null, null, 2);
}

/** The mark of an idempotency key, of a message that has one. */
export function keyMark(envelope: Envelope): string | null {
  return marksOf(envelope)[1] ?? null;
}

export function wait(
  journal: Journal,
  box: DiskBox,
  envelope: Envelope,
  seq: number,
  generation = 0,
  due?: number,
): void {
  journal.add(
    Change.wait,
    box.number,
    laneOf(envelope, box.rule),
    seq,
    envelope.size,
    generation,
    due ?? null,
  );
}

export function gone(journal: Journal, box: DiskBox, envelope: Envelope, row: number): void {
  if (row > 0) journal.add(Change.gone, box.number, laneOf(envelope, box.rule), row);
}

export function again(
  journal: Journal,
  box: DiskBox,
  envelope: Envelope,
  row: number,
  attempts: readonly Attempt[],
  due?: number,
): void {
  if (row <= 0) return;
  const tried = attempts.length === 0 ? null : JSON.stringify(attempts);
  journal.add(Change.again, box.number, laneOf(envelope, box.rule), row, due ?? null, tried);
}

/** How an attempt ended. */
export function fate(
  journal: Journal,
  row: number,
  step: number,
  state: string,
  { attempt, startedAt }: Claim,
  outcome: Attempt["outcome"],
  endedAt: number,
  error?: ErrorRecord,
): void {
  journal.add(Change.fate, Math.abs(row), step, state, attempt, outcome, startedAt, endedAt);
  journal.add(error === undefined ? null : JSON.stringify(error));
}

/** A change of state that no attempt made. */
export function moved(journal: Journal, row: number, step: number, state: string): void {
  journal.add(Change.fate, Math.abs(row), step, state, 0, null, null, null, null);
}

export function die(journal: Journal, letter: DeadLetter, row: number): void {
  const { id, mailbox, reason, error, attempts, diedAt, generation } = letter;
  journal.add(Change.die, id, Math.abs(row), mailbox ?? null, reason);
  journal.add(
    error === undefined ? null : JSON.stringify(error),
    JSON.stringify(attempts),
    diedAt,
    generation,
  );
}

/** Says that the file need not know of a claim any longer. */
export function unclaimed(journal: Journal, box: DiskBox, { token }: Claim, row: number): void {
  if (box.noted.delete(token)) journal.add(Change.unclaimed, Math.abs(row), box.address);
}
