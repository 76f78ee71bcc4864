/** Events: what happened in a conversation, one after the other, read from its records. Pure. */
import type { Attempt, Envelope, MessageRecord } from "hermod";
import type { Handling } from "./handlings.ts";
import type { Tone } from "./tone.ts";

/** A message left its sender. */
export interface Sent {
  readonly type: "sent";
  /** The message. */
  readonly id: string;
  readonly at: number;
  readonly from: string;
  readonly to: string;
  readonly operation: string;
  readonly isReply: boolean;
  /** The verb, or "error" for a reply that is one. */
  readonly kind: string;
  readonly outcome: string;
  readonly tone: Tone;
}

/** Something became of a message at its receiver. */
export interface Became {
  readonly type: "became";
  /** The message. */
  readonly id: string;
  readonly at: number;
  readonly lane: string;
  readonly text: string;
  readonly tone: Tone;
}

export type Event = Sent | Became;

/**
 * The events of records in the order of the records; what became of a message is put in by its time. Where the handlings of
 * pools are known, each attempt names its member, and what became of the member follows.
 */
export function eventsOf(records: readonly MessageRecord[], handlings: readonly Handling[] = []): Event[] {
  const handled = new Map(
    handlings.map((handling) => [handlingKey(handling.id, handling.attempt), handling]),
  );
  const byId = new Map(records.map((record) => [record.envelope.id, record]));
  const events: Event[] = [];
  const pending = new Pending();
  for (const record of records) {
    const { envelope } = record;
    for (const mark of pending.due(envelope.sentAt, envelope.inReplyTo)) events.push(mark);
    events.push(toSent(record, byId));
    for (const mark of marksOf(record, byId, handled)) pending.add(mark);
  }
  return [...events, ...pending.due(Infinity)];
}

/** Marks that stand in the diagram as soon as their time has come. */
class Pending {
  /** The earliest first. */
  #marks: Became[] = [];
  /** How many of these stand there already. */
  #told = 0;
  /** How many of each message do not. */
  readonly #of = new Map<string, number>();

