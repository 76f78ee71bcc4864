/**
 * Model reply: what a model gave, read as what it should be. Whoever wrote the model's adapter, what goes on from here is plain data, its text is
 * text, and what it says it used can be counted. Pure.
 */
import { Copier } from "./codec.ts";
import { show } from "./duration.ts";
import { HermodError, describe } from "./errors.ts";
import type { Finish, ModelPart, ModelReply, ToolCall, Usage } from "./model.ts";
import { tokensOf } from "./tokens.ts";

const finishes: readonly unknown[] = ["stop", "length", "tools", "refused", "other"] satisfies Finish[];

/** A piece of text, or the reply at the end. `input` is about how many tokens went in. @throws as `toReply`. */
export function toPart(given: unknown, input: number): ModelPart {
  const { type, text, reply } = read("a piece", given, pieceOf);
  if (type === "text" && typeof text === "string") return { type, text };
  if (type === "end") return { type, reply: toReply(reply, input) };
  throw none(`a piece of type ${show(type)} with text ${show(text)}`);
}

/**
 * The reply with all that it lacks: ids of tool calls that are each their own, and an estimate where it does not say what it used.
 * @throws HermodError HERMOD_MODEL for what is no reply, HERMOD_TOO_LARGE for a tool's input beyond the limits of a payload.
 */
export function toReply(given: unknown, input: number): ModelReply {
  return read("a reply", given, ({ text, toolCalls = [], usage, finish }) => {
    if (typeof text !== "string") throw none(`a reply whose text is ${show(text)}`);
    if (!Array.isArray(toolCalls)) throw none(`a reply whose toolCalls are ${show(toolCalls)}`);
    const calls = toolCalls.length === 0 ? [] : distinct(toolCalls.map(toCall));
    return {
      text,
      toolCalls: calls,
      usage: toUsage(usage) ?? estimate(input, text, calls),
      finish: finishes.includes(finish) ? (finish as Finish) : calls.length > 0 ? "tools" : "stop",
    };
  });
}

type Fields = Readonly<Record<string, unknown>>;

const pieceOf = ({ type, text, reply }: Fields) => ({ type, text, reply });

/** What is asked for its fields may be anything, also what throws at each of them. */
function read<T>(what: string, given: unknown, fields: (given: Fields) => T): T {
  if (typeof given !== "object" || given === null) throw none(`${show(given)} in the place of ${what}`);
  try {
    return fields(given as Fields);
  } catch (error) {
    if (error instanceof HermodError) throw error;
    throw none(`${what} that cannot be read: ${describe(error).slice(0, 500)}`, error);
  }
}

function toCall(given: unknown): ToolCall {
  return read("a tool call", given, ({ id, name, input }) => {
    if (typeof name !== "string") throw none(`a tool call whose name is ${show(name)}`);
    return {
      id: typeof id === "string" ? id : "",
      name,
      input: new Copier(undefined, "tool's input").copy(input),
    };
  });
}

/** Which answer is whose goes by the id: calls that share one, or have none, are named anew. */
function distinct(calls: readonly ToolCall[]): readonly ToolCall[] {
  const ids = new Set(calls.map(({ id }) => id));
  if (ids.size === calls.length && !ids.has("")) return calls;
  return calls.map((call, at) => ({ ...call, id: `call-${at + 1}` }));
}

/** What it says it used, where that can be counted. */
function toUsage(given: unknown): Usage | undefined {
  if (typeof given !== "object" || given === null) return undefined;
  const { inputTokens, outputTokens, cost } = given as Fields;
  if (!isAmount(inputTokens) || !isAmount(outputTokens) || !isAmount(inputTokens + outputTokens))
    return undefined;
  return { inputTokens, outputTokens, ...(isAmount(cost) && { cost }) };
}

function isAmount(value: unknown): value is number {
  return typeof value === "number" && value >= 0 && value <= Number.MAX_SAFE_INTEGER;
}

function estimate(inputTokens: number, text: string, calls: readonly ToolCall[]): Usage {
  const called = calls.length === 0 ? "" : JSON.stringify(calls);
  return { inputTokens, outputTokens: tokensOf(text) + tokensOf(called) };
}

/** What a model threw: an error as it is, anything else as one with a code. */
export function toModelError(thrown: unknown): unknown {
  try {
    if (thrown instanceof Error) return thrown;
  } catch {
    // It cannot even be asked what it is.
  }
  return none(`nothing but an exception: ${describe(thrown).slice(0, 500)}`, thrown);
}

/** The error for what is no answer. */
export function none(said: string, cause?: unknown): HermodError {
  return new HermodError("HERMOD_MODEL", `the model gave ${said}`, {
    details: { hop: "answer" },
    ...(cause !== undefined && { cause }),
    hint: "Look at the model's adapter: `generate` gives { text, toolCalls, usage, finish }, `stream` pieces and then an end.",
  });
}
