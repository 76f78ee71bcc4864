/**
 * Dialogue: one message worked on with a model: it is asked, the tools that it wants are called, and it is asked again, in a bounded number of
 * steps. Its text comes piece by piece.
 */
import { show } from "../core/duration.ts";
import { HermodError, TooLargeError, describe } from "../core/errors.ts";
import { isPromise, type Maybe } from "../core/maybe.ts";
import {
  isSpoken,
  spaceOf,
  type ModelMessage,
  type ModelPart,
  type ModelReply,
  type ModelRequest,
  type ToolCall,
} from "../core/model.ts";
import { marked, markedText } from "../core/prompt.ts";
import { validate } from "../core/schema.ts";
import type { Context } from "./context.ts";
import type { Hearer } from "./speech.ts";
import type { Tool } from "./tool.ts";

/** Most characters of one answer: it is a reply or the parts of one, which are bounded too. */
const MOST_ANSWER = 1_000_000;
/** Most tools that one answer may want called: they run side by side. */
const MOST_CALLS = 128;
/** Most characters of a tool's result that the model is told: all of it goes into each prompt that follows. */
const MOST_RESULT = 100_000;

/** How a dialogue is held. */
export interface DialogueTerms {
  readonly tools: readonly Tool[];
  /** Most times that the model is asked. */
  readonly steps: number;
  readonly asked: Pick<ModelRequest, "schema" | "maxTokens" | "temperature">;
}

/**
 * Holds a dialogue; says the text as it comes and gives the last answer. The prompt grows by what is said.
 */
export async function converse(
  ctx: Context,
  prompt: () => Maybe<ModelMessage[]>,
  { tools, steps, asked }: DialogueTerms,
  hearer: Hearer,
): Promise<string> {
  const messages = await prompt();
  const specs = tools.map(({ spec }) => spec);
  for (let step = 1; step <= steps; step++) {
    // Who steers it is heard before it goes on.
    messages.push(...ctx.steered().map((said) => ({ role: "user" as const, content: marked(said) })));
    const request = { ...asked, messages: [...messages], ...(specs.length > 0 && { tools: specs }) };
    const reply = await heard(ctx.model.stream(request), hearer);
    if (reply === undefined || reply.text.length > MOST_ANSWER) throw tooLong(ctx);
    const { text, toolCalls, finish } = reply;
    if (finish === "refused") throw unusable(`the model refused: ${text}`, { text: text.slice(0, 500) });
    if (toolCalls.length === 0) return text;
    if (toolCalls.length > MOST_CALLS)
      throw unusable(`the model wants ${toolCalls.length} tools at once, and ${MOST_CALLS} are the most`, {
        step,
      });
    messages.push({ role: "assistant", content: text, toolCalls });
    messages.push(...(await Promise.all(toolCalls.map((call) => answer(ctx, tools, call)))));
  }
  throw unusable(`the model was asked ${steps} times and still wanted tools`, { steps });
}

/** Hears an answer to its end; nothing where it is too long. */
async function heard(parts: AsyncIterable<ModelPart>, hearer: Hearer): Promise<ModelReply | undefined> {
  if (isSpoken(parts)) return parts.each(hearer, MOST_ANSWER);
  let length = 0;
  for await (const part of parts) {
    if (part.type === "end") return part.reply;
    if ((length += spaceOf(part.text)) > MOST_ANSWER) return undefined;
    const said = hearer.hear(part.text);
    if (isPromise(said)) await said;
  }
  throw new HermodError("HERMOD_MODEL", "the model's answer ended without its end");
}

function tooLong({ self }: Context): TooLargeError {
  return new TooLargeError(`the model of ${self} says more than ${MOST_ANSWER} characters at once`, {
    details: { agent: self, most: MOST_ANSWER },
    hint: "Bound its answers by `maxTokens`, or have the work done in several steps.",
  });
}

/** What a tool answers; a tool that fails tells the model why, and it may try again. */
async function answer(ctx: Context, tools: readonly Tool[], call: ToolCall): Promise<ModelMessage> {
  const tool = tools.find(({ spec }) => spec.name === call.name);
  const content = tool
    ? await result(ctx, tool, call)
    : `There is no tool ${show(call.name)}. There are: ${names(tools)}.`;
  return { role: "tool", content, toolCallId: call.id, toolName: call.name };
}

async function result(ctx: Context, tool: Tool, { input }: ToolCall): Promise<string> {
  try {
    const read = await validate(tool.input, tool.inputOf(input), () => `input of ${tool.spec.name}`);
    const value: unknown = await tool.run(read as never, ctx);
    const text = typeof value === "string" ? value : (JSON.stringify(value) ?? "done");
    return `${markedText(tool.from, text.slice(0, MOST_RESULT))}${leftOut(text.length - MOST_RESULT)}`;
  } catch (error) {
    if (endsWork(error)) throw error;
    // Why it failed is what somebody else says, too.
    return `The tool failed: ${markedText(tool.from, describe(error).slice(0, 1000))}`;
  }
}

function leftOut(characters: number): string {
  return characters > 0 ? `\nThe tool said ${characters} characters more, which are left out.` : "";
}

/** Bounds of the whole work are nothing that a model may try again. */
const bounds: readonly string[] = [
  "HERMOD_BUDGET",
  "HERMOD_CANCELLED",
  "HERMOD_CLOSED",
  "HERMOD_EXPIRED",
  "HERMOD_LOOP",
  "HERMOD_RATE_LIMITED",
  "HERMOD_STALE_LEASE",
];

/** True for an error that is a bound of the whole work: nothing to be tried again. */
export function endsWork(error: unknown): boolean {
  return error instanceof HermodError && bounds.includes(error.code);
}

function names(tools: readonly Tool[]): string {
  return tools.map(({ spec }) => spec.name).join(", ") || "none";
}

/** The error for what a model says that cannot be used. */
export function unusable(message: string, details: Readonly<Record<string, unknown>>): HermodError {
  return new HermodError("HERMOD_MODEL_OUTPUT", message.slice(0, 1000), { details });
}
