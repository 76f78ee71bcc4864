/**
 * Envelope: one immutable message with its metadata. All fields are present in the same order, so that every envelope has
 * one hidden class: reading stays fast, and a stranger who prints one sees all there is.
 */
import { isOwnAddress, type Address } from "./address.ts";
import type { Budget } from "./budget.ts";
import { show } from "./duration.ts";
import { HermodError } from "./errors.ts";
import type { RetryPolicy } from "./retry.ts";
import type { TaskTerms } from "./taskterms.ts";

export const verbs = ["call", "cast", "task", "publish", "info", "reply"] as const;
/** How a message is meant: by which verb it was sent. */
export type Verb = (typeof verbs)[number];

export const messageTypes = [
  "request",
  "response",
  "notification",
  "task",
  "result",
  "error",
  "status",
] as const;
/** What a message is to its reader. */
export type MessageType = (typeof messageTypes)[number];

export const deliveryModes = ["at-most-once", "at-least-once", "exactly-once"] as const;
/** At most once: gone before the handler runs. At least once: gone at the ack. Exactly once: processed once, effects and ack in one step. */
export type DeliveryMode = (typeof deliveryModes)[number];

export const priorities = { low: 1, normal: 2, high: 3, urgent: 4 } as const;
/** The name of a priority. */
export type PriorityName = keyof typeof priorities;
/** A priority as its number: 1 low, 2 normal, 3 high, 4 urgent; the greater goes first. */
export type Priority = (typeof priorities)[PriorityName];

/** The version of the envelope's form. */
export const ENVELOPE_VERSION = 1;

/** Small facts beside the payload, such as a tenant or a label. */
export type Metadata = Readonly<Record<string, unknown>>;

/** One message; frozen. Times are UTC milliseconds. */
export interface Envelope {
  /** Version of this form. */
  readonly v: number;
  readonly id: string;
  readonly verb: Verb;
  readonly type: MessageType;
  /** The contract's operation, or the sender's word for the message. */
  readonly operation: string;
  readonly from: Address;
  readonly to: Address | undefined;
  readonly topic: string | undefined;
  readonly payload: unknown;
  readonly priority: Priority;
  readonly delivery: DeliveryMode;
  /** How failed deliveries of this message are tried again; absent where operation or agent say. */
  readonly retry: RetryPolicy | undefined;
  /** Address that an answer goes to. */
  readonly replyTo: Address | undefined;
  /** Id of the message that this one answers. */
  readonly inReplyTo: string | undefined;
  /** Matches an answer to the waiting request. */
  readonly correlationId: string | undefined;
  /** Id of the message whose handling sent this one. */
  readonly causeId: string | undefined;
  readonly conversationId: string;
  /** A repeat of the same key to the same recipient has no second effect. */
  readonly idempotencyKey: string | undefined;
  /** Messages with the same key are handled one at a time, in order. */
  readonly orderKey: string | undefined;
  /** Grows by one with each message of one sending system. */
  readonly sequence: number;
  /** Which message of its publisher on its topic it is; absent for what is not published. */
  readonly published: Publication | undefined;
  readonly sentAt: number;
  /** Not delivered before this time. */
  readonly notBefore: number | undefined;
  /** Not started after this time. */
  readonly deadline: number | undefined;
  /** The agents whose handling led here, oldest first. */
  readonly hops: readonly Address[];
  /** How many of the last hops wait for the answer to this message. */
  readonly waits: number;
  /** W3C trace context: `traceparent`. */
  readonly trace: string | undefined;
  readonly metadata: Metadata;
  /** Size of the payload as the codec measured it. */
  readonly size: number;
  /** How a task is carried out; absent for what is none. */
  readonly task: TaskTerms | undefined;
  /** What its conversation may spend; absent where nothing bounds it. */
  readonly budget: Budget | undefined;
}

/** The place of a published message among those of its publisher on one topic: a gap in the numbers is a loss, or an event that was not committed with its delivery. */
export interface Publication {
  /** The publishing system. */
  readonly by: Address;
  /** From 1 up; it begins anew for a topic when at least 5,000 others were published to since. */
  readonly number: number;
}

