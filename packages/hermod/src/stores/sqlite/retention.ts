/**
 * Retention: forgets the oldest messages beyond the bounds of history, in slices. A front moves over the messages, oldest first; what
 * must stay (it waits, runs, has a dead letter, or copies of it remain) is passed, and looked at again in laps that are
 * far apart, so that a million waiting messages do not cost their number in every slice.
 */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { Erasure, type Removed } from "./erasure.ts";
import { ENVELOPE_BYTES, Tally } from "./tally.ts";

/** How much of the past is kept: the newest messages up to every bound. Infinity is no bound. */
export interface RetentionBounds {
  /** Milliseconds since a message was stored. */
  readonly age: number;
  /** Most messages, a copy of a published one counted as one. */
  readonly count: number;
  /** Most bytes, a message counted as its payload and 400 bytes of envelope. */
  readonly bytes: number;
  /** Milliseconds for which a message is recognised when it is sent again: none younger is forgotten. */
  readonly dedupe: number;
}

interface Row extends Removed {
  readonly at: number;
  readonly size: number;
  /** True for what waits, runs or is dead, and for what copies stand on. */
  readonly held: number;
  /** When its last attempt ended, UTC milliseconds. */
  readonly ended: number | null;
}

/** Milliseconds from one lap over what was held back to the next. */
const LAP = 600_000;
/** Counting a message costs so much less than judging it. */
const COUNTED = 10;

const COLUMNS = `
  SELECT seq, id, source, conversation, sender, reader, at, size,
    EXISTS (SELECT 1 FROM waiting WHERE mailbox = (SELECT number FROM mailbox WHERE address = m.mailbox)
      AND lane IN (0, 1, 2, 3, 4, 5) AND seq = m.seq)
    OR EXISTS (SELECT 1 FROM running WHERE seq = m.seq)
    OR EXISTS (SELECT 1 FROM dead WHERE seq = m.seq)
    OR EXISTS (SELECT 1 FROM message WHERE source = m.seq) AS held,
    (SELECT max(ended) FROM fate WHERE seq = m.seq) AS ended
  FROM message AS m`;

export class Retention {
  readonly #bounds: RetentionBounds;
  readonly #tally: Tally;
  readonly #erasure: Erasure;
  readonly #next: StatementSync;
  readonly #one: StatementSync;
  readonly #indexed: StatementSync;

  constructor(db: DatabaseSync, bounds: RetentionBounds) {
    this.#bounds = bounds;
    this.#tally = new Tally(db);
    this.#erasure = new Erasure(db);
    this.#next = db.prepare(`${COLUMNS} WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?`);
    this.#one = db.prepare(`${COLUMNS} WHERE seq = ?`);
    this.#indexed = db.prepare("SELECT value FROM meta WHERE name = 'indexed'");
  }

  /**
   * Forgets what is beyond the bounds, looking at no more than `rows` messages; answers how many are gone. Whoever calls holds a
   * transaction. Messages from `below` on are left: what may still be written must not be passed.
   */
  slice(now: number, rows: number, below = Number.MAX_SAFE_INTEGER): number {
    const tally = this.#tally;
    tally.add(rows * COUNTED, below);
    const { front } = tally;
    const indexed = this.#indexed.get()?.["value"] as number;
    const beyond = this.#beyond(front, Math.min(tally.counted, indexed), rows, now);
    const again = this.#again(now, front, rows - beyond.length);
    const gone = this.#remove([...again, ...beyond], now);
    tally.keep();
    return gone;
  }

  /** Removes what need not stay, and the published messages whose last copies went with it. */
  #remove(rows: readonly Row[], now: number): number {
    const gone = rows.filter((row) => !row.held && !this.#isFresh(row, now));
    this.#erasure.remove(gone);
    const sources = new Set(gone.flatMap(({ source }) => source ?? []));
    const bare = [...sources].map((seq) => this.#one.get(seq) as Row | undefined);
    const more = bare.filter((row) => row !== undefined && !row.held && !this.#isFresh(row, now)) as Row[];
    this.#erasure.remove(more);
    return gone.length + more.length;
  }

  /** The next messages beyond a bound; mostly there is none, and one look tells. */
  #beyond(front: number, last: number, rows: number, now: number): Row[] {
    const [first] = this.#rows(front, last, 1);
    if (first === undefined || this.#stays(first, now)) return [];
    return this.#passed(this.#rows(front, last, rows), now);
  }

  /** Moves the front over the messages beyond a bound. */
  #passed(rows: readonly Row[], now: number): Row[] {
    const passed = rows.findIndex((row) => {
      if (this.#stays(row, now)) return true;
      this.#tally.pass(row.seq, bytesOf(row));
      return false;
    });
    return passed < 0 ? [...rows] : rows.slice(0, passed);
  }

  /** A message from the future is held back: the clock was set, and would stop the front for as long. */
  #stays(row: Row, now: number): boolean {
    return (this.#isYoung(row, now) && row.at <= now) || !this.#isBeyond(row, now);
  }

  #isBeyond({ at }: Row, now: number): boolean {
    const { age, count, bytes } = this.#bounds;
    return this.#tally.count > count || this.#tally.bytes > bytes || now - at > age;
  }

  /** What was stored long ago and ended lately, such as a task for next month, is not forgotten with its result unread. */
  #isFresh(row: Row, now: number): boolean {
    return this.#isYoung(row, now) || (row.ended !== null && now - row.ended < this.#bounds.dedupe);
  }

  #isYoung({ at }: Row, now: number): boolean {
    return now - at < this.#bounds.dedupe;
  }

  /** The next of those that were held back before the front, when it is time for a lap. */
  #again(now: number, front: number, rows: number): Row[] {
    const tally = this.#tally;
    if (tally.lap === null && tally.began !== null && now - tally.began < LAP) return [];
    if (tally.lap === null) [tally.lap, tally.began] = [0, now];
    if (rows === 0) return [];
    const again = this.#rows(tally.lap, front, rows);
    tally.lap = again.length < rows ? null : (again.at(-1) as Row).seq;
    return again;
  }

  #rows(after: number, last: number, rows: number): Row[] {
    return this.#next.all(after, last, rows) as unknown as Row[];
  }
}

function bytesOf({ source, size }: Row): number {
  return ENVELOPE_BYTES + (source === null ? size : 0);
}
