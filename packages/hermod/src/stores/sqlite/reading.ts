/** Reading: the answers to questions about what the store holds; nothing is consumed and nobody is woken. */
import type { Address } from "../../core/address.ts";
import type { Envelope } from "../../core/envelope.ts";
import { matches, type Filter } from "../../core/filter.ts";
import type { MailboxCounts } from "../../core/numbers.ts";
import type {
  Answer,
  Attempt,
  Binding,
  DeadLetter,
  DelayedMessage,
  MessageRecord,
  Paged,
  Query,
} from "../../core/store.ts";
import { cursor, page, pageSize, type Found } from "../shelf/page.ts";
import { fromBody } from "./body.ts";
import type { DiskBox } from "./box.ts";
import type { Outcome } from "./journal.ts";
import type { FilePort } from "./port.ts";
import { Change } from "./protocol.ts";
import type { HistoryRow, LetterRow } from "./questions.ts";
import type { DiskShelf } from "./shelf.ts";

type Asked<T extends Query["type"]> = Query & { readonly type: T };

export class Reading {
  readonly #shelf: DiskShelf;
  readonly #port: FilePort;

  constructor(shelf: DiskShelf, port: FilePort) {
    this.#shelf = shelf;
    this.#port = port;
  }

  async read<Q extends Query>(query: Q): Promise<Answer<Q>> {
    return (await this.#read(query)) as Answer<Q>;
  }

  /** A dead letter by its name, as it is after all that was decided so far. */
  async letter(id: string): Promise<LetterRow | undefined> {
    this.#shelf.journal.group().add(Change.trim).end();
    await this.#shelf.journal.flushed();
    return this.#port.ask({ type: "letter", id });
  }

  async #read(query: Query): Promise<Paged<unknown>> {
    if (query.type === "counts") return { items: this.#counts(query.mailbox) };
    if (query.type === "deaths") return { items: [{ count: await this.#deaths() }] };
    const limit = pageSize(query.limit);
    switch (query.type) {
      case "history":
        return this.#history(query, limit);
      case "waiting":
        return this.#waiting(query, limit);
      case "delayed":
        return this.#delayed(query, limit);
      case "dead":
        return this.#dead(query, limit);
      case "bindings":
        return page(this.#bindings(query, cursor(query.after)), limit, query.places);
    }
  }

  async #history(query: Asked<"history">, limit: number): Promise<Paged<MessageRecord>> {
    const { conversation, agent, where, after, order } = query;
    cursor(after);
    // Before the file is asked: what ends meanwhile is not known there yet, and runs no more here.
    const running = this.#running();
    await this.#shelf.journal.flushed();
    const now = this.#shelf.clock.now();
    const { items, next } = await this.#port.ask({
      ...{ type: "history", conversation, agent, after, limit, now, order },
      where: where && unmarked(where),
    });
    const found = items.map((row) => ({ item: toRecord(row, running), sequence: row.seq }));
    const wanted = found.filter(({ item }) => !where || isWanted(where, item, now));
    return told(wanted, next, query.places);
  }

  async #dead({ where, after, places }: Asked<"dead">, limit: number): Promise<Paged<DeadLetter>> {
    cursor(after);
    this.#shelf.journal.group().add(Change.trim).end();
    await this.#shelf.journal.flushed();
    const now = this.#shelf.clock.now();
    const { items, next } = await this.#port.ask({ type: "dead", where, after, limit, now });
    const found = items.map((row) => ({ item: toLetter(row), sequence: row.number }));
    return told(found, next, places);
  }

  /** The writer counts them as they come and go; where nothing can be written, those in the file are counted. */
  async #deaths(): Promise<number> {
    const outcome = await new Promise<Outcome>((resolve) =>
      this.#shelf.journal.group().add(Change.trim).end(resolve),
    );
    return outcome?.type === "value" ? (outcome.value as number) : this.#port.ask({ type: "deaths" });
  }

