/**
 * The floors' queue: the least SQL that keeps a message, hands it out and forgets it, with the same promise of the disk
 * (WAL, synchronous=FULL). Works in this thread, a hundred rows a transaction.
 */
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { LOT } from "./inflight.ts";
import { payload } from "./payload.ts";

interface Row {
  readonly id: number;
  readonly body: string;
}

const TABLES = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  CREATE TABLE queue (id INTEGER PRIMARY KEY, body TEXT NOT NULL, taken INTEGER NOT NULL DEFAULT 0);
  CREATE TABLE inbox (id INTEGER PRIMARY KEY);
  CREATE TABLE state (name TEXT PRIMARY KEY, json TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE output (id INTEGER PRIMARY KEY, body TEXT NOT NULL);`;

const texts = {
  insert: "INSERT INTO queue (body) VALUES (?)",
  last: "SELECT coalesce(max(id), 0) AS id FROM queue",
  take: "SELECT id, body FROM queue WHERE id > ? AND taken = 0 ORDER BY id LIMIT ?",
  taken: "UPDATE queue SET taken = 1 WHERE id = ?",
  gone: "DELETE FROM queue WHERE id = ?",
  seen: "INSERT INTO inbox VALUES (?)",
  state: "INSERT OR REPLACE INTO state VALUES ('sink', ?)",
  output: "INSERT INTO output (body) VALUES (?)",
} as const;

export class RawQueue {
  readonly #db: DatabaseSync;
  readonly #run: Record<keyof typeof texts, StatementSync>;
  /** Up to here nobody claims: what is stored before the clock starts is another's. */
  #after = 0;

  constructor(file: string) {
    this.#db = new DatabaseSync(file);
    this.#db.exec(TABLES);
    this.#run = Object.fromEntries(
      Object.entries(texts).map(([name, text]) => [name, this.#db.prepare(text)]),
    ) as Record<keyof typeof texts, StatementSync>;
  }

  /** Stores messages that are only there. */
  fill(count: number): void {
    for (let sent = 0; sent < count; sent += LOT) this.send(sent, Math.min(sent + LOT, count));
    this.#after = this.#run.last.get()?.["id"] as number;
  }

  send(from: number, to: number): void {
    this.#together(() => {
      for (let index = from; index < to; index++) this.#run.insert.run(JSON.stringify(payload(index)));
    });
  }

  /** Takes the next lot. */
  claim(): Row[] {
    return this.#together(() => {
      const rows = this.#run.take.all(this.#after, LOT) as unknown as Row[];
      for (const { id } of rows) this.#run.taken.run(id);
      this.#after = rows.at(-1)?.id ?? this.#after;
      return rows;
    });
  }

  remove(rows: readonly Row[]): void {
    this.#together(() => {
      for (const { id } of rows) this.#run.gone.run(id);
    });
  }

  /** Takes the next lot, notes each in the inbox, changes the state, writes one output and forgets it, all in one transaction; answers how many. */
  process(handle: (message: unknown) => { state: unknown; output: unknown }): number {
    return this.#together(() => {
      const rows = this.#run.take.all(this.#after, LOT) as unknown as Row[];
      for (const row of rows) this.#process(row, handle(JSON.parse(row.body)));
      return rows.length;
    });
  }

  close(): void {
    this.#db.close();
  }

  #process({ id }: Row, { state, output }: { state: unknown; output: unknown }): void {
    this.#run.seen.run(id);
    this.#run.state.run(JSON.stringify(state));
    this.#run.output.run(JSON.stringify(output));
    this.#run.gone.run(id);
  }

  #together<T>(work: () => T): T {
    this.#db.exec("BEGIN IMMEDIATE");
    const answer = work();
    this.#db.exec("COMMIT");
    return answer;
  }
}
