/** Messages: what the verbs mean. Turns `call`, `cast`, `info` and `send` with their options into drafts, and sends them. */
import type { AnyContract, CallOptions, SendOptions, Target } from "../agent/target.ts";
import { isTopic, toPublication, type Topic } from "../agent/topic.ts";
import { toAddress, type Address } from "../core/address.ts";
import { isContract, type OperationSpec } from "../core/contract.ts";
import type { Clock } from "../core/clock.ts";
import type { Copier } from "../core/codec.ts";
import { show, toMs } from "../core/duration.ts";
import {
  amend,
  answerType,
  deliveryModes,
  expectsAnswer,
  messageTypes,
  readEnvelope,
  toPriority,
  type DeliveryMode,
  type Envelope,
  type MessageType,
  type Verb,
} from "../core/envelope.ts";
import { ExpiredError, HermodError, describe, type HermodError as AnyError } from "../core/errors.ts";
import type { IdSource } from "../core/id.ts";
import { chain, isPromise, type Maybe } from "../core/maybe.ts";
import { suggestion } from "../core/nearest.ts";
import { aFlag, aRecord, aSignal, aText, checkOptions, oneOf } from "../core/options.ts";
import { toRetryPolicy } from "../core/retry.ts";
import { parseFilter } from "../core/filter.ts";
import { check, validate } from "../core/schema.ts";
import { toTopicName } from "../core/topic.ts";
import type { Store } from "../core/store.ts";
import type { Breakers } from "./breakers.ts";
import type { Responders } from "./responders.ts";
import { Waiter, cancelled, type Calls } from "./calls.ts";
import type { Interceptors } from "./interceptors.ts";
import type { Draft, Origin, Sender } from "./send.ts";

/** Longest wait for a reply where neither call nor contract says. */
const CALL_TIMEOUT = 30_000;

/** A message written by hand; everything absent has the default of its kind. */
export type HandMessage = { readonly [K in keyof ByHand]?: ByHand[K] | undefined } & {
  readonly to?: string | undefined;
  readonly from?: string | undefined;
  readonly replyTo?: string | undefined;
};

type ByHand = Omit<Envelope, "v" | "size" | "to" | "from" | "replyTo" | "hops">;

/** What the verbs need. */
export interface MessageParts {
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly copier: Copier;
  readonly store: Store;
  readonly sender: Sender;
  readonly interceptors: Interceptors;
  readonly calls: Calls;
  /** Who answers a request to a topic. */
  readonly responders: Responders;
  /** Whom not to ask now. */
  readonly breakers: Breakers;
  /** The system's own address: replies come back to it. */
  readonly self: Address;
}

const sendOptions = [
  "priority",
  "delivery",
  "retry",
  "key",
  "orderKey",
  "conversation",
  "metadata",
  "trace",
  "timeout",
] as const;
const castOptions = [...sendOptions, "hold"] as const;
const callOptions = [...sendOptions, "signal"] as const;

const verbOfType: Readonly<Record<MessageType, Verb>> = {
  request: "call",
  response: "reply",
  notification: "cast",
  task: "task",
  result: "reply",
  error: "reply",
  status: "info",
};

export class MessageRoad {
  readonly #parts: MessageParts;

  constructor(parts: MessageParts) {
    this.#parts = parts;
  }

  /** Sends a request and waits for its reply: `(target, operation, payload, options)`, or to a topic `(topic, payload, options)`. */
  call(given: readonly unknown[], origin: Origin): Promise<unknown> {
    return new Promise((resolve, reject) => {
      try {
        const request = toRequest(given);
        const { spec, label, payload, options } = request;
        if (options !== undefined) checkOptions("call", options, callOptions);
        if (options?.signal !== undefined) aSignal("call.signal", options.signal);
        const fits = spec && check(spec.in, payload, label);
        const start = (): void => this.#start(request, origin, resolve, reject);
        if (isPromise(fits)) (fits as Promise<unknown>).then(start).catch(reject);
        else start();
      } catch (error) {
        reject(error as AnyError);
      }
    });
  }

