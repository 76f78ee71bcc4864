/** AI agent: an agent of the AI SDK (`ToolLoopAgent`, or one of your own) behind a mailbox. */
import {
  agent,
  HermodError,
  type AgentDefinition,
  type AgentOptions,
  type AnyContract,
  type Context,
  type Maybe,
  type OperationSpec,
  type Target,
} from "../../index.ts";
import { systemClock } from "../../core/clock.ts";
import { isContract } from "../../core/contract.ts";
import { describe } from "../../core/errors.ts";
import { isText, toJsonSchema } from "../../core/jsonschema.ts";
import { aFunction, checkOptions, withMethods } from "../../core/options.ts";
import { marked } from "../../core/prompt.ts";
import { modelError } from "./errors.ts";
import { Meter, type SdkUsage } from "./meter.ts";
import { toPrice, type Price } from "../../core/price.ts";

/** An agent of the AI SDK. */
export interface AiSdkAgent {
  readonly id?: string | undefined;
  generate(options: never): PromiseLike<unknown>;
  stream(options: never): PromiseLike<unknown>;
}

/** Options of an agent of the AI SDK, besides those of any agent. */
export interface AiAgentOptions extends Omit<AgentOptions<undefined>, "state"> {
  /** What it is told of a message; default the message as marked data, with its sender and operation. */
  readonly prompt?: (input: unknown, ctx: Context) => Maybe<string>;
  /** What a million tokens cost; default nothing is said of cost. */
  readonly price?: Price;
}

/**
 * An agent of the AI SDK as one of ours: `aiAgent("researcher", new ToolLoopAgent({ model, tools }))`, or with a contract, all of whose
 * operations it answers. Text is given in parts as it comes; data is what its `output` makes. The signal ends it, and each of its steps is paid
 * from the conversation's budget.
 * @throws HermodError HERMOD_BAD_OPTION; its calls HERMOD_RATE_LIMITED, HERMOD_MODEL, HERMOD_MODEL_OUTPUT, HERMOD_BUDGET.
 */
export function aiAgent(target: Target, sdkAgent: AiSdkAgent, options: AiAgentOptions = {}): AgentDefinition {
  checkOptions(
    "aiAgent",
    options,
    Object.keys(options ?? {}).filter((name) => name !== "state" && name !== "on"),
  );
  const { prompt = (_input, ctx) => marked(ctx.envelope), price, ...rest } = options;
  const terms: Terms = {
    sdkAgent: withMethods("aiAgent", sdkAgent, ["generate", "stream"]) as unknown as SdkAgent,
    prompt: aFunction("aiAgent.prompt", prompt),
    price: toPrice(price),
  };
  return agent(target as string, { ...rest, on: handlersOf(target, terms) } as never);
}

interface Terms {
  readonly sdkAgent: SdkAgent;
  readonly prompt: (input: unknown, ctx: Context) => Maybe<string>;
  readonly price: Price | undefined;
}

/** Its streaming half, as far as it is used here. */
interface SdkAgent {
  readonly id?: string | undefined;
  stream(options: {
    readonly prompt: string;
    readonly abortSignal: AbortSignal;
    readonly onStepStart: () => Promise<void>;
    readonly onStepEnd: (step: { readonly usage: SdkUsage }) => Promise<void>;
  }): PromiseLike<SdkResult>;
}

interface SdkResult {
  readonly stream: AsyncIterable<SdkPart>;
  /** Of the last step. */
  readonly text: PromiseLike<string>;
  readonly output: PromiseLike<unknown>;
}

type SdkPart =
  | { readonly type: "text-delta"; readonly text: string }
  | { readonly type: "error"; readonly error: unknown }
  | { readonly type: "finish"; readonly finishReason: string; readonly totalUsage?: SdkUsage };

type Handler = (input: unknown, ctx: Context) => unknown;

function handlersOf(target: Target, terms: Terms): Record<string, Handler> {
  if (isContract(target)) {
    const { operations } = target as AnyContract;
    return Object.fromEntries([...operations].map(([name, spec]) => [name, handlerOf(spec, terms)]));
  }
  const say = speaking(terms);
  return { request: say, task: say, notification: say };
}

function handlerOf({ out }: OperationSpec, terms: Terms): Handler {
  return out === undefined || isText(toJsonSchema(out)) ? speaking(terms) : answering(terms);
}

/** Says text as it comes. */
function speaking(terms: Terms): Handler {
  return async function* (input, ctx) {
    const result = yield* held(terms, input, ctx);
    return await result.text;
  };
}

/** Answers with data. */
function answering(terms: Terms): Handler {
  return async (input, ctx) => {
    const said = held(terms, input, ctx);
    for (;;) {
      const { done, value } = await said.next();
      if (done) return dataOf(value);
    }
  };
}

/** What its `output` made; without one that is text, and should be JSON. */
async function dataOf({ output }: SdkResult): Promise<unknown> {
  try {
    const made = await output;
    return typeof made === "string" ? (JSON.parse(made) as unknown) : made;
  } catch (error) {
    throw unusable(`the agent's answer is no data: ${describe(error)}`);
  }
}

/** Lets the agent work on one message; yields its text, and gives the result. */
async function* held(
  terms: Terms,
  input: unknown,
  ctx: Context,
): AsyncGenerator<string, SdkResult, undefined> {
  const { sdkAgent, price } = terms;
  const prompt = await terms.prompt(input, ctx);
  const meter = new Meter(ctx.budget, prompt, price);
  await meter.begin();
  const ending = new AbortController();
  const abortSignal = AbortSignal.any([ctx.signal, ending.signal]);
  let total: SdkUsage | undefined;
  try {
    // The SDK swallows what its callbacks throw, so a step that cannot be paid ends all by the signal.
    const onStepStart = (): Promise<void> => meter.begin().catch((error: unknown) => ending.abort(error));
    const onStepEnd = ({ usage }: { readonly usage: SdkUsage }): Promise<void> => meter.end(usage);
    const result = await sdkAgent.stream({ prompt, abortSignal, onStepStart, onStepEnd });
    for await (const part of result.stream) {
      if (part.type === "error") throw part.error;
      if (part.type === "finish") total = finished(part);
      if (part.type !== "text-delta" || part.text === "") continue;
      meter.say(part.text);
      yield part.text;
    }
    abortSignal.throwIfAborted();
    return result;
  } catch (error) {
    if (abortSignal.aborted) throw abortSignal.reason;
    throw errorOf(error, sdkAgent.id ?? ctx.self);
  } finally {
    // Whoever stops reading wants the agent to stop.
    ending.abort();
    await meter.close(total);
  }
}

/** What all steps have used. @throws HermodError HERMOD_MODEL_OUTPUT where the end is no answer. */
function finished({ finishReason, totalUsage }: Extract<SdkPart, { type: "finish" }>): SdkUsage {
  if (finishReason === "content-filter") throw unusable("the agent refused");
  if (finishReason === "tool-calls") throw unusable("the agent ended while it still wanted tools");
  return totalUsage ?? {};
}

/** Where the SDK has tried several times, the last error tells. */
function errorOf(thrown: unknown, model: string): HermodError {
  const { lastError = thrown } = Object(thrown) as { readonly lastError?: unknown };
  return modelError(lastError, { model, now: systemClock.now(), secrets: [] });
}

function unusable(message: string): HermodError {
  return new HermodError("HERMOD_MODEL_OUTPUT", message.slice(0, 1000));
}
