/**
 * Newest: the conversations that something was last said in, found by going back through the history. The work for one page is bounded: where one
 * conversation says very much, a page may be short and not the last.
 */
import { systemClock, type MessageRecord, type System } from "hermod";
import { isControl } from "../control.ts";
import type { Principal } from "../auth/principal.ts";
import { EVERYTHING, maySee } from "./seen.ts";

/** When something was last said in a conversation, as far as the filter lets it through. */
export interface Latest {
  readonly conversation: string;
  readonly at: number;
}

export interface NewestPage {
  readonly items: readonly Latest[];
  readonly next?: string;
}

/** Which of them. */
export interface Looking {
  readonly system: System;
  readonly principal: Principal;
  readonly where: string;
  readonly limit: number;
  readonly after: string | undefined;
  /** Whether the filter has found a message by what of it is shown. */
  readonly found: (record: MessageRecord) => boolean;
  /** When a walk over all pages began, UTC milliseconds: what was said later moves nothing to a page before. Default: when its first page was asked for. */
  readonly begunAt?: number;
}

/** Messages that are read at a time, and how often for one page. */
const PAGE = 500;
const MOST_READ = 20;

export async function newest(looking: Looking): Promise<NewestPage> {
  const { begunAt = looking.begunAt ?? systemClock.now(), after } = readCursor(looking.after);
  const { items, next } = await pageOf({ ...looking, begunAt, after });
  return { items, ...(next !== undefined && { next: `${begunAt}@${next}` }) };
}

/** A cursor says when its walk began, and the place in the history where it goes on; a place alone is one of a walk that begins there. */
function readCursor(cursor: string | undefined): Pick<Looking, "begunAt" | "after"> {
  const [, begunAt, after] = /^(\d{1,15})@(.*)$/su.exec(cursor ?? "") ?? [];
  return after === undefined ? { after: cursor } : { begunAt: Number(begunAt), after };
}

async function pageOf(looking: Looking): Promise<NewestPage> {
  const { limit, after } = looking;
  const items: Latest[] = [];
  const seen = new Set<string>();
  let place = after;
  for (let read = 0; read < MOST_READ; read++) {
    const page = await back(looking, place, PAGE);
    for (const [at, record] of page.items.entries()) {
      const { conversationId: conversation, sentAt } = record.envelope;
      if (seen.has(conversation) || !isShown(looking, record)) continue;
      if (items.length === limit) return { items, ...(await nextBefore(looking, place, at)) };
      seen.add(conversation);
      if (after === undefined || !(await stoodBefore(looking, conversation, after)))
        items.push({ conversation, at: sentAt });
    }
    place = page.next;
    if (place === undefined) return { items };
  }
  return { items, ...(place !== undefined && { next: place }) };
}

/** The cursor in front of the message that is the next but so many behind a place. */
async function nextBefore(looking: Looking, place: string | undefined, count: number) {
  const next = count === 0 ? place : (await back(looking, place, count)).next;
  return next === undefined ? {} : { next };
}

function back({ system, where }: Looking, after: string | undefined, limit: number) {
  return system.history({ where, order: "newest", limit, ...(after !== undefined && { after }) });
}

/** Whether something newer than a place was said in a conversation: then it stood on a page before. */
async function stoodBefore(looking: Looking, conversation: string, after: string): Promise<boolean> {
  const { system, where, begunAt = Infinity } = looking;
  const { items } = await system.history({ conversation, where, order: "oldest", after, limit: 100 });
  return items.some((record) => record.envelope.sentAt <= begunAt && isShown(looking, record));
}

/** What systems say of themselves and do for others, as `~cancel`, is no conversation of anybody. */
function isShown({ principal, found }: Looking, record: MessageRecord): boolean {
  return (
    found(record) &&
    !isControl(record) &&
    !record.envelope.operation.startsWith("~") &&
    isSeen(principal, record)
  );
}

export function isSeen(principal: Principal, { envelope }: MessageRecord): boolean {
  return principal.may("read", EVERYTHING) || maySee(principal, envelope);
}
