/** Tokens: an estimate of how many a text has, for what is reserved before a call; the model's own count is what is settled. */
import type { ModelMessage, ModelRequest } from "./model.ts";

/** Characters of one token: English has about four. */
const CHARACTERS = 3.5;
/** What a message costs besides its text. */
const MESSAGE = 4;

/** About how many tokens a text has. */
export function tokensOf(text: string): number {
  let dense = 0;
  for (let at = 0; at < text.length; at++) if (isDense(text.charCodeAt(at))) dense++;
  return dense + Math.ceil((text.length - dense) / CHARACTERS);
}

/** True for characters that have a token or more each: those of South and East Asia, and the halves of pairs, as of emoji. */
function isDense(code: number): boolean {
  if (code < 0x0900) return false;
  return code <= 0x1cff || (code >= 0x2e80 && code <= 0xdfff) || (code >= 0xf900 && code <= 0xfaff);
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
