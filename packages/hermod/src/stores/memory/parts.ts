/**
 * Parts: the progress and the partial results of messages, 64 MiB of them in all. Where that is too much, the parts of messages
 * that have ended go first, oldest end first. Those of a message that goes on never go for their size, since its readers go by
 * their numbers: a part that finds no room is refused, but for the last one, which comes with the end of its message.
 */
import { Copier } from "../../core/codec.ts";
import { HermodError } from "../../core/errors.ts";

/** Most bytes of all parts together, a part counted as the codec measures it and 32 bytes. */
const MOST_BYTES = 64 * 2 ** 20;
const PART_BYTES = 32;
/** By how much there may be more messages than are kept, so that many are forgotten at a time: to find the oldest of a map is dear. */
const SLACK = 1 / 16;

/** The parts of one message. */
class Row {
  readonly parts: unknown[] = [];
  bytes = 0;
}

/** Messages with their parts, in the order in which they came or got a part. */
class Rows {
  bytes = 0;
  readonly #rows = new Map<string, Row>();

  get size(): number {
    return this.#rows.size;
  }

  ids(): IterableIterator<string> {
    return this.#rows.keys();
  }

  has(id: string): boolean {
    return this.#rows.has(id);
  }

  get(id: string): Row | undefined {
    return this.#rows.get(id);
  }

  /** Adds a part; answers its number. */
  add(id: string, part: unknown, bytes: number): number {
    const row = this.#rows.get(id) ?? new Row();
    this.#rows.delete(id);
    this.#rows.set(id, row);
    row.bytes += bytes;
    this.bytes += bytes;
    return row.parts.push(part);
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
  readonly #copier = new Copier({ size: Infinity, depth: Infinity, keys: Infinity }, "part");
  readonly #most: number;
  /** Of messages that go on, the one with the newest part last, and of those that have ended, the newest end last. */
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
    const copy = this.#copier.copy(part ?? null);
    const bytes = this.#copier.size + PART_BYTES;
    if (!last && this.#staying(id) + bytes > MOST_BYTES) throw noRoom(id);
    this.#makeRoom(id, bytes);
    const number = (this.#ended.has(id) ? this.#ended : this.#open).add(id, copy, bytes);
    if (this.#size > this.#most * (1 + SLACK)) this.#forgetOldest();
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

  /** The bytes that make no room for a part of this message. */
  #staying(id: string): number {
    return this.#open.bytes + (this.#ended.get(id)?.bytes ?? 0);
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
    for (const rows of [this.#ended, this.#open])
      for (const id of rows.ids()) {
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
