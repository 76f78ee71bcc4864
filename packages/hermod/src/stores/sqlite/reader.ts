/**
 * Reader: the answers to questions about what the file holds. Bodies stay text, to be read (`fromBody`) where the answer goes. Works
 * over a connection that only reads; each answer is of one moment, and no statement stays open after it.
 */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Paged } from "../../core/store.ts";
import { cursor, pageSize } from "../shelf/page.ts";
import { demandedTimes, type Asked } from "./asked.ts";
import { Graves, type DeadRow } from "./graves.ts";
import { Lists, within } from "./lists.ts";
import { gather, type Stretches } from "./pages.ts";
import { Bodies, Past, type PastItem } from "./past.ts";
import type { LaterRow } from "./questions.ts";
import { Times } from "./times.ts";

/** A page of the history, by default oldest message first; its cursor is a `seq`. */
export type HistoryPage = Paged<PastItem>;
/** A page of the dead letters, oldest death first; its cursor is a `number`. */
export type DeadPage = Paged<DeadRow>;

/** One message of those that wait. */
export interface WaitingRow {
  readonly seq: number;
  readonly body: string;
}

export class Reader {
  readonly #db: DatabaseSync;
  readonly #lists: Lists;
  readonly #times: Times;
  readonly #past: Past;
  readonly #graves: Graves;
  readonly #waiting: StatementSync;
  readonly #later: StatementSync;
  readonly #state: StatementSync;
  readonly #parts: StatementSync;

  constructor(db: DatabaseSync) {
    this.#db = db;
    const bodies = new Bodies(db);
    this.#lists = new Lists(db);
    this.#times = new Times(db);
    this.#past = new Past(db, bodies);
    this.#graves = new Graves(db, bodies);
    this.#waiting = db.prepare(
      `SELECT w.seq, coalesce(m.body, s.body) AS body FROM waiting AS w
       JOIN message AS m ON m.seq = w.seq LEFT JOIN message AS s ON s.seq = m.source
       WHERE w.mailbox = ? AND w.lane = ? AND w.seq > ? ORDER BY w.seq LIMIT ?`,
    );
    this.#later = db.prepare(
      `SELECT w.seq, w.due, w.attempts, coalesce(m.body, s.body) AS body FROM waiting AS w
       JOIN message AS m ON m.seq = w.seq LEFT JOIN message AS s ON s.seq = m.source
       WHERE w.mailbox = ? AND w.due IS NOT NULL AND (w.due, w.seq) > (?, ?) ORDER BY w.due, w.seq LIMIT ?`,
    );
    this.#state = db.prepare("SELECT json, version FROM state WHERE key = ?");
    this.#parts = db.prepare("SELECT json FROM part WHERE id = ? AND number > ? ORDER BY number LIMIT ?");
  }

  /**
   * Messages of the past that match.
   * @throws HermodError HERMOD_BAD_OPTION for a limit out of range and for what is no cursor.
   */
  history(asked: Asked): HistoryPage {
    const [limit, after] = [pageSize(asked.limit), cursor(asked.after)];
    return this.#atOnce(() => {
      const { from, to } = demandedTimes(asked.where, asked.now);
      const { first, last } = this.#times.between(from, to);
      const stretches = this.#lists.of(asked);
      if (asked.order === "newest") return this.#back(asked, within(stretches, -last, -first), limit);
      return gather(within(stretches, first, last), (seqs) => this.#past.look(seqs, asked), after, limit);
    });
  }

  /** Towards the oldest, where numbers are told with a minus; cursors are numbers of messages all the same. */
  #back(asked: Asked, stretches: Stretches, limit: number): HistoryPage {
    const after = asked.after === undefined ? -Infinity : -cursor(asked.after);
    const look = function* (past: Past, seqs: readonly number[]) {
      for (const found of past.look(
        seqs.map((seq) => -seq),
        asked,
      ))
        yield { ...found, seq: -found.seq };
    };
    const { items, next } = gather(stretches, (seqs) => look(this.#past, seqs), after, limit);
    return { items, ...(next !== undefined && { next: String(-Number(next)) }) };
  }

  /**
   * Dead letters that match.
   * @throws HermodError HERMOD_BAD_OPTION for a limit out of range and for what is no cursor.
   */
  dead(asked: Asked): DeadPage {
    const [limit, after] = [pageSize(asked.limit), cursor(asked.after)];
    const graves = this.#graves;
    return this.#atOnce(() =>
      gather(
        (from, rows) => graves.stretch(from, rows),
        (numbers) => graves.look(numbers, asked),
        after,
        limit,
      ),
    );
  }

  /** How many dead letters are committed: each is looked at. */
  deaths(): number {
    return this.#graves.count();
  }

  /** The dead letter of this id. */
  letter(id: string): DeadRow | undefined {
    return this.#atOnce(() => this.#graves.letter(id));
  }

  /** What waits in a lane of a mailbox after a number, in order, at most `limit`. */
  waiting(mailbox: number, lane: number, after: number, limit: number): WaitingRow[] {
    return this.#waiting.all(mailbox, lane, after, limit) as unknown as WaitingRow[];
  }

  /** What waits for a time in a mailbox, after a time and a number, the earliest first, at most `limit`. */
  later(mailbox: number, due: number, seq: number, limit: number): LaterRow[] {
    return this.#later.all(mailbox, due, seq, limit) as unknown as LaterRow[];
  }

  /** The last committed state of an agent. */
  state(key: string): { readonly json: string; readonly version: number } | undefined {
    return this.#state.get(key) as { json: string; version: number } | undefined;
  }

  /** The parts of a message after a number as JSON, in order, at most `limit`. */
  parts(id: string, after: number, limit: number): string[] {
    return this.#parts.all(id, after, limit).map(({ json }) => json as string);
  }

  /** Runs several statements over the same moment of the file. */
  #atOnce<T>(read: () => T): T {
    if (this.#db.isTransaction) return read();
    this.#db.exec("BEGIN");
    try {
      return read();
    } finally {
      this.#db.exec("COMMIT");
    }
  }
}
