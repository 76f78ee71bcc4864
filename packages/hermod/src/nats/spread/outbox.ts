/**
 * Outbox: the mailbox of a partition for what its messages send to other ones. Such an output is put there in the step that settles
 * its cause, and forwarded afterwards. What would make a mailbox treat it by its own terms (its time, its key, its budget) is set
 * aside until it arrives; operation and payload stay, since a message is recognised by them.
 */
import { mailboxOf, systemAddress, type Address } from "../../core/address.ts";
import { fromJson, toJson } from "../../core/codec.ts";
import { amend, noHops, noMetadata, type Envelope, type EnvelopeFields } from "../../core/envelope.ts";
import type { Term } from "../../core/filter.ts";
import { derivedId } from "../../core/id.ts";
import { defaultMailboxRule, type MailboxRule } from "../../core/store.ts";

export const OUTBOX: Address = systemAddress("outbox");

/** In the order in which it came; what has to wait keeps back what is behind it for the same mailbox, by its key. */
export const OUTBOX_RULE: MailboxRule = Object.freeze({ ...defaultMailboxRule, order: "fifo" });

/** Leaves the outboxes out of an answer. */
export const notOfOutbox: Term = Object.freeze({ field: "to", operator: "is", value: OUTBOX, negated: true });

/** What the outbox says instead of a message's own terms. */
const plain = {
  verb: "cast",
  type: "notification",
  from: OUTBOX,
  to: OUTBOX,
  topic: undefined,
  priority: 2,
  delivery: "at-least-once",
  retry: undefined,
  replyTo: undefined,
  inReplyTo: undefined,
  conversationId: OUTBOX as string,
  idempotencyKey: undefined,
  published: undefined,
  notBefore: undefined,
  deadline: undefined,
  hops: noHops,
  waits: 0,
  task: undefined,
  budget: undefined,
} satisfies Partial<EnvelopeFields>;

const aside = [...(Object.keys(plain) as (keyof typeof plain)[]), "id", "orderKey", "metadata"] as const;

const absent = Object.fromEntries(aside.map((name) => [name, undefined]));

/** A message on its way to another partition. */
export interface Parcel {
  readonly envelope: Envelope;
  /** Where it goes. */
  readonly partition: number;
  /** True when it was counted in the budget of its conversation already. */
  readonly paid: boolean;
}

/** The message as the outbox keeps it. */
export function wrap({ envelope, partition, paid }: Parcel): Envelope {
  const place = envelope.to ?? `topic ${envelope.topic}`;
  const line = envelope.to === undefined ? place : mailboxOf(envelope.to);
  return amend(envelope, {
    ...plain,
    // One id may go to several recipients.
    id: derivedId(Math.max(0, envelope.sentAt), envelope.id, place, partition),
    orderKey: `${partition} ${line}`,
    metadata: Object.freeze({
      partition,
      paid,
      aside: toJson(Object.fromEntries(aside.map((name) => [name, envelope[name]]))),
    }),
  });
}

/** The message that was put into the outbox. */
export function unwrap(held: Envelope): Parcel {
  const {
    partition,
    paid,
    aside: text,
  } = held.metadata as { partition: number; paid: boolean; aside: string };
  const { hops, metadata, ...own } = fromJson(text) as Partial<EnvelopeFields>;
  const envelope = amend(held, {
    ...(absent as Partial<EnvelopeFields>),
    ...own,
    hops: hops === undefined || hops.length === 0 ? noHops : Object.freeze(hops),
    metadata:
      metadata === undefined || Object.keys(metadata).length === 0 ? noMetadata : Object.freeze(metadata),
  });
  return { envelope, partition, paid };
}
