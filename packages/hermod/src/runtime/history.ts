/** History: what was said, with what became of it. */
import { toAddress, type Address } from "../core/address.ts";
import { isNotice, type Envelope } from "../core/envelope.ts";
import { HermodError } from "../core/errors.ts";
import { parseFilter } from "../core/filter.ts";
import { aText, checkOptions } from "../core/options.ts";
import type { MessageRecord, Paged, Query, Store } from "../core/store.ts";
import { ask } from "./asking.ts";

/** Which part of the history; one page, oldest first. */
export interface HistoryQuery {
  /** Messages of one conversation. */
  readonly conversation?: string;
  /** Messages that one agent sent or got. */
  readonly agent?: string;
  /** A filter, for example `type:request state:failed age:<1h`. */
  readonly where?: string;
  /** Cursor of the page before. */
  readonly after?: string;
  /** Default 100, most 1,000. */
  readonly limit?: number;
}

/** One page of the history. @throws HermodError HERMOD_BAD_OPTION or HERMOD_BAD_FILTER. */
export async function history(store: Store, query: HistoryQuery = {}): Promise<Paged<MessageRecord>> {
  checkOptions("history", query, ["conversation", "agent", "where", "after", "limit"]);
  const { conversation, agent, where, after, limit } = query;
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
  const said: Envelope[] = [];
  for (let after: string | undefined; ;) {
    const query = { type: "history", conversation: conversationId, agent, limit: 1000 } as const;
    const page = await ask("read", () => store.read({ ...query, ...(after !== undefined && { after }) }));
    for (const { envelope } of page.items) {
      if (envelope.id === id) return said.slice(-limit);
      if (!isNotice(envelope)) said.push(envelope);
    }
    if (page.next === undefined) return said.slice(-limit);
    after = page.next;
  }
}
