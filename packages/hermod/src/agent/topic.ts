/** Topic: what is published under dotted names. It gives types to events and requests, as a contract does to an agent's messages. */
import {
  TOPIC,
  isContract,
  toCall,
  toCast,
  type CallSpec,
  type CallTypes,
  type CastSpec,
  type CastTypes,
  type EventName,
  type OperationSpec,
} from "../core/contract.ts";
import { show } from "../core/duration.ts";
import { HermodError } from "../core/errors.ts";
import { suggestion } from "../core/nearest.ts";
import { isSchema } from "../core/schema.ts";
import { fillPattern, toPattern, toTopicName } from "../core/topic.ts";
import type { AnyContract, MessagesOf } from "./target.ts";

/** A topic or a pattern of topics; `T` are its message types. */
export interface Topic<P extends string = string, T = unknown> {
  readonly pattern: P;
  /** What is published there; absent where nothing was said. */
  readonly spec: OperationSpec | undefined;
  /**
   * The topic with these tokens in the places of its wildcards; `>` takes all that are left.
   * @throws HermodError HERMOD_BAD_ADDRESS naming how many are wanted.
   */
  readonly name: (...tokens: Filling<P>) => Topic<string, T>;
  /** For types only, absent at run time. */
  readonly types?: T;
}

type Filling<P extends string> = string extends P
  ? string[]
  : P extends `${infer First}.${infer Rest}`
    ? [...Place<First>, ...Filling<Rest>]
    : Place<P>;
type Place<Token> = Token extends "*"
  ? [token: string]
  : Token extends ">"
    ? [token: string, ...string[]]
    : [];

/** What a topic is declared with: a schema, a schema with options, or a call's `in` and `out` where requests are made to it. */
export type TopicSpec = CastSpec | CallSpec;

type TopicTypes<S> = S extends { readonly in: infer I; readonly out: infer O }
  ? S extends { readonly "~standard": unknown }
    ? CastTypes<"event", S>
    : CallTypes<I, O, undefined>
  : CastTypes<"event", S>;

/** A topic or pattern of which nothing is known but its name. */
type Raw = { kind: "event"; send: unknown; receive: unknown };

/**
 * A topic: `topic("research.*.done", schema)`; `*` stands for one token, a last `>` for all the rest. With `{ in, out }` it
 * takes requests. Without a schema anything may be published.
 * @throws HermodError HERMOD_BAD_ADDRESS or HERMOD_BAD_CONTRACT naming what is wrong.
 */
export function topic<const P extends string>(pattern: P): Topic<P, Raw>;
export function topic<const P extends string, const S extends TopicSpec>(
  pattern: P,
  spec: S,
): Topic<P, TopicTypes<S>>;
export function topic(pattern: string, spec?: TopicSpec): Topic {
  return make(toPattern(pattern), spec === undefined ? undefined : toSpec(pattern, spec));
}

function make(pattern: string, spec: OperationSpec | undefined): Topic {
  return Object.freeze({
    pattern,
    spec,
    name: (...tokens: string[]) => make(fillPattern(pattern, tokens), spec),
  });
}

function toSpec(pattern: string, spec: TopicSpec): OperationSpec {
  const takesRequests = !isSchema(spec) && typeof spec === "object" && spec !== null && "out" in spec;
  return takesRequests
    ? toCall(TOPIC, pattern, spec as CallSpec)
    : toCast(TOPIC, pattern, "event", spec as CastSpec);
}

/** True for what `topic` made. */
export function isTopic(value: unknown): value is Topic {
  const { pattern, name } = Object(value) as Partial<Topic>;
  return typeof pattern === "string" && typeof name === "function";
}

/** What can be published to or subscribed to: a topic, an event of a contract, or a plain name. */
export type Subject = Topic<string, unknown> | AnyContract | string;

type TypesOf<T> = T extends Topic<string, infer X> ? X : Raw;
type EventTypes<T, E> = T extends AnyContract
  ? E extends keyof MessagesOf<T>
    ? MessagesOf<T>[E]
    : never
  : TypesOf<T>;

/** The events that a subject can be asked for by name: those of a contract. */
export type EventOf<T> = T extends AnyContract ? EventName<MessagesOf<T>> : never;
/** What is published to a subject. */
export type EventSend<T, E> = EventTypes<T, E> extends { send: infer S } ? S : never;
/** What a subscriber of a subject gets. */
export type EventReceive<T, E> = EventTypes<T, E> extends { receive: infer R } ? R : never;
/** What a subscriber may answer: the reply where the topic takes requests, anything else is left aside. */
export type EventAnswer<T, E> = EventTypes<T, E> extends { answer: infer A } ? A : unknown;

/** A subject, checked: where it is published and what. */
export interface Published {
  readonly pattern: string;
  readonly spec: OperationSpec | undefined;
}

/** The arguments after a subject: a contract's event comes first. */
export function toSubject(subject: unknown, rest: readonly unknown[]): [Published, readonly unknown[]] {
  if (isTopic(subject)) return [subject, rest];
  if (isContract(subject)) return [eventOf(subject, rest[0]), rest.slice(1)];
  return [{ pattern: toPattern(subject), spec: undefined }, rest];
}

/** @throws HermodError HERMOD_NO_OPERATION when the contract has no such event. */
export function eventOf({ name, events }: AnyContract, event: unknown): Published {
  const spec = typeof event === "string" ? events.get(event) : undefined;
  // An instance of a keyed agent publishes what its contract says, under the contract's name.
  if (spec) return { pattern: `${name}.${spec.name}`, spec };
  const known = [...events.keys()];
  const near = typeof event === "string" ? suggestion(event, known) : "";
  throw new HermodError("HERMOD_NO_OPERATION", `${name} has no event ${show(event)}.${near}`, {
    details: { known },
    hint: "Declare it in the contract: { events: { name: schema } }.",
  });
}

/** What is published where, checked: a topic or an event with the arguments after it, and no pattern. */
export function toPublication(given: readonly unknown[]): [Published, readonly unknown[]] {
  const [subject, ...rest] = given;
  if (typeof subject === "string") return [{ pattern: toTopicName(subject), spec: undefined }, rest];
  const found = toSubject(subject, rest);
  toTopicName(found[0].pattern);
  return found;
}
