/**
 * Newest: the conversations that something was last said in. The history goes forwards, so it is looked back through in stretches of time, each
 * read whole; a stretch is as long as lately was much or little said. The work for one page is bounded: it may be short and not the last.
 */
import type { MessageRecord, Paged, System } from "hermod";
import type { Principal } from "../auth/principal.ts";
import { EVERYTHING, maySee } from "./shown.ts";

/** The last thing said in a conversation: what it is ordered by, the newest first. */
export interface Latest {
  readonly at: number;
  readonly conversation: string;
}

export interface NewestPage {
  readonly items: readonly Latest[];
  readonly next?: Latest;
}

/** Where the newest conversations are looked for. */
export interface Looking {
  readonly system: System;
  readonly principal: Principal;
  readonly where: string;
  readonly limit: number;
  /** Only what comes behind it. */
  readonly after: Latest | undefined;
}

const PAGE = 1000;
/** Pages of one stretch; where there are more, it was too long. */
const MOST_PAGES = 4;
/** Pages that are read for one answer. */
const MOST_READ = 40;
/** The first stretch, in milliseconds. */
const FIRST = 1000;
/** How much later than a message it may be told that it was sent, in milliseconds: clocks differ. */
const SLACK = 60_000;

export async function newest(looking: Looking): Promise<NewestPage> {
  const { after, limit } = looking;
  const now = Date.now();
  const { from, latest } = await lookBack(looking, now);
  const found = [...latest]
    .map(([conversation, at]) => ({ conversation, at }))
    .filter((each) => after === undefined || isBehind(each, after))
    .sort((a, b) => (isBehind(a, b) ? 1 : -1));
  const items: Latest[] = [];
  for (const each of found) {
    if (items.length === limit) return { items, next: items.at(-1) as Latest };
    if (!after || !(await stoodBefore(looking, each.conversation, after, now))) items.push(each);
  }
  return from === undefined ? { items } : { items, next: { at: from, conversation: "" } };
}

/** Whether the first comes later in the list than the other. */
function isBehind(one: Latest, other: Latest): boolean {
  return one.at < other.at || (one.at === other.at && one.conversation < other.conversation);
}

interface Found {
  /** When something was last said in each conversation, of all that was looked at. */
  readonly latest: ReadonlyMap<string, number>;
  /** How far back it was looked; undefined where nothing lies behind it. */
  readonly from: number | undefined;
}

async function lookBack(looking: Looking, now: number): Promise<Found> {
  const latest = new Map<string, number>();
  const { items } = await looking.system.history({ limit: 1 });
  const oldest = items[0]?.envelope.sentAt;
  if (oldest === undefined) return { latest, from: undefined };
  let to = looking.after === undefined ? Infinity : looking.after.at + 1;
  for (let width = FIRST, read = 0; read < MOST_READ && latest.size <= looking.limit;) {
    const from = Math.min(to, now) - width;
    const { records, pages, isCut } = await stretch(looking, from, to, now);
    read += pages;
    if (isCut && width > 1) width = Math.max(1, Math.floor(width / 8));
    else {
      note(latest, records, looking.principal);
      to = from;
      if (to < oldest - SLACK) return { latest, from: undefined };
      width *= records.length < PAGE / 4 ? 4 : 1;
    }
  }
  return { latest, from: to };
}

function note(latest: Map<string, number>, records: readonly MessageRecord[], principal: Principal): void {
  for (const { envelope } of records) {
    const { conversationId, sentAt } = envelope;
    const seen = latest.get(conversationId);
    if ((seen === undefined || seen < sentAt) && isSeen(principal, envelope))
      latest.set(conversationId, sentAt);
  }
}

/** What was sent in a stretch of time, its end left out. */
async function stretch({ system, where }: Looking, from: number, to: number, now: number) {
  // The store's now is a little later than ours: it is asked for more, and the rest is left out here.
  const until = to === Infinity ? "" : ` age:>${Math.max(0, now - to - FIRST)}ms`;
  const asked = `${where} age:<${now - from + FIRST}ms${until}`;
  const records: MessageRecord[] = [];
  let after: string | undefined;
  for (let pages = 1; ; pages++) {
    const page: Paged<MessageRecord> = await system.history({
      ...{ where: asked, limit: PAGE },
      ...(after !== undefined && { after }),
    });
    records.push(...page.items.filter(({ envelope }) => envelope.sentAt >= from && envelope.sentAt < to));
    after = page.next;
    if (after === undefined || pages === MOST_PAGES) return { records, pages, isCut: after !== undefined };
  }
}

/** Whether something was said in a conversation for which it stood on a page before. */
async function stoodBefore({ system, where, principal }: Looking, id: string, after: Latest, now: number) {
  const { items } = await system.history({
    ...{ conversation: id, where: `${where} age:<${now - after.at + FIRST}ms`, limit: PAGE },
  });
  return items.some(
    ({ envelope }) =>
      isSeen(principal, envelope) && !isBehind({ at: envelope.sentAt, conversation: id }, after),
  );
}

export function isSeen(principal: Principal, envelope: MessageRecord["envelope"]): boolean {
  return principal.may("read", EVERYTHING) || maySee(principal, envelope);
}
