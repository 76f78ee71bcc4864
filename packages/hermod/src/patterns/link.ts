/**
 * Link: who is asked, for what, and how: `[Critic, "review"]`, or `[Worker, "run", { as: "task", timeout: "1h" }]`. What goes over it is an
 * ordinary message, so deadlines, budgets, cancellation, circles and traces hold as for any other.
 */
import type { Call } from "../agent/context.ts";
import type { StartTask } from "../agent/task.ts";
import {
  toTargetAddress,
  type CallOf,
  type CallOptions,
  type ReplyOf,
  type SendOf,
  type Target,
  type TaskOptions,
} from "../agent/target.ts";
import { show } from "../core/duration.ts";
import { HermodError } from "../core/errors.ts";
import type { Maybe } from "../core/maybe.ts";
import { oneOf } from "../core/options.ts";

/** Who asks: a handler's context, or a system. */
export interface Sender {
  readonly call: Call;
  readonly task: StartTask;
}

/** How somebody is asked: by a call, with the options of one; or as a task, with those of one, which its `signal` cancels. */
export type LinkOptions =
  | ({ readonly as?: "call" } & CallOptions)
  | ({ readonly as: "task"; readonly signal?: AbortSignal } & TaskOptions);

/** Who is asked, for which call of theirs, and how. Where a pattern uses a link several times, a `key` gets the number of the time. */
export type Link = readonly [to: Target, operation: string, options?: LinkOptions];

/** A link, or a function of yours in its place; it gets what a link would send. */
export type Stage = Link | ((input: never, on: Sender) => unknown);

/** What a stage takes. */
export type StageInput<S> = S extends (input: infer I, ...rest: never) => unknown ? I : LinkInput<S>;
/** What a stage gives. */
export type StageOutput<S> = S extends (...given: never) => infer R ? Awaited<R> : LinkOutput<S>;

type LinkInput<L> = L extends readonly [infer T, infer Op, ...unknown[]] ? SendOf<T, Op> : never;
type LinkOutput<L> = L extends readonly [infer T, infer Op, ...unknown[]] ? ReplyOf<T, Op> : never;

/** Refuses a link whose operation is none, or that does not take `I`: what stands here is what the compiler says is wanted. */
export type Takes<S, I> = S extends readonly [infer T, infer Op, ...unknown[]]
  ? Op extends CallOf<T>
    ? [I] extends [SendOf<T, Op>]
      ? unknown
      : Wanted<I, SendOf<T, Op>>
    : readonly [T, CallOf<T>, LinkOptions?]
  : S extends (input: infer P, ...rest: never) => unknown
    ? [I] extends [P]
      ? unknown
      : Wanted<I, P>
    : unknown;

/** Nothing is known of what an agent without a contract gives: it goes anywhere. */
type Wanted<I, P> = unknown extends I ? unknown : { readonly gets: I; readonly takes: P };

/** Refuses a stage whose output is no `O`. */
export type Gives<S, O> = [StageOutput<S>] extends [O]
  ? unknown
  : unknown extends StageOutput<S>
    ? unknown
    : { readonly gives: StageOutput<S>; readonly wanted: O };

/** Longer than any task is waited for: it ends by its own deadline. */
const FOREVER = "36500d";

/** Asks over a link, or the function in its place. `ending` ends it: the call is given up, the task cancelled. */
export async function ask(on: Sender, stage: Stage, input: unknown, ending?: AbortSignal): Promise<unknown> {
  if (typeof stage === "function")
    return (stage as (input: unknown, on: Sender) => Maybe<unknown>)(input, on);
  const [to, operation, options = {}] = stage as readonly [string, string, LinkOptions?];
  const signals = [options.signal, ending].filter((signal) => signal !== undefined);
  const signal = signals.length === 0 ? {} : { signal: AbortSignal.any(signals) };
  const { as, signal: _, ...terms } = options;
  if (as === "task") return asTask(on, [to, operation, input, terms as TaskOptions], signal);
  return on.call(to, operation, input, { ...(terms as CallOptions), ...signal });
}

async function asTask(
  on: Sender,
  given: readonly [to: string, operation: string, input: unknown, terms: TaskOptions],
  { signal }: { readonly signal?: AbortSignal },
): Promise<unknown> {
  signal?.throwIfAborted();
  const task = await on.task(...given);
  const stop = (): void => void task.cancel("no longer needed").catch(() => undefined);
  signal?.addEventListener("abort", stop, { once: true });
  try {
    if (signal?.aborted) stop();
    return await task.result({ timeout: FOREVER, ...(signal && { signal }) });
  } finally {
    signal?.removeEventListener("abort", stop);
  }
}

/** The link as it is used for the `at`th time: each time has a key of its own, so that none is taken for another. */
export function numbered<S extends Stage>(stage: S, at: number): S {
  if (typeof stage === "function") return stage;
  const [to, operation, options] = stage as Link;
  if (options?.key === undefined) return stage;
  return [to, operation, { ...options, key: `${options.key} ${at}` }] as Link as S;
}

/** Whose words come over it. */
export function nameOf([to]: Link): string {
  return toTargetAddress(to, "link");
}

/** The link, checked as far as its use does not. @throws HermodError HERMOD_BAD_OPTION or HERMOD_BAD_ADDRESS. */
export function toLink(what: string, given: unknown): Link {
  const [to, operation, options] = Array.isArray(given) ? (given as unknown[]) : [];
  if (typeof operation !== "string") notALink(what, given);
  toTargetAddress(to, what);
  if (options !== undefined) oneOf(`${what} as`, Object(options).as, [undefined, "call", "task"]);
  return given as Link;
}

/** The link or function, checked. @throws HermodError HERMOD_BAD_OPTION or HERMOD_BAD_ADDRESS. */
export function toStage(what: string, given: unknown): Stage {
  return typeof given === "function" ? (given as Stage) : toLink(what, given);
}

function notALink(what: string, given: unknown): never {
  throw new HermodError(
    "HERMOD_BAD_OPTION",
    `${what} must be [contract, operation, options?], got ${show(given)}`,
    {
      details: { option: what },
      hint: 'Name who is asked and for what: [Critic, "review"], or [Worker, "run", { as: "task" }].',
    },
  );
}
