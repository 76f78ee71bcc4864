/** Conversation: one conversation as a file. JSON and Markdown go message by message; the diagrams are drawn of all of it, without what the messages say. */
import { HermodError, type MessageRecord } from "hermod";
import { toJson } from "hermod/remote";
import { eventsOf, receiverOf } from "../drawing/events.ts";
import { markdownHead, markdownOf } from "../drawing/markdown.ts";
import { toMermaid } from "../drawing/mermaid.ts";
import { svgOf } from "../drawing/svg.ts";
import { showRecord } from "../shown.ts";

export const conversationForms = ["json", "markdown", "svg", "mermaid"] as const;
export type ConversationForm = (typeof conversationForms)[number];
export const conversationTypes = {
  json: { type: "application/json", end: "json" },
  markdown: { type: "text/markdown", end: "md" },
  svg: { type: "image/svg+xml", end: "svg" },
  mermaid: { type: "text/vnd.mermaid", end: "mmd" },
} as const;

/** Messages of the longest conversation that is drawn. */
const MOST_DRAWN = 20_000;

/** The texts of the file; there is a first message at least. */
export function conversationTexts(
  id: string,
  records: AsyncIterable<MessageRecord>,
  form: ConversationForm,
): AsyncGenerator<string> {
  if (form === "json") return jsonTexts(records);
  return form === "markdown" ? markdownTexts(id, records) : drawnTexts(id, records, form);
}

async function* jsonTexts(records: AsyncIterable<MessageRecord>): AsyncGenerator<string> {
  let before = "[\n";
  for await (const record of records) {
    yield `${before}${toJson(showRecord(record))}`;
    before = ",\n";
  }
  yield before === "[\n" ? "[]\n" : "\n]\n";
}

async function* markdownTexts(id: string, records: AsyncIterable<MessageRecord>): AsyncGenerator<string> {
  // Who asked what, so that a reply is told to whoever asked.
  const asked = new Map<string, MessageRecord>();
  yield markdownHead(id);
  for await (const record of records) {
    if (record.envelope.replyTo !== undefined) asked.set(record.envelope.id, unsaid(record));
    yield markdownOf(record, receiverOf(record.envelope, asked));
  }
}

async function* drawnTexts(
  id: string,
  records: AsyncIterable<MessageRecord>,
  form: "svg" | "mermaid",
): AsyncGenerator<string> {
  const all: MessageRecord[] = [];
  for await (const record of records) if (all.push(unsaid(record)) > MOST_DRAWN) throw tooLong(id);
  if (form === "mermaid") yield toMermaid(all);
  else yield* svgOf(eventsOf(all));
}

/** What a message says is not drawn, and need not be kept for it. */
function unsaid(record: MessageRecord): MessageRecord {
  return { ...record, envelope: { ...record.envelope, payload: undefined } };
}

function tooLong(id: string): HermodError {
  return new HermodError(
    "HERMOD_TOO_LARGE",
    `the conversation ${JSON.stringify(id.slice(0, 80))} has more than ${MOST_DRAWN} messages, the most that are drawn`,
    { details: { limit: "messages", value: MOST_DRAWN }, hint: "Take it as JSON or Markdown." },
  );
}
