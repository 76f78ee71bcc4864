/**
 * Envelope map: an envelope as plain data that JSON can carry, and back. What is read is checked field by field, since it may come from
 * anywhere.
 */
import { toAddress, type Address } from "./address.ts";
import type { Budget } from "./budget.ts";
import { Copier, revive, toJson } from "./codec.ts";
import { show } from "./duration.ts";
import {
  ENVELOPE_VERSION,
  LAST_TIME,
  deliveryModes,
  messageTypes,
  noHops,
  noMetadata,
  seal,
  toPriority,
  verbs,
  type Envelope,
  type Metadata,
  type Publication,
} from "./envelope.ts";
import { HermodError, describe } from "./errors.ts";
import { checkOptions } from "./options.ts";
import { toRetryPolicy, type RetryOptions } from "./retry.ts";
import type { TaskTerms } from "./taskterms.ts";

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
  const hops = hopsOf(map["hops"]);
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
    hops,
    waits: waitsOf(map, hops),
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
  if (value.length === 0) return noHops;
  const hops: Address[] = [];
  // Not map: it must not pass over holes.
  for (const hop of value) hops.push(toAddress(hop, "hop"));
  return Object.freeze(hops);
}

function waitsOf(map: Record<string, unknown>, hops: readonly Address[]): number {
  const waits = map["waits"] === undefined ? 0 : count(map, "waits");
  if (waits <= hops.length) return waits;
  return wrong("waits", "at most as many as `hops`", waits);
}

function termsOf(value: unknown): TaskTerms | undefined {
  if (value === undefined || value === null) return undefined;
  const fields = record("task", value, ["done", "idle", "ahead"]);
  const done =
    fields["done"] === undefined ? undefined : record("task.done", fields["done"], ["to", "operation"]);
  return Object.freeze({
    ...(done && {
      done: Object.freeze({ to: toAddress(done["to"], "task.done.to"), operation: text(done, "operation") }),
    }),
    ...(fields["idle"] !== undefined && { idle: count(fields, "idle") }),
    ...(fields["ahead"] !== undefined && { ahead: count(fields, "ahead") }),
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
