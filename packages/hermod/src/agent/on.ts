/** On: an agent's handler for what is published to a topic: `agent(Editor, { topics: [on(Writer, "drafted", (event, ctx) => …)] })`. */
import { show } from "../core/duration.ts";
import { HermodError } from "../core/errors.ts";
import type { Maybe } from "../core/maybe.ts";
import { aFunction, aList } from "../core/options.ts";
import type { Context } from "./context.ts";
import {
  isTopic,
  toSubject,
  type EventAnswer,
  type EventOf,
  type EventReceive,
  type Subject,
  type Topic,
} from "./topic.ts";
import type { AnyContract } from "./target.ts";
import type { Handling, TypeHandler } from "./handling.ts";

/** A handler of a topic or pattern. Without one the agent's handler by message type takes what is published. */
export interface TopicHandler<S = never> {
  readonly pattern: string;
  readonly handling: Handling | undefined;
  /** For types only, absent at run time. */
  readonly state?: (state: S) => void;
}

/** Handles an event of a subject; for a request to a topic the returned value answers. */
export type EventHandler<T, E, S> = (event: EventReceive<T, E>, ctx: Context<S>) => Maybe<EventAnswer<T, E>>;

type OnArguments<T, E, S> = T extends AnyContract
  ? [event: E, handler: EventHandler<T, E, S>]
  : [handler: EventHandler<T, never, S>];

/** `on` for an agent whose state is known: its handlers see it as `ctx.state`. */
export type OnTopic<S> = <T extends Subject, const E extends EventOf<T> = EventOf<T>>(
  to: T,
  ...rest: OnArguments<T, E, S>
) => TopicHandler<S>;

/** What an agent listens to, as a list; or a function that makes it, whose `on` knows the agent's state. */
export type Topics<S> = TopicList<S> | ((on: OnTopic<S>) => TopicList<S>);

type TopicList<S> = readonly (TopicHandler<S> | Topic<string, unknown> | string)[];

/**
 * Takes part in a topic: a topic, a contract's event, or a pattern as text. Of several that fit a message the first one in
 * the agent's list handles it. A handler that uses `ctx.state` says its type, or stands in `topics: (on) => [on(…)]`, which
 * knows it.
 * @throws HermodError HERMOD_BAD_ADDRESS, HERMOD_NO_OPERATION or HERMOD_BAD_OPTION.
 */
export function on<T extends Subject, S = unknown, const E extends EventOf<T> = EventOf<T>>(
  to: T,
  ...rest: OnArguments<T, E, S>
): TopicHandler<S> {
  const [{ pattern, spec }, [handler]] = toSubject(to, rest);
  const run = aFunction(`on ${pattern}`, handler) as TypeHandler<never>;
  return Object.freeze({ pattern, handling: Object.freeze({ name: pattern, spec, run }) });
}

/** The topics of an agent, checked: a bare topic or pattern is handled by message type. */
export function toTopics<S>(address: string, topics: Topics<S>): readonly TopicHandler[] {
  const list: readonly unknown[] = typeof topics === "function" ? topics(on) : topics;
  return Object.freeze(aList(`agent ${address} topics`, list).map((given) => toTopicHandler(address, given)));
}

function toTopicHandler(address: string, given: unknown): TopicHandler {
  if (isTopicHandler(given)) return given;
  if (typeof given === "string" || isTopic(given))
    return Object.freeze({ pattern: toSubject(given, [])[0].pattern, handling: undefined });
  throw new HermodError(
    "HERMOD_BAD_OPTION",
    `agent ${address} topics must be patterns, or made by on(...) or topic(...), got ${show(given)}`,
  );
}

function isTopicHandler(given: unknown): given is TopicHandler {
  const { pattern, handling } = Object(given) as Partial<TopicHandler>;
  return typeof pattern === "string" && typeof handling?.run === "function";
}
