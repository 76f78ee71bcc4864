/** Reading: the answers to questions about what the store holds; nothing is consumed and nobody is woken. */
import type { Address } from "../../core/address.ts";
import type { Envelope } from "../../core/envelope.ts";
import { demanded, matches, type Filter } from "../../core/filter.ts";
import type { MailboxCounts } from "../../core/numbers.ts";
import type {
  Answer,
  Binding,
  DeadLetter,
  DelayedMessage,
  MessageRecord,
  Paged,
  Query,
} from "../../core/store.ts";
import type { Listed } from "./history.ts";
import { cursor, page, pageSize, type Found } from "../shelf/page.ts";
import type { MemoryShelf } from "./shelf.ts";

type Asked<T extends Query["type"]> = Query & { readonly type: T };

export class Reading {
  readonly #shelf: MemoryShelf;

  constructor(shelf: MemoryShelf) {
    this.#shelf = shelf;
  }

  read<Q extends Query>(query: Q): Answer<Q> {
    return this.#read(query) as Answer<Q>;
  }

  #read(query: Query): Paged<unknown> {
    if (query.type === "counts") return { items: this.#counts(query.mailbox) };
    if (query.type === "deaths") return { items: [{ count: this.#deaths() }] };
    const limit = pageSize(query.limit);
    const from = cursor(query.after);
    switch (query.type) {
      case "history":
        return page(this.#history(query), limit, query.places);
      case "waiting":
        return page(this.#waiting(query, from), limit);
      case "delayed":
        return page(this.#delayed(query, from), limit);
      case "dead":
        return page(this.#dead(query, from), limit, query.places);
      case "bindings":
        return page(this.#bindings(query, from), limit, query.places);
    }
  }

  *#history({
    conversation,
    agent,
    where,
    after,
    order,
  }: Asked<"history">): IterableIterator<Found<MessageRecord>> {
    const { clock, history } = this.#shelf;
    const now = clock.now();
    const isNewest = order === "newest";
    const from = after === undefined && isNewest ? Infinity : cursor(after);
    for (const record of history.list({ conversation, agent, id: demanded(where, "id"), from, isNewest })) {
      const { envelope, mailbox, attempts, sequence } = record;
      const state = record.state === "waiting" && this.#isRunning(record) ? "running" : record.state;
      if (!isWanted(where, record, state, now)) continue;
      yield { item: { envelope, ...(mailbox && { mailbox }), state, attempts: [...attempts] }, sequence };
    }
  }

  #isRunning({ envelope, mailbox }: Listed): boolean {
    const box = mailbox && this.#shelf.boxes.get(mailbox);
    return box ? box.running.some((claim) => claim.envelope === envelope) : false;
  }

  *#waiting({ mailbox, where }: Asked<"waiting">, from: number): IterableIterator<Found<Envelope>> {
    const now = this.#shelf.clock.now();
    let sequence = 0;
    for (const item of this.#shelf.boxes.get(mailbox)?.contents() ?? []) {
      if (++sequence > from && (!where || matches(where, { envelope: item }, now))) yield { item, sequence };
    }
  }

  *#delayed({ mailbox, where }: Asked<"delayed">, from: number): IterableIterator<Found<DelayedMessage>> {
    const now = this.#shelf.clock.now();
    let sequence = 0;
    for (const item of this.#shelf.boxes.get(mailbox)?.delayed() ?? []) {
      const subject = { envelope: item.envelope, attempts: item.attempts.length };
      if (++sequence > from && (!where || matches(where, subject, now))) yield { item, sequence };
    }
  }

  *#dead({ where = [] }: Asked<"dead">, from: number): IterableIterator<Found<DeadLetter>> {
    const { graveyard, clock } = this.#shelf;
    for (const { letter: item, sequence } of graveyard.list(from, where, clock.now()))
      yield { item, sequence };
  }

  #deaths(): number {
    const { graveyard, clock } = this.#shelf;
    return graveyard.count(clock.now());
  }

  *#bindings({ mailbox, topic }: Asked<"bindings">, from: number): IterableIterator<Found<Binding>> {
    const { bindings, boxes, clock } = this.#shelf;
    for (const bound of bindings.list(clock.now(), mailbox, topic)) {
      const { sequence, pattern, until } = bound;
      if (sequence <= from || (topic !== undefined && !boxes.has(bound.mailbox))) continue;
      yield {
        item: { pattern, mailbox: bound.mailbox, ...(until < Infinity && { until }) },
        sequence,
      };
    }
  }

  #counts(mailbox: Address | undefined): MailboxCounts[] {
    if (mailbox === undefined) return [...this.#shelf.boxes.values()].map((box) => box.counts());
    const box = this.#shelf.boxes.get(mailbox);
    return box ? [box.counts()] : [];
  }
}

function isWanted(
  where: Filter | undefined,
  record: Listed,
  state: MessageRecord["state"],
  now: number,
): boolean {
  if (!where) return true;
  const { envelope, attempts } = record;
  const error = attempts.at(-1)?.error?.message;
  return matches(
    where,
    { envelope, state, attempts: attempts.length, ...(error !== undefined && { error }) },
    now,
  );
}