  /** Publishes: `(topic, payload, options)`, or an event of a contract `(contract, event, payload, options)`. */
  publish(given: readonly unknown[], origin: Origin): Promise<Envelope> {
    return promised(() => chain(this.publishDraft(given), (draft) => this.#parts.sender.send(draft, origin)));
  }

  /** The draft of a publish, once its payload fits. */
  publishDraft(given: readonly unknown[]): Maybe<Draft> {
    const [{ pattern: topic, spec }, [payload, options]] = toPublication(given);
    if (options !== undefined) checkOptions("publish", options, sendOptions);
    const name = spec?.kind === "event" && !isTopic(given[0]) ? spec.name : "";
    const draft = this.#draft(
      "publish",
      "notification",
      undefined,
      topic,
      name,
      payload,
      options as SendOptions,
      spec,
      undefined,
    );
    const fits = spec && check(spec.in, payload, () => `${topic} event`);
    return isPromise(fits) ? (fits as Promise<unknown>).then(() => draft) : draft;
  }

  /** Sends a message one way; gives its envelope when it is stored. */
  cast(
    target: Target,
    operation: string,
    payload: unknown,
    options: SendOptions | undefined,
    origin: Origin,
  ): Promise<Envelope> {
    try {
      const draft = this.castDraft(target, operation, payload, options);
      const hold = options?.hold !== undefined && aFlag("hold", options.hold);
      if (isPromise(draft))
        return (draft as Promise<Draft>).then((ready) => this.#parts.sender.send(ready, origin, hold));
      return Promise.resolve(this.#parts.sender.send(draft as Draft, origin, hold));
    } catch (error) {
      return Promise.reject(error as AnyError);
    }
  }

  /** The draft of a cast, once its payload fits. */
  castDraft(
    target: Target,
    operation: string,
    payload: unknown,
    options: SendOptions | undefined,
  ): Maybe<Draft> {
    if (options !== undefined) checkOptions("cast", options, castOptions);
    const spec = specOf(target, operation, "cast");
    const to = addressOf(target);
    const draft = this.#draft(
      "cast",
      "notification",
      to,
      undefined,
      operation,
      payload,
      options,
      spec,
      undefined,
    );
    const fits = spec && check(spec.in, payload, () => `${to}.${operation} input`);
    return isPromise(fits) ? (fits as Promise<unknown>).then(() => draft) : draft;
  }

  /** Sends a notice of the system: its own lane, before everything else. */
  info(target: Target, notice: unknown, origin: Origin): Promise<Envelope> {
    return promised(() => {
      const to = addressOf(target);
      const draft: Draft = {
        ...{ verb: "info", type: "status", operation: "", to, payload: notice },
        ...{ priority: 4, delivery: "at-most-once" },
      };
      return this.#parts.sender.send(draft, origin);
    });
  }

  /** Sends a message written by hand. */
  send(message: HandMessage, hold: boolean): Promise<Envelope> {
    return promised(() => {
      const { interceptors, sender } = this.#parts;
      const envelope = this.#byHand(message);
      const fresh = message.id === undefined;
      return chain(interceptors.send(envelope), (ready) =>
        chain(this.#addressed(ready), (addressed) => sender.post(addressed, hold, fresh)),
      );
    });
  }

  /** A request to a topic is for one of its subscribers. */
  #addressed(envelope: Envelope): Maybe<Envelope> {
    const { topic, to, from } = envelope;
    if (topic === undefined || to !== undefined || !expectsAnswer(envelope)) return envelope;
    return chain(
      this.#parts.responders.next(topic, from, envelope.idempotencyKey ?? envelope.orderKey),
      (chosen) => amend(envelope, { to: chosen }),
    );
  }

  #byHand(message: HandMessage): Envelope {
    if (typeof message !== "object" || message === null) {
      throw new HermodError("HERMOD_BAD_ENVELOPE", `a message must be an object, got ${show(message)}`);
    }
    const { clock, ids, copier, self, sender } = this.#parts;
    const now = clock.now();
    const given = fieldsOf(message);
    const type = given["type"] ?? "notification";
    const verb = given["verb"] ?? verbFor(type);
    const id = given["id"] ?? ids.next(now);
    const delivery = verb === "call" || verb === "info" ? "at-most-once" : "at-least-once";
    const sequence = given["sequence"] ?? sender.next();
    const envelope = readEnvelope(
      { from: self, sentAt: now, delivery, ...given, id, type, verb, sequence },
      copier,
    );
    const { correlationId = envelope.id, replyTo = envelope.from } = envelope;
    return expectsAnswer(envelope) ? amend(envelope, { correlationId, replyTo }) : envelope;
  }

  #draft(
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
    const calls = verb === "call";
    // One literal with all fields: spreads of options would make many hidden classes, and cost more than the send.
    return {
      verb,
      type,
      operation,
      to,
      payload,
      priority: priority === undefined ? (spec?.priority ?? 2) : toPriority(priority),
      delivery:
        delivery === undefined
          ? (spec?.delivery ?? defaultDelivery(calls))
          : oneOf("delivery", delivery, deliveryModes),
      id: undefined,
      topic,
      retry: retry === undefined ? undefined : toRetryPolicy(retry),
      replyTo,
      conversationId: conversation === undefined ? undefined : aText("conversation", conversation),
      idempotencyKey: key === undefined ? undefined : aText("key", key),
      orderKey: orderKey === undefined ? undefined : aText("orderKey", orderKey),
      timeout: timeoutOf(options, spec, calls),
      trace: trace === undefined ? undefined : aText("trace", trace),
      metadata: metadata === undefined ? undefined : aRecord("metadata", metadata),
    };
  }

