/**
 * Talk: the messages of one conversation, as the hub knows them. Read page by page and kept outside of React; what comes later is read behind the last
 * page, and what is still open is asked for again when the live log tells of it.
 */
import { ask } from "../../api/client.ts";
import type { MessageRecord, Page } from "../../api/types.ts";
import { live } from "../../live/live.ts";
import { CUT } from "../../parts/cut.ts";
import { isOpen } from "./drawn.ts";

/** Messages of one page: at first, and of what comes. */
const FIRST = 1000;
const THEN = 200;
/** The least time between two looks, in milliseconds; and for how many messages it is one longer, since all of them are laid out anew. */
const PAUSE = 200;
const CALM = 40;
/** Messages before the last page that are asked for one by one, in one look. */
const MOST_MENDED = 20;

export class Talk {
  readonly id: string;
  records: readonly MessageRecord[] = [];
  /** Whether all was read once. */
  isWhole = false;
  problem: unknown;
  #version = 0;
  /** The cursor of the last page, and how many messages stand before it. */
  #tail: string | undefined;
  #before = 0;
  /** How many messages there were when it was last told of. */
  #told = 0;
  #isReading = false;
  #isDue = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #end = new AbortController();
  readonly #listeners = new Set<() => void>();

  constructor(id: string) {
    this.id = id;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };
  readonly snapshot = (): number => this.#version;

  /** Begins to read; gives its end. */
  begin(): () => void {
    this.#end = new AbortController();
    this.#isReading = false;
    void this.#read(true);
    return () => {
      this.#end.abort();
      clearTimeout(this.#timer);
      this.#timer = undefined;
    };
  }

  /** Something may have happened. */
  nudge(): void {
    if (this.#isReading) this.#isDue = true;
    else this.#timer ??= setTimeout(() => void this.#read(false), PAUSE + this.records.length / CALM);
  }

  /** Asks anew for what is open, whatever the live log says. */
  look(): void {
    if (!this.#isReading) void this.#read(true);
  }

  async #read(all: boolean): Promise<void> {
    const { signal } = this.#end;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#isReading = true;
    this.#isDue = false;
    try {
      await this.#readOn(signal);
      await this.#mend(all, signal);
      this.#ended(undefined);
    } catch (problem) {
      if (signal.aborted) return;
      this.#ended(problem);
    }
    this.#isReading = false;
    if (this.#isDue) this.nudge();
  }

  async #readOn(signal: AbortSignal): Promise<void> {
    for (;;) {
      const { items, next } = await this.#ask(
        { after: this.#tail, limit: this.isWhole ? THEN : FIRST },
        signal,
      );
      this.#put(items, next === undefined);
      if (next === undefined) break;
      this.#tail = next;
      this.#before += items.length;
    }
    if (!this.isWhole) {
      this.isWhole = true;
      this.#tell();
    }
  }

  /** The records from the last page on; those that are as they were stay the same, so that nothing of them is drawn anew. */
  #put(items: readonly MessageRecord[], isEnd: boolean): void {
    const [before, end] = [this.#before, this.#before + items.length];
    const tail = items.map((item, at) => {
      const known = this.records[before + at];
      return known && isSame(known, item) ? known : item;
    });
    const isNew = tail.some((item, at) => item !== this.records[before + at]);
    if (!isNew && (!isEnd || end === this.records.length)) return;
    this.records = [...this.records.slice(0, before), ...tail, ...(isEnd ? [] : this.records.slice(end))];
    // While all of it is read for the first time, it is drawn when it is twice as much: each time all is laid out.
    if (!this.isWhole && this.records.length < this.#told * 2) return;
    this.#told = this.records.length;
    this.#tell();
  }

  async #mend(all: boolean, signal: AbortSignal): Promise<void> {
    const early = this.records.slice(0, this.#before);
    const due = early.filter((record) => (all && isOpen(record)) || hasMoved(record)).slice(0, MOST_MENDED);
    for (const { envelope } of due) {
      const { items } = await this.#ask({ where: `id:${JSON.stringify(envelope.id)}` }, signal);
      this.#replace(items);
    }
  }

  #replace(items: readonly MessageRecord[]): void {
    const fresh = new Map(items.map((item) => [keyOf(item), item]));
    this.records = this.records.map((record) => {
      const item = fresh.get(keyOf(record));
      return item && !isSame(record, item) ? item : record;
    });
    this.#tell();
  }

  #ask(
    query: Record<string, string | number | undefined>,
    signal: AbortSignal,
  ): Promise<Page<MessageRecord>> {
    return ask(`get /v1/conversations/${encodeURIComponent(this.id)}`, {
      query: { ...query, cut: CUT },
      signal,
    });
  }

  #ended(problem: unknown): void {
    if (problem === this.problem) return;
    this.problem = problem;
    this.#tell();
  }

  #tell(): void {
    this.#version++;
    for (const listener of this.#listeners) listener();
  }
}

/** A published message has a record for each mailbox. */
export function keyOf({ envelope, mailbox = "" }: MessageRecord): string {
  return `${envelope.id} ${mailbox} ${envelope.to ?? ""}`;
}

function isSame(one: MessageRecord, other: MessageRecord): boolean {
  return (
    one.state === other.state && one.attempts.length === other.attempts.length && keyOf(one) === keyOf(other)
  );
}

/** Whether the live log knows another end of it. */
function hasMoved(record: MessageRecord): boolean {
  const number = live.log.numberOf(record.envelope.id);
  const entry = number === undefined ? undefined : live.log.at(number);
  if (entry?.kind !== "message") return false;
  return entry.state === "waiting" ? !isOpen(record) : entry.state !== record.state;
}
