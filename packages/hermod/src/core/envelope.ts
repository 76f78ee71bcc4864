/**
 * Envelope: one immutable message with its metadata. All fields are present in the same order, so that every envelope has
 * one hidden class: reading stays fast, and a stranger who prints one sees all there is.
 */
import { toAddress, type Address } from "./address.ts";
import type { Budget } from "./budget.ts";
import { Copier, revive, toJson } from "./codec.ts";
import { show } from "./duration.ts";
import { HermodError, describe } from "./errors.ts";
import { checkOptions } from "./options.ts";
import { toRetryPolicy, type RetryOptions, type RetryPolicy } from "./retry.ts";
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

/** An envelope as a plain map: times as ISO 8601 in UTC, absent fields left out, bytes in the payload as base64. */
export type EnvelopeMap = Readonly<Record<string, unknown>>;

const timeFields = ["sentAt", "notBefore", "deadline"] as const;

/**
 * The envelope as a plain map that JSON can carry; `fromMap` reads it back without loss.
 * @throws HermodError HERMOD_BAD_ENVELOPE for anything but an envelope.
 */
export function toMap(envelope: Envelope): EnvelopeMap {
  if (typeof envelope !== "object" || envelope === null || typeof envelope.id !== "string")
    return wrong("envelope", "an envelope", envelope);
  const map = JSON.parse(toJson(envelope)) as Record<string, unknown>;
  for (const name of timeFields) if (envelope[name] !== undefined) map[name] = toIso(name, envelope[name]);
  return map;
}

function toIso(name: string, at: number): string {
  return Math.abs(at) <= LAST_TIME
    ? new Date(at).toISOString()
    : wrong(name, "a time in UTC milliseconds", at);
}

const optionalText = [
  "topic",
  "inReplyTo",
  "correlationId",
  "causeId",
  "idempotencyKey",
  "orderKey",
  "trace",
] as const;
const optionalAddress = ["to", "replyTo"] as const;
const fieldNames = [
  ...[
    "v",
    "id",
    "verb",
    "type",
    "operation",
    "from",
    "payload",
    "priority",
    "delivery",
    "conversationId",
    "sequence",
  ],
  ...[
    "hops",
    "waits",
    "metadata",
    "size",
    "retry",
    "published",
    "task",
    "budget",
    ...optionalText,
    ...optionalAddress,
    ...timeFields,
  ],
];

/**
 * The envelope that a map describes; metadata defaults to empty, the conversation to a new one named by the message's id.
 * @throws HermodError HERMOD_BAD_ENVELOPE naming the field and its rule.
 */
export function fromMap(map: unknown, copier: Copier = new Copier()): Envelope {
  if (typeof map !== "object" || map === null || Array.isArray(map))
    return wrong("envelope", "an object", map);
  try {
    const { payload, metadata, ...fields } = map as Record<string, unknown>;
    return readEnvelope({ ...fields, payload: revive(payload), metadata: revive(metadata) }, copier);
  } catch (cause) {
    if (cause instanceof HermodError && cause.code === "HERMOD_BAD_ENVELOPE") throw cause;
    throw new HermodError("HERMOD_BAD_ENVELOPE", `envelope cannot be read: ${describe(cause)}`, { cause });
  }
}

/**
 * The envelope of these fields, written by hand: as `fromMap`, but the payload is data rather than its JSON form.
 * @throws HermodError HERMOD_BAD_ENVELOPE, HERMOD_BAD_PAYLOAD or HERMOD_TOO_LARGE naming what is wrong.
 */
export function readEnvelope(map: Record<string, unknown>, copier: Copier): Envelope {
  checkOptions("envelope", map, fieldNames);
  const v = map["v"] ?? ENVELOPE_VERSION;
  if (v !== ENVELOPE_VERSION) wrong("v", `${ENVELOPE_VERSION}, the version this release reads`, v);
  const id = text(map, "id");
  const payload = copier.copy(map["payload"]);
  const size = copier.size;
  return seal({
    v,
    id,
    verb: choice(map, "verb", verbs, "cast"),
    type: choice(map, "type", messageTypes, "notification"),
    operation: (map["operation"] ?? "") === "" ? "" : text(map, "operation"),
    from: toAddress(map["from"], "from"),
    to: address(map, "to"),
    topic: optional(map, "topic"),
    payload,
    priority: toPriority(map["priority"] ?? 2),
    delivery: choice(map, "delivery", deliveryModes, "at-least-once"),
    retry: map["retry"] === undefined ? undefined : toRetryPolicy(map["retry"] as RetryOptions),
    replyTo: address(map, "replyTo"),
    inReplyTo: optional(map, "inReplyTo"),
    correlationId: optional(map, "correlationId"),
    causeId: optional(map, "causeId"),
    conversationId: optional(map, "conversationId") ?? id,
    idempotencyKey: optional(map, "idempotencyKey"),
    orderKey: optional(map, "orderKey"),
    sequence: map["sequence"] === undefined ? 0 : count(map, "sequence"),
    published: publication(map["published"]),
    sentAt: time(map, "sentAt") ?? 0,
    notBefore: time(map, "notBefore"),
    deadline: time(map, "deadline"),
    hops: hopsOf(map["hops"]),
    waits: waitsOf(map),
    trace: optional(map, "trace"),
    metadata: metadataOf(map["metadata"], copier),
    size,
    task: termsOf(map["task"]),
    budget: budgetOf(map["budget"]),
  });
}

