/** Row: an event as the page's live table shows it: a line of text instead of the payload, so that a page follows a thousand a second. */
import { toJson } from "hermod/remote";
import type { StoreEvent } from "../api/feed.ts";
import { stateOf } from "../api/onlooker.ts";

/** Most characters of a payload that the table shows. */
const PREVIEW = 160;
/** A larger payload is not written out for its beginning. */
const LARGE = 4096;

const previews = new WeakMap<object, string>();

interface Said {
  readonly envelope: { readonly payload?: unknown; readonly size: number };
}

/** What the page gets of an event; times in milliseconds since 1970. */
export function toRow(event: StoreEvent) {
  const { at, type, envelope, mailbox, attempt, reason, error } = event;
  const { id, verb, operation, from, to, topic, conversationId, sentAt, size, inReplyTo } = envelope;
  return {
    ...{ at, event: type, state: stateOf(event), id, verb, type: envelope.type, operation, from },
    ...{ to, topic, conversation: conversationId, sentAt, size, inReplyTo },
    ...{ mailbox, attempt, reason, error, preview: previewOf(event) },
  };
}

export type Row = ReturnType<typeof toRow>;

/** The beginning of a payload in a line; kept by the envelope: each of its events, and each reader, shows it again. */
export function previewOf({ envelope }: Said): string {
  const known = previews.get(envelope);
  if (known !== undefined) return known;
  const preview = beginningOf(envelope.payload, envelope.size).slice(0, PREVIEW);
  previews.set(envelope, preview);
  return preview;
}

function beginningOf(payload: unknown, size: number): string {
  if (payload === undefined) return "";
  if (typeof payload === "string") return payload;
  if (size <= LARGE) return toJson(payload);
  if (Array.isArray(payload)) return `a list of ${payload.length}`;
  return payload instanceof Uint8Array ? "bytes" : `{ ${Object.keys(payload as object).join(", ")} }`;
}
