/**
 * Tally: how many messages the file keeps and how much they say, counted in slices as they come, so that nothing has to be counted
 * twice; and up to which of them retention has come. It is kept with the messages, in one row.
 */
import type { DatabaseSync, StatementSync } from "node:sqlite";

/** What a message takes beside its payload, about. */
export const ENVELOPE_BYTES = 400;

const NAME = "retention";

export class Tally {
  /** Up to which message all were judged: what is left of those was held back. */
  front = 0;
  /** Messages and bytes counted beyond the front. */
  count = 0;
  bytes = 0;
  /** Up to which message was counted. */
  counted = 0;
  /** Up to where the present lap over what was held back has come, null between laps; and when the last one began, UTC milliseconds. */
  lap: number | null = null;
  began: number | null = null;
  #kept = "";
  readonly #next: StatementSync;
  readonly #keep: StatementSync;

  constructor(db: DatabaseSync) {
    this.#next = db.prepare(
      `SELECT count(*) AS count, max(seq) AS last, sum(bytes) AS bytes FROM
       (SELECT seq, ${ENVELOPE_BYTES} + iif(source IS NULL, size, 0) AS bytes FROM message
        WHERE seq > ? AND seq < ? ORDER BY seq LIMIT ?)`,
    );
    this.#keep = db.prepare("INSERT OR REPLACE INTO meta VALUES (?, ?)");
    const kept = db.prepare("SELECT value FROM meta WHERE name = ?").get(NAME)?.["value"];
    if (kept !== undefined) Object.assign(this, JSON.parse(kept as string));
  }

  /** Counts the next messages, at most `rows`. */
  add(rows: number, below: number): void {
    const { count, last, bytes } = this.#next.get(this.counted, below, rows) as Record<string, number | null>;
    if (!last) return;
    this.counted = last;
    this.count += count ?? 0;
    this.bytes += bytes ?? 0;
  }

  /** The front passes a message. */
  pass(seq: number, bytes: number): void {
    this.front = seq;
    this.count--;
    this.bytes -= bytes;
  }

  /** Keeps the tally in the file. */
  keep(): void {
    const { front, count, bytes, counted, lap, began } = this;
    const json = JSON.stringify({ front, count, bytes, counted, lap, began });
    if (json !== this.#kept) this.#keep.run(NAME, json);
    this.#kept = json;
  }
}
