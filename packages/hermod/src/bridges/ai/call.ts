/** Call: a request of ours as a call of the AI SDK. Tools go along without anything to execute: the SDK runs none. */
import type { ModelMessage, ToolSpec } from "../../core/model.ts";
import type { FormatRequest } from "./format.ts";
import type { SdkCall } from "./sdk.ts";

type SdkMessage = SdkCall["prompt"][number];
type SdkTool = NonNullable<SdkCall["tools"]>[number];

/** Schemas are the contract's and seldom fit the narrow rules of strict output; the answer is checked by who asked. */
const LOOSE = { openaiCompatible: { strictJsonSchema: false }, openai: { strictJsonSchema: false } };

/** The request as the SDK's call, which ends with the signal. */
export function callOf(request: FormatRequest, abortSignal: AbortSignal): SdkCall {
  const { messages, maxTokens, temperature, tools = [], toolChoice = "auto", schema, isJson } = request;
  return {
    prompt: promptOf(messages),
    abortSignal,
    ...(maxTokens !== undefined && { maxOutputTokens: maxTokens }),
    ...(temperature !== undefined && { temperature }),
    ...(tools.length > 0 && { tools: tools.map(toolOf), toolChoice: { type: toolChoice } }),
    ...(isJson && { responseFormat: { type: "json" } }),
    ...(schema && { responseFormat: { type: "json", schema }, providerOptions: LOOSE }),
  };
}

/** Answers of tools that follow one another are one message there. */
function promptOf(messages: readonly ModelMessage[]): SdkMessage[] {
  const prompt: SdkMessage[] = [];
  for (const message of messages) {
    const next = messageOf(message);
    const last = prompt.at(-1);
    if (last?.role === "tool" && next.role === "tool") last.content.push(...next.content);
    else prompt.push(next);
  }
  return prompt;
}

function messageOf(message: ModelMessage): SdkMessage {
  const { role, content } = message;
  switch (role) {
    case "system":
      return { role, content };
    case "user":
      return { role, content: [{ type: "text", text: content }] };
    case "assistant":
      return { role, content: saidBy(message) };
    case "tool":
      return { role, content: [resultOf(message)] };
  }
}

function saidBy({
  content,
  toolCalls = [],
}: ModelMessage): Extract<SdkMessage, { role: "assistant" }>["content"] {
  const calls = toolCalls.map(({ id, name, input }) => ({
    ...{ type: "tool-call" as const, toolCallId: id, toolName: name, input },
  }));
  return content === "" && calls.length > 0 ? calls : [{ type: "text", text: content }, ...calls];
}

function resultOf({
  content,
  toolCallId = "",
  toolName = "",
}: ModelMessage): Extract<SdkMessage, { role: "tool" }>["content"][number] {
  return { type: "tool-result", toolCallId, toolName, output: { type: "text", value: content } };
}

function toolOf({ name, description, input }: ToolSpec): SdkTool {
  return { type: "function", name, inputSchema: input, ...(description !== undefined && { description }) };
}
