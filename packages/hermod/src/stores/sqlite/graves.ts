/** Graves: the dead letters in the file, in the order of their deaths. */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { ErrorRecord } from "../../core/errors.ts";
import type { Attempt, DeadLetter } from "../../core/store.ts";
import type { Asked } from "./asked.ts";
import { Sieve, type Bodies } from "./past.ts";
import type { Looked, Stretch } from "./pages.ts";

/** A dead letter; the body of its message is still text. */
export interface DeadRow extends Omit<DeadLetter, "envelope" | "mailbox"> {
  /** Grows with every death. */
  readonly number: number;
  /** The number of its message. */
  readonly seq: number;
  readonly body: string;
  readonly mailbox?: string;
}

interface Columns {
  readonly number: number;
  readonly id: string;
  readonly seq: number;
  readonly source: number;
  readonly mailbox: string | null;
  readonly reason: DeadLetter["reason"];
  readonly error: string | null;
  readonly attempts: string;
  readonly died: number;
  readonly generation: number;
}

const COLUMNS = `
  SELECT number, dead.id, dead.seq, coalesce(source, message.seq) AS source, dead.mailbox, reason, error, attempts, died, generation
  FROM dead JOIN message ON message.seq = dead.seq`;

export class Graves {
  readonly #numbers: StatementSync;
  readonly #columns: StatementSync;
  readonly #letter: StatementSync;
  readonly #count: StatementSync;
  readonly #bodies: Bodies;

  constructor(db: DatabaseSync, bodies: Bodies) {
    this.#numbers = db.prepare("SELECT number FROM dead WHERE number > ? ORDER BY number LIMIT ?");
    this.#columns = db.prepare(`${COLUMNS} WHERE number = ?`);
    this.#letter = db.prepare(`${COLUMNS} WHERE dead.id = ?`);
    this.#count = db.prepare("SELECT count(*) AS count FROM dead");
    this.#bodies = bodies;
  }

  /** The dead letter of this id. */
  letter(id: string): DeadRow | undefined {
    const row = this.#letter.get(id) as Columns | undefined;
    return row && this.#row(row);
  }

  count(): number {
    return Number(this.#count.get()?.["count"]);
  }

  /** The numbers of the next dead letters. */
  stretch(after: number, rows: number): Stretch {
    const seqs = this.#numbers.all(after, rows).map(({ number }) => number as number);
    return { seqs, upto: seqs.length < rows ? Infinity : (seqs.at(-1) as number), looked: seqs.length };
  }

  /** Looks at dead letters one after the other. */
  *look(numbers: readonly number[], { where = [], now }: Asked): IterableIterator<Looked<DeadRow>> {
    const sieve = new Sieve(where, now);
    for (const seq of numbers) {
      const row = this.#columns.get(seq) as Columns | undefined;
      const item = row && this.#judge(row, sieve);
      yield { seq, item, text: item?.body.length ?? 0 };
    }
  }

  #judge(columns: Columns, sieve: Sieve): DeadRow | undefined {
    const { reason, error } = columns;
    const message = error === null ? undefined : (JSON.parse(error) as ErrorRecord).message;
    const attempts = (JSON.parse(columns.attempts) as unknown[]).length;
    const outcome = { reason, state: "dead", attempts, ...(message !== undefined && { error: message }) };
    if (!sieve.maybe({ outcome })) return undefined;
    const row = this.#row(columns);
    return sieve.passes({ outcome }, row.body) ? row : undefined;
  }

  #row({ source, mailbox, error, attempts, died, ...same }: Columns): DeadRow {
    return {
      ...same,
      body: this.#bodies.of(source),
      ...(mailbox !== null && { mailbox }),
      ...(error !== null && { error: JSON.parse(error) as ErrorRecord }),
      attempts: JSON.parse(attempts) as Attempt[],
      diedAt: died,
    } as DeadRow;
  }
}
