/** Ask: a question to a person, who answers when they come to it. */
import type { Duration } from "../core/duration.ts";
import type { OutputOf, Schema } from "../core/schema.ts";

/** How a person is asked. */
export interface AskOptions<S = unknown> {
  /** What there is to choose from; any other answer is refused. */
  readonly options?: readonly string[];
  /** What the answer must be; default any text. */
  readonly schema?: S;
  /** How long the question stands; default as long as the message being handled, for ever where that has no deadline. */
  readonly timeout?: Duration;
  /** What the person needs to know besides. */
  readonly details?: unknown;
}

/** What an answer is. */
export type AnswerTo<O> = O extends { readonly schema: infer S extends Schema<unknown, unknown> }
  ? OutputOf<S>
  : O extends { readonly options: readonly (infer C)[] }
    ? C
    : string;

/**
 * Asks a person, and waits for the answer: `ask("ana", "Send it?", { options: ["yes", "no"] })`. The question is durable: a message that is
 * handled again after a restart finds it, and its answer. Only an answer, the time, or the end of the work it was asked for ends it.
 */
export type Ask = <const O extends AskOptions>(
  person: string,
  question: string,
  options?: O,
) => Promise<AnswerTo<O>>;

/** A question that waits for somebody. */
export interface Question {
  readonly id: string;
  readonly person: string;
  readonly question: string;
  readonly options?: readonly string[];
  readonly details?: unknown;
  /** Who asks. */
  readonly from: string;
  readonly conversation: string;
  /** UTC milliseconds. */
  readonly askedAt: number;
  /** Until when it stands, UTC milliseconds. */
  readonly deadline?: number;
  /** Who is to see to it, where somebody said so: another person may answer for the one who is asked. */
  readonly assigned?: { readonly to: string; readonly by?: string; readonly at: number };
}
