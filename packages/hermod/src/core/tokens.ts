/** Tokens: an estimate of how many a text has, for what is reserved before a call; the model's own count is what is settled. */
import type { ModelMessage, ModelRequest } from "./model.ts";

/** Characters of one token: English has about four. */
const CHARACTERS = 3.5;
/** Characters that have a token or more each: those of South and East Asia, and the halves of pairs, as of emoji. */
const DENSE = /[\u0900-\u1cff\u2e80-\udfff\uf900-\ufaff]/g;
/** What a message costs besides its text. */
const MESSAGE = 4;

/** About how many tokens a text has. */
export function tokensOf(text: string): number {
  const dense = text.match(DENSE)?.length ?? 0;
  return dense + Math.ceil((text.length - dense) / CHARACTERS);
}

/** About how many tokens go in with a request. */
export function inputTokens({ messages, tools = [], schema }: ModelRequest): number {
  const said = messages.reduce((sum, message) => sum + messageTokens(message), 0);
  return said + tokensOf(JSON.stringify([tools, schema ?? null])) - tokensOf("[[],null]");
}

/** About how many tokens one message has. */
export function messageTokens({ content, toolCalls = [] }: ModelMessage): number {
  const calls = toolCalls.length === 0 ? "" : JSON.stringify(toolCalls);
  return MESSAGE + tokensOf(content) + tokensOf(calls);
}
