/**
 * Parts: the progress and the partial results of messages, 64 MiB of them in all. Where that is too much, the parts of messages
 * that have ended go first, oldest end first. Those of a message that goes on never go for their size, since its readers go by
 * their numbers: a part that finds no room is refused, but for the last one, which comes with the end of its message. Notes are refused from half of
 * it on, so that what is said of work takes no room from the work.
 */
import { sizeOf } from "../../core/codec.ts";
import { HermodError } from "../../core/errors.ts";
import { isNotes } from "../../core/note.ts";

/** Most bytes of all parts together, a part counted as the codec measures it and 32 bytes. */
const MOST_BYTES = 64 * 2 ** 20;
const PART_BYTES = 32;
/** By how much there may be more messages than are kept, so that many are forgotten at a time: to find the oldest of a map is dear. */
const SLACK = 1 / 16;

/** The parts of one message. */
class Row {
  readonly parts: unknown[] = [];
  bytes = 0;
  /** When it got its newest part, among all. */
  at = 0;
}

/** Messages with their parts. */
class Rows {
  bytes = 0;
  readonly #rows = new Map<string, Row>();
  #parts = 0;

  get size(): number {
    return this.#rows.size;
  }

  /** In the order in which they came. */
  ids(): IterableIterator<string> {
    return this.#rows.keys();
  }

  /** Whose newest part is the oldest comes first. Only then are they sorted: to keep them so would cost each part. */
  idsByPart(): readonly string[] {
    return [...this.#rows].toSorted(([, a], [, b]) => a.at - b.at).map(([id]) => id);
  }

  get(id: string): Row | undefined {
    return this.#rows.get(id);
  }

  /** Adds a part to one of them; answers its number. */
  add(row: Row, part: unknown, bytes: number): number {
    row.at = ++this.#parts;
    row.bytes += bytes;
    this.bytes += bytes;
    return row.parts.push(part);
  }

  begin(id: string): Row {
    const row = new Row();
    this.#rows.set(id, row);
    return row;
  }

  /** Takes a message over from others, where it is one of them. */
  take(id: string, others: Rows): void {
    const row = others.get(id);
    if (row === undefined) return;
    others.delete(id);
    this.#rows.set(id, row);
    this.bytes += row.bytes;
  }

  delete(id: string): void {
    this.bytes -= this.#rows.get(id)?.bytes ?? 0;
    this.#rows.delete(id);
  }
}

export class Parts {
  readonly #most: number;
  /** Messages that go on, and those that have ended, the newest end last. */
  readonly #open = new Rows();
  readonly #ended = new Rows();

  /** Keeps the parts of `most` messages. */
  constructor(most: number) {
    this.#most = most;
  }

  list(id: string): readonly unknown[] {
    return (this.#open.get(id) ?? this.#ended.get(id))?.parts ?? [];
  }

  /**
   * Keeps a part; answers its number. The `last` one is kept whatever its size.
   * @throws HermodError HERMOD_OVERLOADED when messages that go on leave no room for it.
   */
  add(id: string, part: unknown, last = false): number {
    const bytes = sizeOf(part) + PART_BYTES;
    const open = this.#open.get(id);
    const ended = open ? undefined : this.#ended.get(id);
    const most = isNotes(part) ? MOST_BYTES / 2 : MOST_BYTES;
    if (!last && this.#open.bytes + (ended?.bytes ?? 0) + bytes > most) throw noRoom(id);
    this.#makeRoom(id, bytes);
    const row = open ?? ended;
    const number = (ended ? this.#ended : this.#open).add(row ?? this.#open.begin(id), part ?? null, bytes);
    if (row === undefined && this.#size > this.#most * (1 + SLACK)) this.#forgetOldest();
    return number;
  }

  /** The message has come to its end. */
  end(id: string): void {
    if (this.#open.size > 0) this.#ended.take(id, this.#open);
  }

  /** The message has come back from its end. */
  reopen(id: string): void {
    this.#open.take(id, this.#ended);
  }

  #makeRoom(id: string, bytes: number): void {
    if (this.#open.bytes + this.#ended.bytes + bytes <= MOST_BYTES) return;
    for (const other of this.#ended.ids()) {
      if (this.#open.bytes + this.#ended.bytes + bytes <= MOST_BYTES) return;
      if (other !== id) this.#ended.delete(other);
    }
  }

  get #size(): number {
    return this.#open.size + this.#ended.size;
  }

  #forgetOldest(): void {
    this.#forget(this.#ended, this.#ended.ids());
    if (this.#size > this.#most) this.#forget(this.#open, this.#open.idsByPart());
  }

  #forget(rows: Rows, ids: Iterable<string>): void {
    for (const id of ids) {
      if (this.#size <= this.#most) return;
      rows.delete(id);
    }
  }
}

function noRoom(id: string): HermodError {
  return new HermodError("HERMOD_OVERLOADED", `there is no room in memory for another part of ${id}`, {
    details: { id, bytes: MOST_BYTES },
    hint: "Send less of a message before it ends, or use a durable store.",
  });
}
