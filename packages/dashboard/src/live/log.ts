/** Log: the messages that were seen live, in the order in which they came, with what became of each. Outside of React: a thousand a second come. */
import type { Envelope, State } from "../api/types.ts";
import { Ring } from "./ring.ts";

/** An event as the hub's page socket tells it; times in milliseconds since 1970. */
export interface Row extends Pick<
  Envelope,
  "id" | "verb" | "type" | "operation" | "from" | "to" | "topic" | "inReplyTo"
> {
  readonly at: number;
  readonly event: "stored" | "settled" | "dead";
  readonly state: State;
  readonly conversation: string;
  readonly sentAt: number;
  readonly size: number;
  readonly mailbox?: string;
  readonly attempt?: number;
  readonly reason?: string;
  readonly error?: string;
  readonly preview: string;
}

/** One message of the log. */
export interface Message extends Row {
  readonly kind: "message";
  /** Milliseconds from its sending to its end; undefined before that. */
  readonly ms: number | undefined;
}

/** Messages that were missed; null where nobody knows how many. */
export interface Gap {
  readonly kind: "gap";
  readonly missed: number | null;
}

export type Entry = Message | Gap;

/** What became of a message of which the page was told before: only what is new of it. */
export type News = Pick<Row, "id" | "at" | "event" | "state"> & Partial<Row>;

/** What the hub says at a time. */
export interface Bundle {
  readonly missed?: number | null;
  readonly rows?: readonly News[];
}

/** Most entries that are kept. */
const MOST = 100_000;

export class Log {
  readonly #ring: Ring<Entry>;
  readonly #numbers = new Map<string, number>();

  constructor(most = MOST) {
    this.#ring = new Ring(most);
  }

  get first(): number {
    return this.#ring.first;
  }
  get next(): number {
    return this.#ring.next;
  }

  at(number: number): Entry | undefined {
    return this.#ring.at(number);
  }

  /** The number of a message that is still kept. */
  numberOf(id: string): number | undefined {
    return this.#numbers.get(id);
  }

  add({ missed, rows = [] }: Bundle): void {
    if (missed !== undefined) this.#push({ kind: "gap", missed });
    for (const row of rows) this.#put(row);
  }

  clear(): void {
    this.#ring.clear();
    this.#numbers.clear();
  }

  #put(news: News): void {
    const known = this.#numbers.get(news.id);
    const before = known === undefined ? undefined : (this.#ring.at(known) as Message | undefined);
    const row = { ...before, ...news };
    // Of a message that was let go since then, news say too little to show it.
    if (!isWhole(row)) return;
    const message: Message = { ...row, kind: "message", ms: spanOf(row) };
    if (known !== undefined && before) this.#ring.replace(known, message);
    else this.#numbers.set(row.id, this.#push(message));
  }

  #push(entry: Entry): number {
    const number = this.#ring.next;
    const gone = this.#ring.push(entry);
    // A later entry of the same message may stand elsewhere.
    if (gone?.kind === "message" && (this.#numbers.get(gone.id) ?? number) < this.#ring.first)
      this.#numbers.delete(gone.id);
    return number;
  }
}

const isWhole = (row: News): row is Row => row.sentAt !== undefined;

function spanOf({ event, at, sentAt, state }: Row): number | undefined {
  return event === "stored" || state === "waiting" ? undefined : at - sentAt;
}
