/** Shown records: which messages the chat and the list show, by the same choice as the diagram. Pure. */
import { nameOf, receiverOf } from "@hermod/hub/drawing";
import type { MessageRecord } from "../../api/types.ts";
import { toDrawn } from "./drawn.ts";
import type { Choice } from "./lanes.ts";

/** A message with whom it is for: of a reply, who asked. */
export interface Said {
  readonly record: MessageRecord;
  readonly from: string;
  readonly to: string;
  readonly at: number;
}

export function saidIn(records: readonly MessageRecord[]): readonly Said[] {
  const drawn = records.map(toDrawn);
  const byId = new Map(drawn.map((record) => [record.envelope.id, record]));
  return records.map((record, at) => {
    const { envelope } = drawn[at] as ReturnType<typeof toDrawn>;
    return { record, from: nameOf(envelope.from), to: receiverOf(envelope, byId), at: envelope.sentAt };
  });
}

export function chosenOf(
  said: readonly Said[],
  { hidesReplies, focus }: Choice,
  until: number | undefined,
): readonly Said[] {
  return said.filter(({ record: { envelope }, from, to, at }) => {
    if (until !== undefined && at > until) return false;
    if (hidesReplies && envelope.verb === "reply" && envelope.type !== "error") return false;
    return focus === undefined || from === focus || to === focus;
  });
}

/** The message before or after another one. */
export function saidBeside(said: readonly Said[], id: string | undefined, by: 1 | -1): string | undefined {
  const at = said.findIndex(({ record }) => record.envelope.id === id);
  const start = at < 0 ? (by === 1 ? -1 : said.length) : at;
  for (let next = start + by; next >= 0 && next < said.length; next += by) {
    const other = said[next]?.record.envelope.id;
    if (other !== id) return other;
  }
  return undefined;
}
