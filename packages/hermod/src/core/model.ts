/**
 * Model: the language model behind an agent, as small as an agent needs it. Adapters (`hermod/ai`) and the simulated model implement it;
 * everything that makes model calls hard (budgets, rate limits, deadlines, retries) is done around it.
 */
import type { Maybe } from "./maybe.ts";
import type { Price } from "./price.ts";

/** A JSON Schema, as plain data. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** A call of a tool that the model wants. */
export interface ToolCall {
  /** Names the call among those of one reply. */
  readonly id: string;
  readonly name: string;
  /** What it is called with; text where that is no JSON. */
  readonly input: unknown;
}

/** A tool that the model may call. */
export interface ToolSpec {
  readonly name: string;
  readonly description?: string;
  /** What it takes. */
  readonly input: JsonSchema;
}

/** One message of a prompt. */
export interface ModelMessage {
  readonly role: "system" | "user" | "assistant" | "tool";
  readonly content: string;
  /** Of an assistant: the tools that it wants called. */
  readonly toolCalls?: readonly ToolCall[];
  /** Of a tool: which call it answers, and its name. */
  readonly toolCallId?: string;
  readonly toolName?: string;
}

/** How a model is asked, besides what it is asked. */
export interface ModelOptions {
  /** Ends the call: its promise is rejected with the signal's reason, and no request goes on. */
  readonly signal?: AbortSignal;
  /** Most tokens of the answer. */
  readonly maxTokens?: number;
  readonly temperature?: number;
  /** Who asks; for scripts, records and logs. */
  readonly agent?: string;
}

/** What a model is asked. */
export interface ModelRequest extends ModelOptions {
  readonly messages: readonly ModelMessage[];
  readonly tools?: readonly ToolSpec[];
  /** Default "auto". */
  readonly toolChoice?: "auto" | "none" | "required";
  /** What the text must be, as JSON. */
  readonly schema?: JsonSchema;
}

/** What a call has used. */
export interface Usage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** In whatever unit the prices of the model are. */
  readonly cost?: number;
}

/** Why a model has ended: "refused" where it would not answer. */
export type Finish = "stop" | "length" | "tools" | "refused" | "other";

/** What a model has answered. */
export interface ModelReply {
  readonly text: string;
  readonly toolCalls: readonly ToolCall[];
  readonly usage: Usage;
  readonly finish: Finish;
}

/** An answer that can be heard without a promise for each piece of it. */
export interface SpokenAnswer extends AsyncIterable<ModelPart> {
  /**
   * Hands over its text piece by piece, waiting where its hearer does; gives the reply, or undefined where the pieces take more room than `most`
   * characters. Whatever the hearer throws ends it.
   */
  each(hearer: { hear(piece: string): Maybe<void> }, most: number): Promise<ModelReply | undefined>;
}

/** What a piece counts at least: empty ones must not go on for ever. */
const LEAST_PIECE = 8;

/** What a piece of an answer counts, in characters. */
export function spaceOf(piece: string): number {
  return Math.max(piece.length, LEAST_PIECE);
}

export function isSpoken(parts: AsyncIterable<ModelPart>): parts is SpokenAnswer {
  return typeof (parts as Partial<SpokenAnswer>).each === "function";
}

/** What comes of a streamed call: pieces of the text in order, then the whole reply. */
export type ModelPart =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "end"; readonly reply: ModelReply };

/** What a model's endpoint takes; each default is no limit. */
export interface ModelLimits {
  /** Models of the same key share the limits: the name of a provider's key or account; default the model's name. */
  readonly key?: string;
  /** Most requests a minute. */
  readonly requests?: number;
  /** Most tokens a minute, of prompts and answers together. */
  readonly tokens?: number;
  /** Most calls at once. */
  readonly concurrency?: number;
}

/** A language model. */
export interface Model {
  /** A short name for logs and the page. */
  readonly name: string;
  /** True where no real model answers: what is told of its calls says so. */
  readonly simulated?: boolean;
  /** What its tokens cost, where that is known: cost is set aside before a call then, as tokens are. */
  readonly price?: Price;
  /** What its endpoint takes: a system's agents keep to it together; default none. */
  readonly limits?: ModelLimits;
  /** The model's answer to one prompt. */
  text(prompt: string, options?: ModelOptions): Promise<string>;
  /** The model's answer to a conversation, with the tools it wants called. */
  generate(request: ModelRequest): Promise<ModelReply>;
  /** The same, piece by piece; ending the iteration ends the call. */
  stream(request: ModelRequest): AsyncIterable<ModelPart>;
}

/** The least that a model can do: text in, text out. */
export type TextModel = Pick<Model, "name" | "text"> & Partial<Model>;
