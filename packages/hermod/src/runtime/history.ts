/** History: what was said, with what became of it. */
import { toAddress, type Address } from "../core/address.ts";
import { isNotice, type Envelope } from "../core/envelope.ts";
import { HermodError } from "../core/errors.ts";
import { parseFilter } from "../core/filter.ts";
import { aText, checkOptions, oneOf } from "../core/options.ts";
import {
  historyOrders,
  type HistoryOrder,
  type MessageRecord,
  type Paged,
  type Query,
  type Store,
} from "../core/store.ts";
import { ask } from "./asking.ts";

/** Which part of the history; one page. */
export interface HistoryQuery {
  /** Messages of one conversation. */
  readonly conversation?: string;
  /** Messages that one agent sent or got. */
  readonly agent?: string;
  /** A filter, for example `type:request state:failed age:<1h`. */
  readonly where?: string;
  /** "oldest" (default) or "newest" first. */
  readonly order?: HistoryOrder;
  /** Cursor of the page before; in the other order it goes back from there. */
  readonly after?: string;
  /** Default 100, most 1,000. */
  readonly limit?: number;
}

/** One page of the history. @throws HermodError HERMOD_BAD_OPTION or HERMOD_BAD_FILTER. */
export async function history(store: Store, query: HistoryQuery = {}): Promise<Paged<MessageRecord>> {
  checkOptions("history", query, ["conversation", "agent", "where", "order", "after", "limit"]);
  const { conversation, agent, where, order, after, limit } = query;
  if (conversation !== undefined && agent !== undefined) {
    throw new HermodError("HERMOD_BAD_OPTION", "history takes conversation or agent, not both", {
      hint: "Give the conversation, and narrow it by where: from:NAME or to:NAME.",
    });
  }
  const part: Query & { readonly type: "history" } = {
    type: "history",
    ...(conversation !== undefined && { conversation: aText("conversation", conversation) }),
    ...(agent !== undefined && { agent: toAddress(agent, "agent") }),
    ...(where !== undefined && { where: parseFilter(where) }),
    ...(order !== undefined && { order: oneOf("order", order, historyOrders) }),
    ...(after !== undefined && { after: aText("after", after) }),
    ...(limit !== undefined && { limit }),
  };
  return ask("read", () => store.read(part));
}

/** All messages of one conversation that are kept, in order. */
export async function conversation(store: Store, id: string): Promise<MessageRecord[]> {
  aText("conversation", id);
  const all: MessageRecord[] = [];
  let after: string | undefined;
  do {
    const page = await history(store, {
      conversation: id,
      limit: 1000,
      ...(after !== undefined && { after }),
    });
    all.push(...page.items);
    after = page.next;
  } while (after !== undefined);
  return all;
}

/** What an agent got and sent in the conversation of a message before it, oldest first: the newest `limit`. */
export async function saidBefore(
  store: Store,
  { id, conversationId }: Envelope,
  agent: Address,
  limit: number,
): Promise<readonly Envelope[]> {
  let said: Envelope[] = [];
  let isBefore = false;
  const query = { type: "history", conversation: conversationId, agent, order: "newest" } as const;
  // The message itself, and what has come since.
  const most = Math.min(1000, limit + 10);
  for (let after: string | undefined; ;) {
    const place = after === undefined ? {} : { after };
    const page = await ask("read", () => store.read({ ...query, ...place, limit: most }));
    for (const { envelope } of page.items) {
      if (envelope.id === id) [said, isBefore] = [[], true];
      else if (said.length < limit && !isNotice(envelope)) said.push(envelope);
      if (isBefore && said.length === limit) return said.reverse();
    }
    // Where it is not kept all of them count as before it.
    if (page.next === undefined) return said.reverse();
    after = page.next;
  }
}
