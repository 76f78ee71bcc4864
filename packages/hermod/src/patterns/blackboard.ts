/**
 * Blackboard: a topic on which agents post what they find, and react to what others have posted, until a goal is reached or the time is over.
 * The board is the conversation: what was posted before, in an earlier process too where the store is durable, counts as well.
 */
import type { Publish } from "../agent/context.ts";
import type { PublishOptions } from "../agent/target.ts";
import { toPublication, type EventReceive, type EventSend, type Topic } from "../agent/topic.ts";
import { systemClock, type Clock } from "../core/clock.ts";
import { toMs, type Duration } from "../core/duration.ts";
import type { Envelope } from "../core/envelope.ts";
import type { Maybe } from "../core/maybe.ts";
import { aFunction, checkOptions } from "../core/options.ts";
import { validate } from "../core/schema.ts";
import type { MessageRecord } from "../core/store.ts";
import type { Said } from "./debate.ts";

/** Where a blackboard hangs: a system. */
export interface Board {
  readonly publish: Publish;
  readonly subscribe: (
    to: Topic<string, unknown>,
    seen: (event: unknown, envelope: Envelope) => unknown,
  ) => Promise<AsyncDisposable>;
  conversation(id: string): Promise<readonly MessageRecord[]>;
}

/** What is asked, and when it is answered. */
export interface BlackboardOptions<T extends Topic<string, unknown>> {
  /** What is posted first: what the agents are to work on. It is no finding. */
  readonly post: EventSend<T, never>;
  /** Whether these findings are enough. */
  readonly done: (findings: readonly Said<EventReceive<T, never>>[]) => Maybe<boolean>;
  /** Longest time; default "30s". */
  readonly timeout?: Duration;
  /** Its conversation; default a new one. The same one again goes on with the findings that are there, and posts nothing anew. */
  readonly conversation?: string;
  /** What the conversation may spend. */
  readonly budget?: PublishOptions["budget"];
  /** What `timeout` is measured by; default the machine's clock. */
  readonly clock?: Clock;
}

/** What came of a blackboard. */
export interface Gathered<F = unknown> {
  /** In the order in which they were posted. */
  readonly findings: Said<F>[];
  /** False where the time was over before. */
  readonly reached: boolean;
  readonly conversation: string;
}

const names = ["post", "done", "timeout", "conversation", "budget", "clock"];

/**
 * Posts a question, and gathers what agents post: `blackboard(system, Clues, { post: question, done: (clues) => clues.length >= 3, timeout: "1m" })`.
 * Agents take part by `topics: [on(Clues, …)]` and `ctx.publish(Clues, …)`; each hears its own posts, too. Their hops and budget bound them.
 * @throws HermodError HERMOD_BAD_PAYLOAD for a first post that does not fit the topic; what `done` throws.
 */
export async function blackboard<T extends Topic<string, unknown>>(
  on: Board,
  topic: T,
  options: BlackboardOptions<T>,
): Promise<Gathered<EventReceive<T, never>>> {
  checkOptions("blackboard", options, names);
  const { post, done, timeout = "30s", clock = systemClock } = options;
  const [{ pattern }] = toPublication([topic]);
  const findings = new Findings(topic, aFunction("blackboard.done", done as never));
  const ms = toMs(timeout, "blackboard.timeout");
  await using _listening = await on.subscribe(topic, (_event, envelope) => findings.take(envelope));
  const sent = await (on.publish as unknown as Post)(topic, post, termsOf(pattern, options));
  const cancel = clock.after(ms, () => findings.end(false));
  try {
    await findings.begin(sent, await on.conversation(sent.conversationId));
    const reached = await findings.ended;
    return { findings: [...findings.all], reached, conversation: sent.conversationId } as never;
  } finally {
    cancel();
  }
}

type Post = (to: Topic, event: unknown, options: PublishOptions) => Promise<Envelope>;

/** The first post of a conversation that is named is made once, however often the board is put up. */
function termsOf(
  pattern: string,
  { conversation, budget }: Pick<BlackboardOptions<never>, "conversation" | "budget">,
): PublishOptions {
  return {
    ...(conversation !== undefined && { conversation, key: `blackboard ${pattern} ${conversation}` }),
    ...(budget && { budget }),
  };
}

/** The findings, once each, in order. */
class Findings {
  readonly all: Said[] = [];
  readonly ended: Promise<boolean>;
  readonly end: (reached: boolean) => void;
  readonly #fail: (error: unknown) => void;
  readonly #topic: Topic;
  readonly #done: (findings: readonly Said[]) => Maybe<boolean>;
  readonly #begun = Promise.withResolvers<void>();
  readonly #known = new Set<string>();
  #first: Envelope | undefined;

  constructor(topic: Topic, done: (findings: readonly Said[]) => Maybe<boolean>) {
    const { promise, resolve, reject } = Promise.withResolvers<boolean>();
    this.ended = promise;
    this.end = resolve;
    this.#fail = reject;
    this.#topic = topic;
    this.#done = done;
    promise.catch(() => undefined);
  }

  /** What was posted before comes first; what is heard meanwhile waits for it. */
  async begin(first: Envelope, before: readonly MessageRecord[]): Promise<void> {
    this.#first = first;
    for (const { envelope } of before) if (envelope.topic === this.#topic.pattern) await this.#add(envelope);
    this.#begun.resolve();
  }

  /** Takes what is heard, one after the other. */
  async take(envelope: Envelope): Promise<void> {
    await this.#begun.promise;
    if (envelope.conversationId === this.#first?.conversationId) await this.#add(envelope);
  }

  async #add(envelope: Envelope): Promise<void> {
    if (this.#isKnown(envelope)) return;
    try {
      this.all.push({ from: envelope.from, says: await this.#read(envelope) });
      if (await this.#done(this.all)) this.end(true);
    } catch (error) {
      this.#fail(error);
    }
  }

  /** True for the first post, and for what was heard and read both. */
  #isKnown({ id }: Envelope): boolean {
    if (id === this.#first?.id || this.#known.has(id)) return true;
    this.#known.add(id);
    return false;
  }

  #read({ payload }: Envelope): Maybe<unknown> {
    const { spec, pattern } = this.#topic;
    return spec === undefined ? payload : validate(spec.in, payload, () => `${pattern} event`);
  }
}
