/** Asked: what the hub tells of one message: the message itself, the others of its conversation, its dead letters. */
import { queryOptions, type Query } from "@tanstack/react-query";
import { ask } from "../../api/client.ts";
import type { DeadLetter, MessageRecord, Page } from "../../api/types.ts";
import { BRIEF, CUT } from "../../parts/cut.ts";
import { toLine, type Line } from "../messages/line.ts";

/** How often a message is asked for anew while something may still become of it, and how long its answers are awaited, in milliseconds. */
const OFTEN = 1500;
const RECENT = 60_000;

const quoted = (text: string): string => JSON.stringify(text);

function pace({ state: { data } }: Query<readonly MessageRecord[]>): number | false {
  return data === undefined || data.some(isOpen) ? OFTEN : false;
}

/** True while something may become of it soon. */
function isOpen({ state, envelope }: MessageRecord): boolean {
  if (state === "waiting" || state === "running") return true;
  return Date.now() - Date.parse(envelope.sentAt) < RECENT;
}

/** The records of a message: one for each mailbox that it went to. */
export const messageQuery = (id: string) =>
  queryOptions({
    queryKey: ["records", id],
    queryFn: async ({ signal }): Promise<readonly MessageRecord[]> => {
      const query = { where: `id:${quoted(id)}`, limit: 100, cut: CUT };
      return (await ask<Page<MessageRecord>>("get /v1/history", { query, signal })).items;
    },
    refetchInterval: pace as never,
  });

/** The beginning and the end of a conversation; `isCut` where there is more between them. */
export interface Talk {
  readonly lines: readonly TalkLine[];
  readonly isCut: boolean;
}

/** A line that knows what it follows from. */
export interface TalkLine extends Line {
  readonly causeId: string | undefined;
  readonly inReplyTo: string | undefined;
  /** When its last attempt began and ended. */
  readonly startedAt: number | undefined;
  readonly endedAt: number | undefined;
}

const MANY = 1000;

export const talkQuery = (conversation: string, isOpen: boolean) =>
  queryOptions({
    queryKey: ["talk", conversation],
    queryFn: async ({ signal }): Promise<Talk> => {
      const place = `get /v1/conversations/${encodeURIComponent(conversation)}`;
      const first = await ask<Page<MessageRecord>>(place, { query: { limit: MANY, cut: BRIEF }, signal });
      if (first.next === undefined) return { lines: first.items.map(toTalkLine), isCut: false };
      const query = { limit: MANY, order: "newest", cut: BRIEF };
      const last = await ask<Page<MessageRecord>>(place, { query, signal });
      const known = new Set(first.items.map(({ envelope }) => envelope.id));
      const end = last.items.filter(({ envelope }) => !known.has(envelope.id)).reverse();
      return { lines: [...first.items, ...end].map(toTalkLine), isCut: end.length === last.items.length };
    },
    refetchInterval: isOpen && OFTEN,
    staleTime: 5000,
  });

function toTalkLine(record: MessageRecord): TalkLine {
  const { envelope, attempts } = record;
  const last = attempts.at(-1);
  return {
    ...toLine(record),
    causeId: envelope.causeId,
    inReplyTo: envelope.inReplyTo,
    startedAt: last && Date.parse(last.startedAt),
    endedAt: last && Date.parse(last.endedAt),
  };
}

export const lettersQuery = (id: string) =>
  queryOptions({
    queryKey: ["letters", id],
    queryFn: async ({ signal }): Promise<readonly DeadLetter[]> => {
      const query = { where: `id:${quoted(id)}`, limit: 100, cut: BRIEF };
      return (await ask<Page<DeadLetter>>("get /v1/dead-letters", { query, signal })).items;
    },
  });
