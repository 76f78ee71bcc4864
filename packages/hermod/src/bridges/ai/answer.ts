/** Answer: what a model has said so far of one reply, whole or in pieces, within a limit. */
import { TooLargeError } from "../../core/errors.ts";
import type { Finish, ModelReply, ToolCall, Usage } from "../../core/model.ts";
import { tokensOf } from "../../core/tokens.ts";
import type { SdkReply } from "./sdk.ts";

type SdkToolCall = Extract<SdkReply["content"][number], { type: "tool-call" }>;

export class Answer {
  readonly #limit: number;
  #text: string[] = [];
  readonly #calls: ToolCall[] = [];
  #size = 0;
  #tokens = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** About how many tokens were said. */
  get tokens(): number {
    return this.#tokens;
  }

  /** @throws HermodError HERMOD_TOO_LARGE beyond the limit. */
  say(text: string): void {
    this.#count(text);
    this.#text.push(text);
  }

  /** Where a part of the text alone is the structured answer. */
  select(text: string): void {
    this.#text = [text];
  }

  /** What the provider has executed by itself is not ours to call. @throws HermodError HERMOD_TOO_LARGE beyond the limit. */
  call({ toolCallId, toolName, input, providerExecuted }: SdkToolCall): void {
    if (providerExecuted === true) return;
    this.#count(input);
    this.#calls.push({ id: toolCallId, name: toolName, input: parsed(input) });
  }

  reply(usage: Usage, finish: SdkReply["finishReason"]["unified"]): ModelReply {
    const calls = this.#calls;
    return { text: this.#text.join(""), toolCalls: calls, usage, finish: finishOf(finish, calls.length > 0) };
  }

  #count(text: string): void {
    this.#size += text.length;
    this.#tokens += tokensOf(text);
    if (this.#size <= this.#limit) return;
    throw new TooLargeError(`the model's answer has more than ${this.#limit} characters`, {
      details: { limit: this.#limit, size: this.#size },
      hint: "Ask for less with maxTokens, or raise the option maxAnswer.",
    });
  }
}

/** Text that is no JSON stays text: who asked can tell the model so. */
function parsed(input: string): unknown {
  if (input.trim() === "") return {};
  try {
    return JSON.parse(input);
  } catch {
    return input;
  }
}

/** Some endpoints say "stop" where they mean their tools. */
function finishOf(finish: SdkReply["finishReason"]["unified"], calls: boolean): Finish {
  if (finish === "length") return "length";
  if (finish === "content-filter") return "refused";
  if (calls) return "tools";
  return finish === "stop" ? "stop" : "other";
}
