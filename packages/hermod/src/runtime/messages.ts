/** Messages: what the verbs mean. Turns `call`, `cast`, `publish`, `info` and `send` with their options into drafts, and sends them. */
import type { SendOptions, Target } from "../agent/target.ts";
import { isTopic, toPublication } from "../agent/topic.ts";
import { amend, expectsAnswer, type Envelope } from "../core/envelope.ts";
import type { HermodError } from "../core/errors.ts";
import { chain, isPromise, promised, type Maybe } from "../core/maybe.ts";
import { aFlag, checkOptions } from "../core/options.ts";
import { check } from "../core/schema.ts";
import { toEnvelope, type HandMessage, type HandParts } from "./byhand.ts";
import { castOptions, publishOptions, toDraft } from "./draft.ts";
import { noticeDraft } from "./notices.ts";
import { addressOf, specOf } from "./recipient.ts";
import { Requests, type RequestParts } from "./requests.ts";
import type { Draft, Origin } from "./send.ts";

/** What the verbs need. */
export interface MessageParts extends HandParts, RequestParts {}

export class MessageRoad {
  readonly #parts: MessageParts;
  readonly #requests: Requests;

  constructor(parts: MessageParts) {
    this.#parts = parts;
    this.#requests = new Requests(parts);
  }

  /** Sends a request and waits for its reply: `(target, operation, payload, options)`, or to a topic `(topic, payload, options)`. */
  call(given: readonly unknown[], origin: Origin): Promise<unknown> {
    return this.#requests.call(given, origin);
  }

  /** Publishes: `(topic, payload, options)`, or an event of a contract `(contract, event, payload, options)`. */
  publish(given: readonly unknown[], origin: Origin): Promise<Envelope> {
    // As `cast`, without a function for each message.
    try {
      const { sender } = this.#parts;
      const draft = this.publishDraft(given);
      if (isPromise(draft)) return (draft as Promise<Draft>).then((ready) => sender.send(ready, origin));
      return Promise.resolve(sender.send(draft as Draft, origin));
    } catch (error) {
      return Promise.reject(error as HermodError);
    }
  }

  /** The draft of a publish, once its payload fits. */
  publishDraft(given: readonly unknown[]): Maybe<Draft> {
    const [{ pattern: topic, spec }, [payload, options]] = toPublication(given);
    if (options !== undefined) checkOptions("publish", options, publishOptions);
    const name = spec?.kind === "event" && !isTopic(given[0]) ? spec.name : "";
    const draft = toDraft(
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
      return Promise.reject(error as HermodError);
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
    const draft = toDraft(
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
    return promised(() => this.#parts.sender.send(noticeDraft(addressOf(target), "", notice), origin));
  }

  /** Sends a message written by hand; with an origin in its name, whatever the message says. */
  send(message: HandMessage, hold: boolean, origin?: Origin): Promise<Envelope> {
    return promised(() => {
      const { interceptors, sender } = this.#parts;
      const envelope = toEnvelope(message, this.#parts, origin);
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
}