/** An envelope's fields, before `v` and freezing. */
export type EnvelopeFields = Omit<Envelope, "v">;

export const noHops: readonly Address[] = Object.freeze([]);
export const noMetadata: Metadata = Object.freeze({});

/** Freezes an envelope that was written out with all its fields in the order above: it must keep its hidden class. */
export function seal(envelope: Envelope): Envelope {
  return Object.freeze(envelope);
}

/** The same message with other fields; the original stays as it is. */
export function amend(envelope: Envelope, changes: Partial<EnvelopeFields>): Envelope {
  // The spread of an envelope keeps the order of its fields, and changes only replace values.
  return seal({ ...envelope, ...changes });
}

/** True when losing the message at a crash is allowed: it never waits for a disk. */
export function isVolatile(envelope: Envelope): boolean {
  return envelope.delivery === "at-most-once";
}

/** True for a notice of the system. */
export function isNotice({ verb }: Envelope): boolean {
  return verb === "info";
}

/** True for what is served beside all that runs, in a lane of its own and exempt from `capacity`: a notice, or a call back. */
export function isControl(envelope: Envelope): boolean {
  return envelope.verb === "info" || (envelope.waits > 0 && isCallBack(envelope));
}

/** What a system asks another of how it is: it changes nothing. */
const inquiries: ReadonlySet<string> = new Set(["look", "offer", "state", "waits"]);

/**
 * True for what one system asks another of how it is, and for the answer. It is asked again and again while somebody looks on, and
 * nobody's message: stores remember nothing of it.
 */
export function isInquiry({ from, to, topic, operation, delivery }: Envelope): boolean {
  if (to === undefined || !isOwnAddress(from) || !isOwnAddress(to)) return false;
  return topic === undefined && delivery === "at-most-once" && inquiries.has(operation);
}

/** True for a call to somebody who waits for its outcome: behind what it waits with, it would wait for ever. */
export function isCallBack({ to, hops, waits }: Envelope): boolean {
  if (waits === 0 || to === undefined) return false;
  const place = hops.lastIndexOf(to);
  return place >= 0 && place >= hops.length - waits;
}

/** True once its deadline has passed: a message lives at exactly its deadline. */
export function isExpired({ deadline }: Envelope, now: number): boolean {
  return deadline !== undefined && now > deadline;
}

/** True while it waits for its time. */
export function isDelayed({ notBefore }: Envelope, now: number): boolean {
  return notBefore !== undefined && notBefore > now;
}

/** The type that an answer to this message has. */
export function answerType(envelope: Envelope): MessageType {
  return envelope.type === "task" ? "result" : "response";
}

/** True when somebody expects an answer to the message. */
export function expectsAnswer(envelope: Envelope): boolean {
  return envelope.type === "request" || envelope.type === "task";
}

/** Whether to repeat an error to the asker: true for a message that has a reply address, or a task with somebody to tell, and is no answer itself. */
export function hasAsker({ replyTo, task, verb }: Envelope): boolean {
  return verb !== "reply" && (replyTo !== undefined || task?.done !== undefined);
}

/** How many messages its conversation may send, for one that counts among them: replies and notices are free. */
export function messageLimit({ verb, budget }: Envelope): number | undefined {
  if (budget === undefined || verb === "reply" || verb === "info") return undefined;
  return budget.messages;
}

/** The priority as its number. @throws HermodError HERMOD_BAD_OPTION for anything but a name or 1 to 4. */
export function toPriority(value: unknown): Priority {
  if (typeof value === "string" && Object.hasOwn(priorities, value)) return priorities[value as PriorityName];
  if (value === 1 || value === 2 || value === 3 || value === 4) return value;
  throw new HermodError(
    "HERMOD_BAD_OPTION",
    `priority must be low, normal, high, urgent or 1 to 4, got ${show(value)}`,
    {
      details: { option: "priority", received: show(value) },
    },
  );
}

/** The last time that ISO 8601 can write, UTC milliseconds. */
export const LAST_TIME = 8.64e15;