  /** Finds out who is asked: of a topic's subscribers it is one. */
  #start(request: Request, origin: Origin, resolve: Resolve, reject: Reject): void {
    if (request.to !== undefined) return this.#request(request, request.to, origin, resolve, reject);
    const { responders } = this.#parts;
    const key = request.options?.key ?? request.options?.orderKey;
    chain(responders.next(request.topic as string, origin.from, key), (to) =>
      this.#request(request, to, origin, resolve, reject),
    )?.catch(reject);
  }

  #request(request: Request, to: Address, origin: Origin, resolve: Resolve, reject: Reject): void {
    const { calls, interceptors, sender, breakers } = this.#parts;
    const { topic, operation, payload, spec } = request;
    const options: CallOptions = request.options ?? none;
    if (calls.closed) return reject(calls.closed);
    const plain = this.#draft(
      "call",
      "request",
      to,
      topic,
      operation,
      payload,
      options,
      spec,
      origin.replyTo,
    );
    if (options.signal?.aborted) return reject(cancelled(plain, options.signal.reason));
    const sealed = sender.seal(plain, origin);
    const open = breakers.refusal(sealed);
    if (open) return reject(open);
    const left = (sealed.deadline as number) - sealed.sentAt;
    if (left < 0) return reject(expired(sealed, origin));
    const accept = (reply: Envelope): void => this.#accept(reply, spec, resolve, reject);
    const waiter = new Waiter(sealed.id, sealed.to as Address, accept, reject);
    calls.wait(sealed, left, options.signal, waiter);
    const failed = (error: unknown): void => calls.fail(waiter, error as AnyError);
    try {
      const stored = chain(interceptors.send(sealed), (envelope) => sender.store(envelope, false, true));
      if (isPromise(stored))
        (stored as Promise<Envelope>).then((envelope) => this.#joined(waiter, sealed, envelope), failed);
      else this.#joined(waiter, sealed, stored as Envelope);
    } catch (error) {
      failed(error);
    }
  }

  /** A repeated call waits for the first one's reply, or gets the one that is there already. */
  #joined(waiter: Waiter, sealed: Envelope, stored: Envelope): void {
    if (stored.id === sealed.id) return;
    this.#join(waiter, stored.id, sealed).catch((error: unknown) =>
      this.#parts.calls.fail(waiter, error as AnyError),
    );
  }

  async #join(waiter: Waiter, id: string, sealed: Envelope): Promise<void> {
    const { calls, store } = this.#parts;
    calls.move(waiter, id);
    const where = parseFilter(
      `verb:reply correlation:${JSON.stringify(id)} from:${JSON.stringify(sealed.to)}`,
    );
    const { items } = await store.read({ type: "history", agent: sealed.to as Address, where });
    const replies = items.map(({ envelope }) => envelope);
    const reply = replies.find(({ type }) => type === answerType(sealed)) ?? replies.at(-1);
    if (reply && calls.isWaiting(waiter)) calls.receive(reply);
  }

  #accept(reply: Envelope, spec: OperationSpec | undefined, resolve: Resolve, reject: Reject): void {
    if (spec?.out === undefined) return resolve(reply.payload);
    try {
      resolve(
        validate(spec.out, reply.payload, () => `${reply.from}.${spec.name} reply`, "HERMOD_BAD_REPLY"),
      );
    } catch (error) {
      reject(error);
    }
  }
}

