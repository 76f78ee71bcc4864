/**
 * LLM agent: an agent whose operations a model answers. Text is said as it comes, anything else as JSON that is checked against the contract
 * and repaired in a bounded number of tries.
 */
import type { Maybe } from "../core/maybe.ts";
import { isContract, type OperationSpec } from "../core/contract.ts";
import { show } from "../core/duration.ts";
import { HermodError, describe } from "../core/errors.ts";
import { boxed, isFreeText, isOfObjects, isText, toJsonSchema, unboxed } from "../core/jsonschema.ts";
import type { JsonSchema, ModelMessage } from "../core/model.ts";
import { aList, aNumber, aRecord, checkOptions, wholeNumber } from "../core/options.ts";
import { marked, markedText, remembered, systemMessage } from "../core/prompt.ts";
import { validate, type Schema } from "../core/schema.ts";
import { agent, agentOptions, type AgentDefinition, type AgentOptions, type On } from "./agent.ts";
import type { Context } from "./context.ts";
import { converse, unusable, type DialogueTerms } from "./dialogue.ts";
import { Speech, type Hearer } from "./speech.ts";
import type { AnyContract, Target } from "./target.ts";
import { isTool, type Tool } from "./tool.ts";

/** What an LLM agent is made of, besides what any agent is. */
export interface LlmOptions<T extends Target = Target> extends Omit<AgentOptions<undefined>, "state"> {
  /** Handlers of your own, in the place of the model's. */
  readonly on?: Partial<On<T, undefined>["on"]>;
  /** Who the model is and what it is to do; the only text that it takes orders from. */
  readonly instructions: string | ((ctx: Context) => Maybe<string>);
  /** What it may call. */
  readonly tools?: readonly Tool[];
  /** How many tokens of the conversation before go into the prompt, the newest first; default 2,000, 0 for none. */
  readonly memory?: number;
  /** Most times that the model is asked for one message, tools and all; default 8. */
  readonly steps?: number;
  /** How often an answer that does not fit the contract is asked for again; default 2. */
  readonly repairs?: number;
  /** Most tokens of one answer; default what the model says. */
  readonly maxTokens?: number;
  readonly temperature?: number;
}

/** Most messages that an agent remembers of a conversation, however short they are. */
const MOST_REMEMBERED = 1000;
/** How many are read at first. */
const FIRST_REMEMBERED = 32;

const own = [
  "on",
  "instructions",
  "tools",
  "memory",
  "steps",
  "repairs",
  "maxTokens",
  "temperature",
] as const;
/** With those of any agent; a state would be out of the model's reach. */
const known = [...new Set([...own, ...agentOptions])].filter((name) => name !== "state");

/**
 * An agent whose operations a model answers: `llmAgent(Writer, { instructions: "You write short and plain." })`. As a task, an operation whose
 * reply is text gives it in parts.
 * @throws HermodError HERMOD_BAD_OPTION naming what is wrong.
 */
export function llmAgent<T extends Target>(target: T, options: LlmOptions<T>): AgentDefinition {
  checkOptions("llmAgent", options, known);
  const terms = toTerms(options);
  const rest = Object.fromEntries(
    Object.entries(options).filter(([name]) => !(own as readonly string[]).includes(name)),
  );
  const built = isContract(target) ? handlersOf(target as AnyContract, terms) : untyped(terms);
  if (options.on !== undefined) aRecord("llmAgent.on", options.on);
  return agent(target as string, { ...rest, on: { ...built, ...options.on } } as never);
}

interface Terms extends Omit<DialogueTerms, "asked"> {
  readonly instructions: LlmOptions["instructions"];
  readonly memory: number;
  readonly repairs: number;
  readonly asked: { readonly maxTokens?: number; readonly temperature?: number };
}

function toTerms(options: LlmOptions): Terms {
  const { instructions, tools = [], memory = 2000, steps = 8, repairs = 2, maxTokens, temperature } = options;
  if (typeof instructions !== "string" && typeof instructions !== "function")
    wrong("instructions", `must be text, or a function that gives it, got ${show(instructions)}`);
  return {
    instructions,
    tools: toTools(tools),
    memory: wholeNumber("llmAgent.memory", memory, 0),
    steps: wholeNumber("llmAgent.steps", steps, 1, 1000),
    repairs: wholeNumber("llmAgent.repairs", repairs, 0, 10),
    asked: {
      ...(maxTokens !== undefined && { maxTokens: wholeNumber("llmAgent.maxTokens", maxTokens, 1) }),
      ...(temperature !== undefined && { temperature: aNumber("llmAgent.temperature", temperature, 100) }),
    },
  };
}

