/**
 * Row: a message as the page's live table shows it: a line of text instead of the payload, so that a page follows a thousand a second. What stands
 * whatever becomes of the message is written out once, for all of its events and all who look on.
 */
import type { Envelope } from "hermod";
import { toJson } from "hermod/remote";
import type { StoreEvent } from "../api/feed.ts";
import { stateOf } from "../api/onlooker.ts";

/** Most characters of a payload that the table shows. */
const PREVIEW = 160;
/** A larger payload is not written out for its beginning. */
const LARGE = 4096;

/** The end of a row's text, by its envelope. */
const known = new WeakMap<Envelope, string>();

/** The row of a message as JSON, with what became of it; times in milliseconds since 1970. */
export function rowText(event: StoreEvent): string {
  return `${JSON.stringify(newsOf(event)).slice(0, -1)},${messageText(event.envelope)}`;
}

/** What became of a message that the page knows. */
export function newsText(event: StoreEvent): string {
  return JSON.stringify({ id: event.envelope.id, ...newsOf(event) });
}

function newsOf(event: StoreEvent) {
  const { at, type, mailbox, attempt, reason, error } = event;
  return { at, event: type, state: stateOf(event), mailbox, attempt, reason, error };
}

function messageText(envelope: Envelope): string {
  const before = known.get(envelope);
  if (before !== undefined) return before;
  const { id, verb, type, operation, from, to, topic, conversationId, sentAt, size, inReplyTo } = envelope;
  const message = {
    ...{ id, verb, type, operation, from, to, topic, conversation: conversationId },
    ...{ sentAt, size, inReplyTo, preview: previewOf({ envelope }) },
  };
  const text = JSON.stringify(message).slice(1);
  known.set(envelope, text);
  return text;
}

interface Said {
  readonly envelope: { readonly payload?: unknown; readonly size: number };
}

/** The beginning of a payload in a line. */
export function previewOf({ envelope: { payload, size } }: Said): string {
  return beginningOf(payload, size).slice(0, PREVIEW);
}

function beginningOf(payload: unknown, size: number): string {
  if (payload === undefined) return "";
  if (typeof payload === "string") return payload;
  if (size <= LARGE) return toJson(payload);
  if (Array.isArray(payload)) return `a list of ${payload.length}`;
  return payload instanceof Uint8Array ? "bytes" : `{ ${Object.keys(payload as object).join(", ")} }`;
}