type Resolve = (value: unknown) => void;
type Reject = (error: unknown) => void;

/** A request, as it was asked for. */
interface Request {
  /** Absent where a topic is asked. */
  readonly to: Address | undefined;
  readonly topic: string | undefined;
  readonly operation: string;
  readonly payload: unknown;
  readonly options: CallOptions | undefined;
  readonly spec: OperationSpec | undefined;
  /** Names what goes in, for errors. */
  readonly label: () => string;
}

function toRequest(given: readonly unknown[]): Request {
  const [target] = given;
  if (isTopic(target)) return toTopicRequest(target, given);
  const [, operation, payload, options] = given as [Target, string, unknown, CallOptions?];
  const spec = specOf(target as Target, operation, "call");
  const to = addressOf(target as Target);
  return { to, topic: undefined, operation, payload, options, spec, label: () => `${to}.${operation} input` };
}

function toTopicRequest(target: Topic, given: readonly unknown[]): Request {
  const topic = toTopicName(target.pattern);
  const [, payload, options] = given as [Topic, unknown, CallOptions?];
  const label = (): string => `${topic} request`;
  return { to: undefined, topic, operation: "", payload, options, spec: target.spec, label };
}

/** The verb of a type; an unknown type is refused when the message is read. */
function verbFor(type: unknown): Verb {
  return messageTypes.includes(type as MessageType) ? verbOfType[type as MessageType] : "cast";
}

/** The fields that a message written by hand has. @throws HermodError HERMOD_BAD_ENVELOPE when they cannot be read. */
function fieldsOf(message: object): Record<string, unknown> {
  try {
    return Object.fromEntries(Object.entries(message).filter(([, value]) => value !== undefined));
  } catch (cause) {
    throw new HermodError("HERMOD_BAD_ENVELOPE", `the message cannot be read: ${describe(cause)}`, { cause });
  }
}

/** Runs something that may throw, be ready or be pending; always gives a promise. */
export function promised<T>(run: () => Maybe<T>): Promise<T> {
  try {
    return Promise.resolve(run());
  } catch (error) {
    return Promise.reject(error as AnyError);
  }
}

/** The address of a target. */
export function addressOf(target: Target): Address {
  return typeof target === "string" ? toAddress(target, "recipient") : contractOf(target).address;
}

function contractOf(target: unknown): AnyContract {
  if (isContract(target)) return target;
  throw new HermodError(
    "HERMOD_BAD_ADDRESS",
    `a recipient must be a contract or a name, got ${show(target)}`,
  );
}

function specOf(target: Target, operation: string, kind: "call" | "cast"): OperationSpec | undefined {
  if (typeof target === "string") return void checkOperation(operation);
  const { operations, name } = contractOf(target);
  const spec = operations.get(operation);
  if (spec?.kind === kind) return spec;
  const known = [...operations.values()].filter((other) => other.kind === kind).map((other) => other.name);
  const other = spec
    ? ` It is a ${spec.kind}.`
    : typeof operation === "string"
      ? suggestion(operation, known)
      : "";
  throw new HermodError("HERMOD_NO_OPERATION", `${name} has no ${kind} ${show(operation)}.${other}`, {
    details: { known },
  });
}

function checkOperation(operation: unknown): void {
  if (typeof operation === "string" && operation.length <= 100 && !/[\u0000-\u001f\u007f]/.test(operation))
    return;
  throw new HermodError(
    "HERMOD_NO_OPERATION",
    `an operation must be text of at most 100 characters, got ${show(operation)}`,
  );
}

const none: SendOptions = Object.freeze({});

function defaultDelivery(calls: boolean): DeliveryMode {
  return calls ? "at-most-once" : "at-least-once";
}

function timeoutOf(
  options: SendOptions | undefined,
  spec: OperationSpec | undefined,
  calls: boolean,
): number | undefined {
  if (options?.timeout !== undefined) return toMs(options.timeout, "timeout");
  return spec?.timeout ?? (calls ? CALL_TIMEOUT : undefined);
}

function expired({ to, operation }: Envelope, { deadline }: Origin): ExpiredError {
  return new ExpiredError(
    `call ${to}.${operation} was not sent: the deadline of the message being handled has passed`,
    {
      details: { deadline },
    },
  );
}
