/** Context: what a handler can see and do besides its input. */
import type { Address } from "../core/address.ts";
import type { Envelope } from "../core/envelope.ts";
import type { Model } from "../core/model.ts";
import type {
  AnyContract,
  CallOf,
  CallOptions,
  CastOf,
  PublishOptions,
  ReplyOf,
  SendOf,
  SendOptions,
  Target,
} from "./target.ts";
import type { EventName } from "../core/contract.ts";
import type { Ask } from "./ask.ts";
import type { Spending } from "./spending.ts";
import type { StartTask } from "./task.ts";
import type { EventOf, EventSend, Subject, Topic } from "./topic.ts";

/** Sends a request and waits for its reply: `call(Critic, "review", input)`; or to a topic, of which one subscriber answers. */
export type Call = <T extends Target | Topic, const Op extends CallOf<T> = CallOf<T>>(
  to: T,
  ...request: CallArguments<T, Op>
) => Promise<ReplyTo<T, Op>>;

type CallArguments<T, Op> = T extends Topic
  ? [payload: EventSend<T, never>, options?: CallOptions]
  : [operation: Op, payload: SendOf<T, Op>, options?: CallOptions];
type ReplyTo<T, Op> =
  T extends Topic<string, infer M> ? (M extends { reply: infer R } ? R : unknown) : ReplyOf<T, Op>;

/** Sends a message one way; resolves with its envelope when it is stored. */
export type Cast = <T extends Target, Op extends CastOf<T>>(
  to: T,
  operation: Op,
  payload: SendOf<T, Op>,
  options?: SendOptions,
) => Promise<Envelope>;

/** Publishes to a topic: `publish(Done.name("sea"), event)`, `publish(Writer, "drafted", event)` or `publish("tide.turned", event)`; resolves with its envelope when it is stored. */
export type Publish = <T extends Subject, const E extends EventOf<T> = EventOf<T>>(
  to: T,
  ...event: PublishArguments<T, E>
) => Promise<Envelope>;

type PublishArguments<T, E> = T extends AnyContract
  ? [event: E, payload: EventSend<T, E>, options?: PublishOptions]
  : [payload: EventSend<T, never>, options?: PublishOptions];

/** Publishes as `Publish` does, or an event of the agent's own contract by its name: `publish("drafted", event)`. */
export type OwnPublish<M> = <T extends OwnSubject<M>, const E extends EventOf<T> = EventOf<T>>(
  to: T,
  ...event: T extends EventName<M> ? OwnArguments<M, T> : PublishArguments<T, E>
) => Promise<Envelope>;

type OwnArguments<M, E extends keyof M> = [
  payload: M[E] extends { send: infer S } ? S : never,
  options?: PublishOptions,
];
/** In an agent with events, a name without dots is one of them. */
type OwnSubject<M> =
  | Exclude<Subject, string>
  | ([EventName<M>] extends [never] ? string : EventName<M> | `${string}.${string}`);

/** Writes one line of log: a report, kept beside the message that it belongs to, within a bound. */
export type LogLine = (text: string, data?: unknown) => void;

/** What a handler can see and do besides its input; its functions may be taken out of it. */
export interface Context<S = undefined, M = never> {
  /** Calls another agent: the reply, or one typed error. The wait never outlasts this message's own deadline. */
  readonly call: Call;
  /** Casts to another agent. */
  readonly cast: Cast;
  /** Hands out long work to another agent; it ends with this message's deadline, and is cancelled with it, unless `detached`. */
  readonly task: StartTask;
  /** Publishes to a topic, or an event of the agent's own contract by its name. */
  readonly publish: OwnPublish<M>;
  /**
   * Says how far a task is, from 0 to 1; resolves when it is stored. It begins the task's `idle` time anew; for other messages it does nothing.
   * @throws HermodError HERMOD_BAD_OPTION for another number.
   */
  readonly progress: (fraction: number, note?: string) => Promise<void>;
  /** Answers the message before the handler ends; its returned value is then not sent. */
  readonly reply: (value: unknown) => Promise<void>;
  /** The agent's state: committed when the delivery succeeds, put back when it fails. Up to 256 KiB as JSON. A notice sees a frozen copy. */
  readonly state: S;
  /** The system's model; throws NoModel where none was given. */
  readonly model: Model;
  /**
   * Fires at the message's deadline, when its caller or its task is cancelled, when its lease is lost, when a newer message interrupts it, and when its agent is stopped or
   * breaks. A handler that goes on 5 s later is given up, and its agent restarted.
   */
  readonly signal: AbortSignal;
  /** UTC milliseconds, or undefined where the message has none. */
  readonly deadline: number | undefined;
  /** Id of the conversation. */
  readonly conversation: string;
  /** Asks a person, and waits for the answer, over restarts too. */
  readonly ask: Ask;
  /** What the conversation may spend, and has spent. */
  readonly budget: Spending;
  /** What this agent got and sent in the conversation before this message, oldest first: the newest `limit`, default 100, most 1,000. */
  readonly history: (limit?: number) => Promise<readonly Envelope[]>;
  /** The message itself. */
  readonly envelope: Envelope;
  /** The same at every attempt of this message: hand it to services that know idempotency keys. */
  readonly idempotencyKey: string;
  readonly log: {
    readonly debug: LogLine;
    readonly info: LogLine;
    readonly warn: LogLine;
    readonly error: LogLine;
  };
  /** The messages that came since the last look, where the agent's busy rule is "steer": they are settled as this one is. */
  readonly steered: () => readonly Envelope[];
  /** The agent's own address; of a keyed agent that of the instance, in a pool that of the pool. */
  readonly self: Address;
}
