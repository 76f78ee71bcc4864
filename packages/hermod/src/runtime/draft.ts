/** Draft: what somebody wants to say, with the defaults of its operation; the envelope is made of it at the send. */
import type { SendOptions } from "../agent/target.ts";
import type { Address } from "../core/address.ts";
import type { OperationSpec } from "../core/contract.ts";
import { show, toMs } from "../core/duration.ts";
import {
  deliveryModes,
  LAST_TIME,
  toPriority,
  type DeliveryMode,
  type MessageType,
  type Verb,
} from "../core/envelope.ts";
import { aRecord, aText, oneOf } from "../core/options.ts";
import { HermodError } from "../core/errors.ts";
import { toRetryPolicy } from "../core/retry.ts";
import type { Draft } from "./send.ts";

/** Longest wait for a reply where neither call nor contract says. */
const CALL_TIMEOUT = 30_000;

export const sendOptions = [
  "priority",
  "delivery",
  "retry",
  "key",
  "orderKey",
  "conversation",
  "metadata",
  "trace",
  "timeout",
  "budget",
] as const;
const timedOptions = [...sendOptions, "delay", "at"] as const;
export const castOptions = [...timedOptions, "hold"] as const;
export const publishOptions = timedOptions;
export const callOptions = [...sendOptions, "signal", "retries", "fallback"] as const;
export const taskOptions = [...castOptions, "idle", "ahead", "onDone", "detached"] as const;

/** The draft of a message, its options checked. @throws HermodError HERMOD_BAD_OPTION naming the option. */
export function toDraft(
  verb: Verb,
  type: MessageType,
  to: Address | undefined,
  topic: string | undefined,
  operation: string,
  payload: unknown,
  options: SendOptions | undefined,
  spec: OperationSpec | undefined,
  replyTo: Address | undefined,
): Draft {
  const { priority, delivery, retry, key, orderKey, conversation, metadata, trace } = options ?? none;
  // One literal with all fields: spreads of options would make many hidden classes, and cost more than the send.
  return {
    verb,
    type,
    operation,
    to,
    payload,
    priority: priority === undefined ? (spec?.priority ?? 2) : toPriority(priority),
    delivery:
      delivery === undefined ? defaultDelivery(verb, spec) : oneOf("delivery", delivery, deliveryModes),
    id: undefined,
    topic,
    retry: retry === undefined ? undefined : toRetryPolicy(retry),
    replyTo,
    conversationId: conversation === undefined ? undefined : aText("conversation", conversation),
    idempotencyKey: key === undefined ? undefined : aText("key", key),
    orderKey: orderKey === undefined ? undefined : aText("orderKey", orderKey),
    notBefore: options?.at === undefined ? undefined : atOf(options),
    delay: options?.delay === undefined ? undefined : toMs(options.delay, "delay"),
    timeout: timeoutOf(options, spec, verb),
    trace: trace === undefined ? undefined : aText("trace", trace),
    metadata: metadata === undefined ? undefined : aRecord("metadata", metadata),
    task: undefined,
    detached: undefined,
    budget: options?.budget === undefined ? undefined : aRecord("budget", options.budget),
  };
}

/** No options at all. */
export const none: SendOptions = Object.freeze({});

/** A task outlives processes, whatever its operation says of calls. */
function defaultDelivery(verb: Verb, spec: OperationSpec | undefined): DeliveryMode {
  if (verb === "task") return spec?.delivery === "exactly-once" ? "exactly-once" : "at-least-once";
  return spec?.delivery ?? (verb === "call" ? "at-most-once" : "at-least-once");
}

/** The time that was asked for, UTC milliseconds. */
function atOf({ at, delay }: SendOptions): number {
  if (delay !== undefined)
    throw new HermodError("HERMOD_BAD_OPTION", "a message has `delay` or `at`, not both");
  return toTime("at", at);
}

/** UTC milliseconds. @throws HermodError HERMOD_BAD_OPTION for anything but a Date or UTC milliseconds. */
export function toTime(name: string, value: unknown): number {
  const ms = value instanceof Date ? value.getTime() : value;
  if (typeof ms === "number" && ms >= 0 && ms <= LAST_TIME) return Math.ceil(ms);
  const received = value instanceof Date ? "an invalid Date" : show(value);
  throw new HermodError("HERMOD_BAD_OPTION", `${name} must be a Date or UTC milliseconds, got ${received}`, {
    details: { option: name, received },
  });
}

function timeoutOf(
  options: SendOptions | undefined,
  spec: OperationSpec | undefined,
  verb: Verb,
): number | undefined {
  if (options?.timeout !== undefined) return toMs(options.timeout, "timeout");
  // What a contract says is how long a caller waits: a task waits for nobody.
  if (verb === "task") return undefined;
  return spec?.timeout ?? (verb === "call" ? CALL_TIMEOUT : undefined);
}
