/** Subscription: what a user subscribed to: live for as long as it is open, or durable under a name of its own. */
import { agent, type AgentDefinition, type MailboxOptions } from "../agent/agent.ts";
import type { TopicHandler } from "../agent/on.ts";
import type { AnyContract } from "../agent/target.ts";
import {
  toSubject,
  type EventAnswer,
  type EventOf,
  type EventReceive,
  type Published,
  type Subject,
} from "../agent/topic.ts";
import type { Context } from "../agent/context.ts";
import type { Envelope } from "../core/envelope.ts";
import type { Maybe } from "../core/maybe.ts";
import { HermodError } from "../core/errors.ts";
import { aFunction, checkOptions } from "../core/options.ts";

/** Options of a subscription; those of a mailbox need `durable`. */
export interface SubscribeOptions extends MailboxOptions {
  /**
   * Keeps what is published while nobody listens, under this name: a mailbox with retries and dead letters of its own. Whoever
   * subscribes by the same name goes on where the last one stopped. Default: live, each event at most once.
   */
  readonly durable?: string;
  /** Events handled at the same time; default 1. Durable ones only. */
  readonly concurrency?: number;
}

/** Sees what is published; for a request to the topic its returned value answers. */
export type Subscriber<T, E> = (event: EventReceive<T, E>, envelope: Envelope) => Maybe<EventAnswer<T, E>>;

/**
 * Subscribes: `subscribe(Done, fn)`, `subscribe(Writer, "drafted", fn)` or `subscribe("tide.>", fn)`, with
 * `{ durable: "name" }` where nothing may be missed.
 */
export type Subscribe = <T extends Subject, const E extends EventOf<T> = EventOf<T>>(
  to: T,
  ...rest: T extends AnyContract
    ? [event: E, seen: Subscriber<T, E>, options?: SubscribeOptions]
    : [seen: Subscriber<T, never>, options?: SubscribeOptions]
) => Promise<Subscription>;

/** A subscription that runs. */
export interface Subscription extends AsyncDisposable {
  /** What it listens to. */
  readonly pattern: string;
  /** Ends it; for a durable one what is published stays for the next subscriber of its name. */
  close(): Promise<void>;
  /** Ends it for good: what waits for a durable one becomes dead letters "stopped". */
  unsubscribe(): Promise<void>;
}

/** What somebody subscribes to, checked. */
export interface Subscribing {
  readonly subject: Published;
  readonly seen: (event: unknown, envelope: Envelope) => unknown;
  /** The agent that keeps the events; absent for a live subscription. */
  readonly keeper: AgentDefinition | undefined;
}

const mailboxNames = ["capacity", "order", "lease", "retry", "concurrency"] as const;

/** @throws HermodError HERMOD_BAD_ADDRESS, HERMOD_NO_OPERATION or HERMOD_BAD_OPTION naming what is wrong. */
export function toSubscribing(given: readonly unknown[]): Subscribing {
  const [subject, [seen, options = {}]] = toSubject(given[0], given.slice(1));
  const listener = aFunction(`subscriber of ${subject.pattern}`, seen) as Subscribing["seen"];
  checkOptions("subscribe", options, ["durable", ...mailboxNames]);
  const { durable, ...mailbox } = options as SubscribeOptions;
  if (durable === undefined) refuseMailbox(mailbox);
  const keeper = durable === undefined ? undefined : toKeeper(durable, subject, listener, mailbox);
  return { subject, seen: listener, keeper };
}

/** A durable subscription is an agent with one handler. */
function toKeeper(
  name: string,
  { pattern, spec }: Published,
  seen: Subscribing["seen"],
  mailbox: Omit<SubscribeOptions, "durable">,
): AgentDefinition {
  const run = (event: unknown, ctx: Context): unknown => seen(event, ctx.envelope);
  const handler: TopicHandler = { pattern, handling: { name: pattern, spec, run } };
  return agent(name, { ...mailbox, on: {}, topics: [handler as TopicHandler<undefined>] });
}

function refuseMailbox(mailbox: object): void {
  const [name] = Object.keys(mailbox);
  if (name === undefined) return;
  throw new HermodError("HERMOD_BAD_OPTION", `subscribe: ${name} needs a durable subscription`, {
    details: { option: name },
    hint: 'A live one has no mailbox of its own: add { durable: "name" }.',
  });
}
