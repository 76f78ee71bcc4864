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

/** The parts of one message. */
class Row {
  readonly parts: unknown[] = [];
  bytes = 0;
}

export class Parts {
  readonly #copier = new Copier({ size: Infinity, depth: Infinity, keys: Infinity }, "part");
  readonly #most: number;
  /** Of messages that go on, the one with the newest part last, and of those that have ended, the newest end last. */
  readonly #open = new Map<string, Row>();
  readonly #ended = new Map<string, Row>();
  #bytes = 0;

  /** Keeps the parts of `most` messages. */
  constructor(most: number) {
    this.#most = most;
  }

  list(id: string): readonly unknown[] {
    return this.#find(id)?.parts ?? [];
  }

  /**
   * Keeps a part; answers its number. The `last` one is kept whatever its size.
   * @throws HermodError HERMOD_OVERLOADED when messages that go on leave no room for it.
   */
  add(id: string, part: unknown, last = false): number {
    const copy = this.#copier.copy(part ?? null);
    const bytes = this.#copier.size + PART_BYTES;
    if (!this.#makeRoom(id, bytes) && !last) throw noRoom(id);
    const row = this.#rowOf(id);
    row.bytes += bytes;
    this.#bytes += bytes;
    return row.parts.push(copy);
  }

  /** The message has come to its end. */
  end(id: string): void {
    if (this.#open.size > 0) move(id, this.#open, this.#ended);
  }

  /** The message has come back from its end. */
  reopen(id: string): void {
    move(id, this.#ended, this.#open);
  }

  #find(id: string): Row | undefined {
    return this.#open.get(id) ?? this.#ended.get(id);
  }

  #rowOf(id: string): Row {
    const ended = this.#ended.get(id);
    if (ended) return ended;
    const row = this.#open.get(id) ?? new Row();
    this.#open.delete(id);
    this.#open.set(id, row);
    if (this.#open.size + this.#ended.size > this.#most) this.#forgetOldest();
    return row;
  }

  /** True when there is room for a part of this message, which itself is not forgotten for it. */
  #makeRoom(id: string, bytes: number): boolean {
    for (const other of this.#ended.keys()) {
      if (this.#bytes + bytes <= MOST_BYTES) return true;
      if (other !== id) this.#forget(other, this.#ended);
    }
    return this.#bytes + bytes <= MOST_BYTES;
  }

  #forgetOldest(): void {
    for (const rows of [this.#ended, this.#open]) for (const id of rows.keys()) return this.#forget(id, rows);
  }

  #forget(id: string, rows: Map<string, Row>): void {
    this.#bytes -= rows.get(id)?.bytes ?? 0;
    rows.delete(id);
  }
}

function move(id: string, from: Map<string, Row>, to: Map<string, Row>): void {
  const row = from.get(id);
  if (row === undefined) return;
  from.delete(id);
  to.set(id, row);
}

function noRoom(id: string): HermodError {
  return new HermodError("HERMOD_OVERLOADED", `there is no room in memory for another part of ${id}`, {
    details: { id, bytes: MOST_BYTES },
    hint: "Send less of a message before it ends, or use a durable store.",
  });
}
