/** Markdown: a conversation as a document: a heading for each message, its payload fenced. Pure. */
import type { MessageRecord } from "hermod";
import { toJson } from "hermod/remote";
import { nameOf, plain } from "./events.ts";

/** The first lines of the document. */
export const markdownHead = (id: string): string => `# Conversation ${escaped(id)}\n`;

/** One message of it; `to` is whom it is drawn to. */
export function markdownOf({ envelope, state, attempts }: MessageRecord, to: string): string {
  const head = `## ${escaped(nameOf(envelope.from))} → ${escaped(to)}: ${escaped(envelope.operation || envelope.type)}`;
  const kind = envelope.type === "error" ? "error" : envelope.verb;
  const about = `${new Date(envelope.sentAt).toISOString()} · ${kind} · ${state} · \`${plain(envelope.id)}\``;
  const errors = attempts.flatMap(({ number, error }) =>
    error ? [`- attempt ${number} failed: ${escaped(error.message)}`] : [],
  );
  const parts = [head, about, ...(errors.length > 0 ? [errors.join("\n")] : []), fenced(envelope.payload)];
  return `\n${parts.join("\n\n")}\n`;
}

/** What Markdown would read as its own. */
const escaped = (text: string): string => plain(text).replaceAll(/[\\`*_{}[\]<>#|!~&]/gu, "\\$&");

function fenced(payload: unknown): string {
  if (payload === undefined) return "(no payload)";
  const isText = typeof payload === "string";
  const text = isText ? payload : JSON.stringify(JSON.parse(toJson(payload)), undefined, 2);
  const longest = (text.match(/`+/gu) ?? []).reduce((most, { length }) => Math.max(most, length), 2);
  const fence = "`".repeat(longest + 1);
  return `${fence}${isText ? "" : "json"}\n${text}\n${fence}`;
}