  /** The rows of messages that run now. */
  #running(): ReadonlySet<number> {
    const rows = [...this.#shelf.boxes.values()].flatMap((box) =>
      box.running.map(({ envelope }) => Math.abs(box.rows.get(envelope) as number)),
    );
    return new Set(rows);
  }

  /** What stands in memory first, in its order; then what the file has beyond. */
  async #waiting({ mailbox, where, after }: Asked<"waiting">, limit: number): Promise<Paged<Envelope>> {
    const from = cursor(after);
    await this.#shelf.journal.flushed();
    const box = this.#shelf.boxes.get(mailbox);
    if (box === undefined) return { items: [] };
    const all = [...box.contents()];
    const lacking = from + limit + 1 - all.length;
    // Before what waits for a time, which stands last.
    if (lacking > 0 && box.hasSpilled)
      all.splice(all.length - box.delaysHere, 0, ...(await this.#beyond(box, lacking)));
    if (lacking > 0) all.push(...(await this.#later(box, lacking)).map(({ envelope }) => envelope));
    return page(numbered(all, from, where, this.#shelf.clock.now()), limit);
  }

  async #beyond(box: DiskBox, most: number): Promise<Envelope[]> {
    const beyond: Envelope[] = [];
    const here = new Set(box.rows.values());
    for (let lane = 4; lane > 0 && beyond.length < most; lane--) {
      const spilled = box.spilled[lane];
      if (!spilled || spilled.isEmpty) continue;
      const { after } = spilled;
      const question = { type: "waiting", mailbox: box.number, lane, after, limit: most } as const;
      const rows = (await this.#port.ask(question)).filter(({ seq }) => !here.has(seq));
      const inFile = rows.map(({ seq, body }) => ({ seq, envelope: fromBody(body) }));
      const inOrder = [...inFile, ...spilled.behind].sort((a, b) => a.seq - b.seq);
      beyond.push(...inOrder.map(({ envelope }) => envelope));
    }
    return beyond;
  }

  async #delayed({ mailbox, where, after }: Asked<"delayed">, limit: number): Promise<Paged<DelayedMessage>> {
    const from = cursor(after);
    const box = this.#shelf.boxes.get(mailbox);
    if (box === undefined) return { items: [] };
    const all = box.delayed();
    if (from + limit >= all.length) all.push(...(await this.#later(box, from + limit + 1 - all.length)));
    all.sort((a, b) => a.dueAt - b.dueAt);
    return page(numberedDelays(all, from, where, this.#shelf.clock.now()), limit);
  }

  /** What waits for a time in the file alone, the earliest first. */
  async #later(box: DiskBox, limit: number): Promise<DelayedMessage[]> {
    const { count, due, seq } = box.later;
    if (count === 0) return [];
    await this.#shelf.journal.flushed();
    const here = new Set(box.rows.values());
    const rows = await this.#port.ask({ type: "later", mailbox: box.number, due, seq, limit });
    return rows
      .filter((row) => !here.has(row.seq))
      .map((row) => ({
        envelope: fromBody(row.body),
        dueAt: row.due,
        attempts: row.attempts === null ? [] : (JSON.parse(row.attempts) as Attempt[]),
      }));
  }

  *#bindings({ mailbox, topic }: Asked<"bindings">, from: number): IterableIterator<Found<Binding>> {
    const { bindings, boxes, clock } = this.#shelf;
    for (const bound of bindings.list(clock.now(), mailbox, topic)) {
      const { sequence, pattern, until } = bound;
      if (sequence <= from || (topic !== undefined && !boxes.has(bound.mailbox))) continue;
      yield { item: { pattern, mailbox: bound.mailbox, ...(until < Infinity && { until }) }, sequence };
    }
  }

  #counts(mailbox: Address | undefined): MailboxCounts[] {
    if (mailbox === undefined) return [...this.#shelf.boxes.values()].map((box) => box.counts());
    const box = this.#shelf.boxes.get(mailbox);
    return box ? [box.counts()] : [];
  }
}

function told<T>(found: readonly Found<T>[], next: string | undefined, withPlaces = false): Paged<T> {
  const places = withPlaces && { places: found.map(({ sequence }) => sequence) };
  return { items: found.map(({ item }) => item), ...(next !== undefined && { next }), ...places };
}

function* numbered(
  all: readonly Envelope[],
  from: number,
  where: Filter | undefined,
  now: number,
): IterableIterator<Found<Envelope>> {
  for (let at = from; at < all.length; at++) {
    const item = all[at] as Envelope;
    if (!where || matches(where, { envelope: item }, now)) yield { item, sequence: at + 1 };
  }
}

function* numberedDelays(
  all: readonly DelayedMessage[],
  from: number,
  where: Filter | undefined,
  now: number,
): IterableIterator<Found<DelayedMessage>> {
  for (let at = from; at < all.length; at++) {
    const item = all[at] as DelayedMessage;
    const subject = { envelope: item.envelope, attempts: item.attempts.length };
    if (!where || matches(where, subject, now)) yield { item, sequence: at + 1 };
  }
}

/** The file does not know what runs: terms that tell it from what waits are judged here, where it is known. */
function unmarked(where: Filter): Filter {
  return where.filter(
    ({ field, operator, value }) =>
      field !== "state" || (operator === "is" && /^(done|failed|dead)$/.test(String(value))),
  );
}

function toRecord(
  { seq, body, mailbox, state, attempts }: HistoryRow,
  running: ReadonlySet<number>,
): MessageRecord {
  return {
    envelope: fromBody(body),
    ...(mailbox !== undefined && { mailbox: mailbox as Address }),
    state: running.has(seq) ? "running" : state,
    attempts,
  };
}

function isWanted(where: Filter, { envelope, state, attempts }: MessageRecord, now: number): boolean {
  const error = attempts.at(-1)?.error?.message;
  const subject = { envelope, state, attempts: attempts.length, ...(error !== undefined && { error }) };
  return matches(where, subject, now);
}

export function toLetter({
  id,
  body,
  mailbox,
  reason,
  error,
  attempts,
  diedAt,
  generation,
}: LetterRow): DeadLetter {
  return {
    id,
    envelope: fromBody(body),
    ...(mailbox !== undefined && { mailbox: mailbox as Address }),
    reason: reason as DeadLetter["reason"],
    ...(error && { error }),
    attempts,
    diedAt,
    generation,
  };
}