function wrong(field: string, rule: string, value: unknown): never {
  throw new HermodError("HERMOD_BAD_ENVELOPE", `envelope: ${field} must be ${rule}, got ${show(value)}`, {
    details: { field, received: show(value) },
  });
}

const CONTROL = /[\u0000-\u001f\u007f]/;

function text(map: Record<string, unknown>, field: string): string {
  const value = map[field];
  if (typeof value === "string" && value.length > 0 && value.length <= 512 && !CONTROL.test(value))
    return value;
  return wrong(field, "text of 1 to 512 characters without control characters", value);
}

function optional(map: Record<string, unknown>, field: string): string | undefined {
  return map[field] === undefined || map[field] === null ? undefined : text(map, field);
}

function address(map: Record<string, unknown>, field: string): Address | undefined {
  return map[field] === undefined || map[field] === null ? undefined : toAddress(map[field], field);
}

function choice<T extends string>(
  map: Record<string, unknown>,
  field: string,
  choices: readonly T[],
  fallback: T,
): T {
  const value = map[field] ?? fallback;
  return choices.includes(value as T) ? (value as T) : wrong(field, `one of ${choices.join(", ")}`, value);
}

function count(map: Record<string, unknown>, field: string): number {
  const value = map[field];
  // JSON knows no negative zero.
  if (Number.isSafeInteger(value) && (value as number) >= 0) return (value as number) + 0;
  return wrong(field, "a whole number from 0 up", value);
}

function publication(value: unknown): Publication | undefined {
  if (value === undefined || value === null) return undefined;
  const fields = record("published", value, ["by", "number"]);
  return Object.freeze({ by: toAddress(fields["by"], "published.by"), number: count(fields, "number") });
}

function time(map: Record<string, unknown>, field: string): number | undefined {
  const value = map[field];
  if (value === undefined || value === null) return undefined;
  const at = typeof value === "string" ? parseTime(value) : value;
  if (typeof at === "number" && Math.abs(at) <= LAST_TIME) return Math.trunc(at) + 0;
  return wrong(field, "a time: ISO 8601 or UTC milliseconds", value);
}

const ISO = /^(?:[+-]\d\d)?\d{4}-\d\d-\d\d(T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?$/;
/** The last time that ISO 8601 can write. */
export const LAST_TIME = 8.64e15;

/** Milliseconds of an ISO 8601 text; NaN for any other. Left to itself, `Date.parse` takes a time without a zone for local. */
function parseTime(text: string): number {
  const [whole, clock, zone] = ISO.exec(text) ?? [];
  if (whole === undefined) return NaN;
  return Date.parse(clock !== undefined && zone === undefined ? `${whole}Z` : whole);
}

function hopsOf(value: unknown): readonly Address[] {
  if (value === undefined) return noHops;
  if (!Array.isArray(value) || value.length > 1000)
    return wrong("hops", "a list of at most 1,000 addresses", value);
  // From, not map: it must not pass over holes.
  return Object.freeze(Array.from(value, (hop) => toAddress(hop, "hop")));
}

function waitsOf(map: Record<string, unknown>): number {
  const waits = map["waits"] === undefined ? 0 : count(map, "waits");
  if (waits <= hopsOf(map["hops"]).length) return waits;
  return wrong("waits", "at most as many as `hops`", waits);
}

function termsOf(value: unknown): TaskTerms | undefined {
  if (value === undefined || value === null) return undefined;
  const fields = record("task", value, ["done", "idle"]);
  const done =
    fields["done"] === undefined ? undefined : record("task.done", fields["done"], ["to", "operation"]);
  return Object.freeze({
    ...(done && {
      done: Object.freeze({ to: toAddress(done["to"], "task.done.to"), operation: text(done, "operation") }),
    }),
    ...(fields["idle"] !== undefined && { idle: count(fields, "idle") }),
  });
}

function budgetOf(value: unknown): Budget | undefined {
  if (value === undefined || value === null) return undefined;
  const fields = record("budget", value, ["messages", "tokens", "cost", "until"]);
  for (const [name, amount] of Object.entries(fields))
    if (typeof amount !== "number" || !(amount >= 0)) wrong(`budget.${name}`, "a number from 0 up", amount);
  return Object.freeze({ ...fields });
}

function record(field: string, value: unknown, known: readonly string[]): Record<string, unknown> {
  const fields =
    typeof value === "object" && value !== null
      ? (value as Record<string, unknown>)
      : wrong(field, "an object", value);
  checkOptions(`envelope ${field}`, fields, known);
  return fields;
}

function metadataOf(value: unknown, copier: Copier): Metadata {
  if (value === undefined || value === null) return noMetadata;
  const metadata = copier.copy(value);
  const fits = typeof metadata === "object" && !Array.isArray(metadata) && !(metadata instanceof Uint8Array);
  return fits ? (metadata as Metadata) : wrong("metadata", "an object", value);
}
