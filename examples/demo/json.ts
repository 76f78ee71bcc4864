/** Json: the demo as data. Times are ISO 8601 in UTC, in envelopes and attempts alike. */
import { toMap, type MessageRecord } from "hermod";
import type { Demo } from "./demo.ts";
import { modelName } from "./model.ts";

export function toJson({ tales, checks }: Demo) {
  const conversations = tales.map(({ id, title, messages, handlings }) => ({
    id,
    title,
    messages: messages.map(toMessage),
    handlings,
  }));
  return { v: 1, data: { model: modelName, conversations, checks } };
}

function toMessage({ envelope, state, attempts }: MessageRecord) {
  const iso = (at: number): string => new Date(at).toISOString();
  return {
    envelope: toMap(envelope),
    state,
    attempts: attempts.map(({ startedAt, endedAt, ...rest }) => ({
      ...rest,
      startedAt: iso(startedAt),
      endedAt: iso(endedAt),
    })),
  };
}