  add(mark: Became): void {
    let at = this.#marks.length;
    while (at > this.#told && (this.#marks[at - 1] as Became).at > mark.at) at--;
    this.#marks.splice(at, 0, mark);
    this.#of.set(mark.id, (this.#of.get(mark.id) ?? 0) + 1);
  }

  /** Those from before a time, and those of the message that is answered then. */
  due(time: number, answered?: string): readonly Became[] {
    const due =
      answered !== undefined && this.#of.has(answered) ? this.#pick(time, answered) : this.#until(time);
    for (const { id } of due) {
      const left = (this.#of.get(id) ?? 0) - 1;
      if (left > 0) this.#of.set(id, left);
      else this.#of.delete(id);
    }
    return due;
  }

  #until(time: number): readonly Became[] {
    const from = this.#told;
    while ((this.#marks[this.#told]?.at ?? Infinity) < time) this.#told++;
    return this.#marks.slice(from, this.#told);
  }

  #pick(time: number, answered: string): readonly Became[] {
    const isDue = ({ at, id }: Became): boolean => at < time || id === answered;
    const waiting = this.#marks.slice(this.#told);
    this.#marks = waiting.filter((mark) => !isDue(mark));
    this.#told = 0;
    return waiting.filter(isDue);
  }
}

/** How the address of a person begins. */
const PEOPLE = "~people/";

/** The name of an address for people. */
export function nameOf(address: string | undefined): string {
  if (address?.startsWith(PEOPLE)) return address.slice(PEOPLE.length);
  return address?.startsWith("~") ? "system" : (address ?? "nobody");
}

/** Whom a message is for. A reply arrives at the system that waits, so it is drawn to the one who asked. */
export function receiverOf(envelope: Envelope, byId: ReadonlyMap<string, MessageRecord>): string {
  const asked = envelope.inReplyTo === undefined ? undefined : byId.get(envelope.inReplyTo);
  if (asked && envelope.to === asked.envelope.replyTo) return nameOf(asked.envelope.from);
  return envelope.to === undefined ? (envelope.topic ?? nameOf(undefined)) : nameOf(envelope.to);
}

function toSent(record: MessageRecord, byId: ReadonlyMap<string, MessageRecord>): Sent {
  const { envelope } = record;
  const isError = envelope.type === "error";
  return {
    type: "sent",
    id: envelope.id,
    at: envelope.sentAt,
    from: nameOf(envelope.from),
    to: receiverOf(envelope, byId),
    operation: plain(envelope.operation || envelope.type),
    isReply: envelope.verb === "reply",
    kind: isError ? "error" : envelope.verb,
    ...outcomeOf(record),
    ...(isError && { tone: "bad" as const }),
  };
}

const words = { done: "ok", failed: "failed", dead: "dead", waiting: "waiting", running: "running" } as const;
const tones = { done: "good", failed: "bad", dead: "bad", waiting: "warn", running: "warn" } as const;

function outcomeOf({ state, attempts }: MessageRecord): { outcome: string; tone: Tone } {
  const retries = attempts.filter(
    ({ outcome }) => outcome === "retried" || outcome === "lease-expired",
  ).length;
  const deaths = attempts.filter(({ outcome }) => outcome === "dead").length;
  const outcome = [
    words[state],
    ...(retries > 0 ? [`retried ×${retries}`] : []),
    ...(deaths > (state === "dead" ? 1 : 0) ? ["redriven"] : []),
  ].join(", ");
  return { outcome, tone: tones[state] };
}

function handlingKey(id: string, attempt: number): string {
  return `${attempt} ${id}`;
}

/** Marks of a message whose way was not straight or went through a pool: one for each attempt, and for its return from the dead letters. */
function marksOf(
  record: MessageRecord,
  byId: ReadonlyMap<string, MessageRecord>,
  handled: ReadonlyMap<string, Handling>,
): Became[] {
  const { envelope, attempts } = record;
  const place = { type: "became", id: envelope.id, lane: receiverOf(envelope, byId) } as const;
  if (envelope.type === "error") return errorMarks(envelope, place, byId);
  const handlings = attempts.map(({ number }) => handled.get(handlingKey(envelope.id, number)));
  if (attempts.every(({ outcome }, at) => outcome === "acked" && !handlings[at])) return [];
  return attempts.flatMap((attempt, at) => {
    const { member, aftermath = [] } = handlings[at] ?? {};
    const marks = [markOf(attempt, attempts.length, member), ...aftermath];
    const ended = marks.map(({ text, tone }) => ({ ...place, at: attempt.endedAt, text, tone }));
    const next = attempt.outcome === "dead" ? attempts[at + 1] : undefined;
    if (next === undefined) return ended;
    return [
      ...ended,
      { ...place, at: next.startedAt, text: "↻ redriven from the dead letters", tone: "warn" },
    ];
  });
}

/** An error that no attempt has told of: the message never ran. */
function errorMarks(
  envelope: Envelope,
  place: Pick<Became, "type" | "id" | "lane">,
  byId: ReadonlyMap<string, MessageRecord>,
): Became[] {
  const asked = envelope.inReplyTo === undefined ? undefined : byId.get(envelope.inReplyTo);
  if (asked?.attempts.some(({ error }) => error !== undefined)) return [];
  const { message = "an error" } = (envelope.payload ?? {}) as { readonly message?: string };
  return [{ ...place, at: envelope.sentAt, text: `✖ ${plain(message)}`, tone: "bad" }];
}

function markOf(
  { number, outcome, error }: Attempt,
  of: number,
  member: string | undefined,
): Pick<Became, "text" | "tone"> {
  const attempt = (member === undefined ? "" : `${member} `) + (of === 1 ? "" : `attempt ${number} `);
  const reason = error === undefined ? "" : `: ${plain(error.message)}`;
  switch (outcome) {
    case "acked":
      return { text: `✔ ${attempt}ok`, tone: "good" };
    case "released":
      return { text: `○ ${attempt}given back`, tone: "warn" };
    case "retried":
      return { text: `✖ ${attempt}failed${reason}`, tone: "warn" };
    case "lease-expired":
      return { text: `✖ ${attempt}lost its lease${reason}`, tone: "warn" };
    case "failed":
      return { text: `✖ ${attempt}failed${reason}`, tone: "bad" };
    case "dead":
      return { text: `✖ ${attempt}failed, now a dead letter${reason}`, tone: "bad" };
  }
}

/** Text of others on one line, without what could steer a terminal or turn the reading order. */
export function plain(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ");
}