/** A copy, of tools that a model can tell from one another. */
function toTools(tools: readonly Tool[]): readonly Tool[] {
  const names = new Set<string>();
  for (const entry of aList("llmAgent.tools", tools)) {
    if (!isTool(entry)) wrong("tools", `must be made by tool() or agentTool(), got ${show(entry)}`);
    if (names.has(entry.spec.name)) wrong("tools", `has two tools of the name ${show(entry.spec.name)}`);
    names.add(entry.spec.name);
  }
  return Object.freeze([...tools]);
}

function wrong(option: keyof LlmOptions, rule: string): never {
  throw new HermodError("HERMOD_BAD_OPTION", `llmAgent.${option} ${rule}`, {
    details: { option: `llmAgent.${option}` },
  });
}

type Handler = (input: unknown, ctx: Context) => unknown;

function handlersOf({ operations }: AnyContract, terms: Terms): Record<string, Handler> {
  return Object.fromEntries([...operations].map(([name, spec]) => [name, handlerOf(spec, terms)]));
}

function untyped(terms: Terms): Record<string, Handler> {
  const say = speaking(terms);
  return { request: say, task: say, notification: say };
}

function handlerOf({ out }: OperationSpec, terms: Terms): Handler {
  const schema = out && toJsonSchema(out);
  return out === undefined || isFreeText(schema) ? speaking(terms) : answering(out, schema, terms);
}

/** Says text as it comes. */
function speaking(terms: Terms): Handler {
  return (_input, ctx) =>
    new Speech((hearer) => converse(ctx, () => promptFor(ctx, terms, undefined), terms, hearer));
}

/** Where an answer stands that is no object: endpoints take nothing else. */
const FIELD = "answer";

/** Answers with data: what does not fit is asked for again, with what was wrong. */
function answering(out: Schema<unknown, unknown>, schema: JsonSchema | undefined, terms: Terms): Handler {
  const isBoxed = schema !== undefined && !isOfObjects(schema);
  const shape = isBoxed ? boxed(schema, FIELD) : schema;
  const read = (text: string): unknown =>
    isBoxed ? unboxed(parsed(text, schema), FIELD) : parsed(text, schema);
  const asked = { ...terms.asked, ...(shape && { schema: shape }) };
  return async (_input, ctx) => {
    const messages = await promptFor(ctx, terms, shape);
    for (let left = terms.repairs; ; left--) {
      const text = await converse(ctx, () => messages, { ...terms, asked }, unsaid);
      try {
        const value = read(text);
        await validate(out, value, () => `answer of ${ctx.self}`, "HERMOD_BAD_REPLY");
        return value;
      } catch (error) {
        if (left === 0)
          throw unusable(`the model's answer does not fit: ${describe(error)}`, { text: text.slice(0, 500) });
        messages.push({ role: "assistant", content: text }, { role: "user", content: repairOf(error) });
      }
    }
  };
}

/** Data is told when it is whole. */
const unsaid: Hearer = { hear: () => undefined };

/** The data in an answer; models like to put a fence around it, and leave the quotation marks of a word away. */
function parsed(text: string, schema: JsonSchema | undefined): unknown {
  const said = text.trim();
  const isFenced = said.startsWith("```") && said.endsWith("```");
  const data = isFenced ? said.slice(said.indexOf("\n") + 1, -3) : said;
  return isText(schema) && !/^[{"]/u.test(data.trimStart()) ? data.trim() : JSON.parse(data);
}

/** What was wrong may quote what others have said. */
function repairOf(error: unknown): string {
  const why = markedText("the check of the answer", describe(error).slice(0, 1000));
  return `That does not fit: ${why}\nAnswer again, with nothing but JSON that fits.`;
}

/** What was said before, as far as it fits: a long conversation is read from its newest end, and only so far. */
async function memoryOf({ history, self }: Context, tokens: number): Promise<readonly ModelMessage[]> {
  for (let most = FIRST_REMEMBERED; ; most *= 4) {
    const limit = Math.min(most, MOST_REMEMBERED);
    const said = await history(limit);
    const kept = remembered(said, self, tokens);
    if (kept.length < said.length || said.length < limit || limit === MOST_REMEMBERED) return kept;
  }
}

async function promptFor(
  ctx: Context,
  terms: Terms,
  schema: JsonSchema | undefined,
): Promise<ModelMessage[]> {
  const { instructions, memory } = terms;
  const said = typeof instructions === "string" ? instructions : await instructions(ctx);
  const shape = schema
    ? `\n\nAnswer with nothing but JSON that fits this schema: ${JSON.stringify(schema)}`
    : "";
  const before = memory === 0 ? [] : await memoryOf(ctx, memory);
  return [systemMessage(said + shape), ...before, { role: "user", content: marked(ctx.envelope) }];
}
