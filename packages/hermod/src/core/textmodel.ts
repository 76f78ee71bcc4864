/** Text model: a model that only turns text into text, completed: a conversation becomes one prompt, and its answer one piece. */
import { aFunction, withMethods } from "./options.ts";
import type { Model, ModelMessage, ModelPart, ModelReply, ModelRequest, TextModel } from "./model.ts";
import { toPrice } from "./price.ts";
import { toModelLimits } from "./ratelimit.ts";
import { inputTokens, tokensOf } from "./tokens.ts";

/** The model with all it lacks. @throws HermodError HERMOD_BAD_OPTION for what cannot even say text. */
export function toModel(given: TextModel): Model {
  const { name, simulated } = withMethods("model", given, ["text"]);
  const text: Model["text"] = (prompt, options) => given.text(prompt, options);
  const generate = given.generate ? aFunction("model.generate", given.generate).bind(given) : spoken(text);
  const stream = given.stream ? aFunction("model.stream", given.stream).bind(given) : atOnce(generate);
  const price = toPrice(given.price);
  const limits = given.limits && toModelLimits("model.limits", given.limits);
  const known = { ...(simulated && { simulated }), ...(price && { price }), ...(limits && { limits }) };
  return { name, text, generate, stream, ...known };
}

/** What is said in a conversation, as one prompt. */
export function promptOf(messages: readonly ModelMessage[]): string {
  if (messages.length === 1) return messages[0]?.content ?? "";
  return messages.map(({ role, content }) => `${role}: ${content}`).join("\n\n");
}

function spoken(say: Model["text"]): Model["generate"] {
  return async (request: ModelRequest): Promise<ModelReply> => {
    const text = await say(promptOf(request.messages), request);
    // What is no text is found by whoever reads the reply.
    const outputTokens = typeof text === "string" ? tokensOf(text) : 0;
    const usage = { inputTokens: inputTokens(request), outputTokens };
    return { text, toolCalls: [], usage, finish: "stop" };
  };
}

function atOnce(generate: Model["generate"]): Model["stream"] {
  return async function* (request): AsyncGenerator<ModelPart> {
    const reply = await generate(request);
    if (reply.text !== "") yield { type: "text", text: reply.text };
    yield { type: "end", reply };
  };
}
