/** Wrap: a function that is there already, as an agent: `asAgent("summarizer", (text: string, { signal }) => summarize(text, signal))`. */
import { toAgentName } from "../core/address.ts";
import { isContract } from "../core/contract.ts";
import { HermodError } from "../core/errors.ts";
import type { Maybe } from "../core/maybe.ts";
import { aFunction, checkOptions } from "../core/options.ts";
import { agent, type AgentDefinition, type AgentOptions, type Handlers } from "./agent.ts";
import type { Context } from "./context.ts";
import type { AnyContract, MessagesOf, Target } from "./target.ts";

/** What can be wrapped: of a contract the handler of its only operation; for a name any function, whose input is not checked. */
export type Wrappable<T extends Target, I> = T extends string
  ? (input: I, ctx: Context) => unknown
  : Wrapped<Handlers<MessagesOf<T>, undefined>>;

/** Besides what a handler returns: an iterable, whose pieces are the parts. */
type Wrapped<H> = H[keyof H] extends (...given: infer G) => infer A
  ? (...given: G) => A | Maybe<AsyncIterable<unknown>>
  : never;

/**
 * A function as an agent: `asAgent(Summarizer, summarize)`, with a contract of one operation, or `asAgent("summarizer", summarize)`, which answers
 * requests and tasks and takes notifications. It gets its input and the context, whose `signal` says when to stop. Where it gives an async
 * iterable, such as a generator or a stream, the pieces are the parts of a task; without a result of its own, pieces of text are joined.
 * @throws HermodError HERMOD_BAD_OPTION for a contract of none or several operations, and for what `agent` refuses.
 */
export function asAgent<T extends Target, I = unknown>(
  target: T,
  fn: Wrappable<T, I>,
  options: Omit<AgentOptions<undefined>, "state"> = {},
): AgentDefinition {
  const address = toAgentName(isContract(target) ? target.address : target);
  const what = `asAgent ${address}`;
  checkOptions(
    what,
    options,
    Object.keys(options ?? {}).filter((name) => name !== "state" && name !== "on"),
  );
  const handler = wrapped(aFunction(what, fn) as AnyFunction);
  const names = isContract(target)
    ? onlyOf(what, target as AnyContract)
    : ["request", "task", "notification"];
  const on = Object.fromEntries(names.map((name) => [name, handler]));
  return agent(target as string, { ...options, on } as never);
}

type AnyFunction = (input: unknown, ctx: Context) => unknown;

function onlyOf(what: string, { operations }: AnyContract): readonly string[] {
  const names = [...operations.keys()];
  if (names.length === 1) return names;
  throw new HermodError(
    "HERMOD_BAD_OPTION",
    `${what} needs a contract of one operation, not of ${names.length}`,
    {
      details: { operations: names },
      hint: "A function is one operation. For several write agent(contract, { on: { … } }).",
    },
  );
}

function wrapped(fn: AnyFunction): AnyFunction {
  return async function* (input, ctx) {
    const given = await fn(input, ctx);
    return isIterable(given) ? yield* piecesOf(given) : given;
  };
}

function isIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === "object" && value !== null && Symbol.asyncIterator in value;
}

/** Gives each piece, and returns what the iterable does, or else all its text; whoever ends it between two pieces ends the iterable. */
async function* piecesOf(given: AsyncIterable<unknown>): AsyncGenerator<unknown, unknown, undefined> {
  const pieces = given[Symbol.asyncIterator]() as AsyncIterator<unknown, unknown, undefined>;
  const said: unknown[] = [];
  try {
    for (;;) {
      const { done = false, value } = await pieces.next();
      if (done) return value === undefined ? textOf(said) : value;
      said.push(value);
      yield value;
    }
  } finally {
    // Of no effect on one that has ended by itself.
    await pieces.return?.();
  }
}

/** The text of pieces that are nothing else. */
function textOf(said: readonly unknown[]): string | undefined {
  const isText = said.length > 0 && said.every((piece) => typeof piece === "string");
  return isText ? said.join("") : undefined;
}
