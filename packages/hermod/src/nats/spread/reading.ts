/** Reading: one answer out of those of all partitions. Whatever is of one mailbox is asked of its partition alone. */
import { chain, type Maybe } from "../../core/maybe.ts";
import type { MailboxCounts } from "../../core/numbers.ts";
import type {
  Answer,
  Binding,
  DeadLetter,
  DeathCount,
  MessageRecord,
  Paged,
  Query,
  Store,
} from "../../core/store.ts";
import { cursorAt, merge, placesOf, type Before } from "./merge.ts";
import { notOfOutbox, OUTBOX } from "./outbox.ts";
import { partitionOf } from "./partitions.ts";
import { together } from "./together.ts";

type Asked<T extends Query["type"]> = Query & { readonly type: T };

/** What a page holds unless it says otherwise. */
const PAGE = 100;

export class Reading {
  readonly #stores: readonly Store[];

  constructor(stores: readonly Store[]) {
    this.#stores = stores;
  }

  read<Q extends Query>(query: Q): Maybe<Answer<Q>> {
    return this.#read(query) as Maybe<Answer<Q>>;
  }

  #read(query: Query): Maybe<Paged<unknown>> {
    if ("mailbox" in query && query.mailbox !== undefined && query.type !== "bindings")
      return (this.#stores[partitionOf(query.mailbox, this.#stores.length)] as Store).read(query);
    switch (query.type) {
      case "history":
        return this.#pages<MessageRecord>(
          { ...query, where: [notOfOutbox, ...(query.where ?? [])] },
          sentBefore,
        );
      case "dead":
        return this.#pages<DeadLetter>(query, diedBefore);
      case "bindings":
        return this.#pages<Binding>(query, unordered);
      case "deaths":
        return this.#deaths(query);
      default:
        return this.#counts(query as Asked<"counts">);
    }
  }

  #pages<T>(query: Asked<"history" | "dead" | "bindings">, before: Before<T>): Maybe<Paged<T>> {
    const { limit = PAGE, after } = query;
    const order = query.type === "history" ? (query.order ?? "oldest") : "oldest";
    const from = placesOf(after, this.#stores.length);
    const pages = this.#stores.map((store, at) => {
      const cursor = cursorAt(from[at], order);
      const { after: _, ...rest } = query;
      return store.read({ ...rest, places: true, ...(cursor !== undefined && { after: cursor }) } as Query);
    });
    return chain(together(pages), (all) =>
      merge(
        all.map((page, at) => ({ page: page as Paged<T>, from: from[at] })),
        limit,
        order,
        before,
      ),
    );
  }

  #deaths(query: Asked<"deaths">): Maybe<Paged<DeathCount>> {
    return chain(together(this.#stores.map((store) => store.read(query))), (pages) => ({
      items: [{ count: pages.reduce((sum, { items }) => sum + (items[0]?.count ?? 0), 0) }],
    }));
  }

  #counts(query: Asked<"counts">): Maybe<Paged<MailboxCounts>> {
    return chain(together(this.#stores.map((store) => store.read(query))), (pages) => ({
      items: pages.flatMap(({ items }) => items.filter(({ mailbox }) => mailbox !== OUTBOX)),
    }));
  }
}

type Told = Pick<MessageRecord, "envelope">;

/** A system numbers what it sends in one millisecond; beyond that ids decide, which grow with time. */
function sentBefore({ envelope: a }: Told, { envelope: b }: Told): boolean {
  if (a.sentAt !== b.sentAt) return a.sentAt < b.sentAt;
  return a.sequence === b.sequence ? a.id < b.id : a.sequence < b.sequence;
}

function diedBefore(a: DeadLetter, b: DeadLetter): boolean {
  return a.diedAt === b.diedAt ? sentBefore(a, b) : a.diedAt < b.diedAt;
}

/** Nothing says when a binding was made: they are told partition by partition. */
function unordered(): boolean {
  return false;
}
