/** Chores: what the writer does between batches: the lists for history, the full text, and the end of what is too old. */
import type { DatabaseSync } from "node:sqlite";
import { Indexer } from "./indexer.ts";
import { Retention } from "./retention.ts";

/** Bounds of the history; age in milliseconds. */
export interface Retain {
  readonly age: number;
  readonly count: number;
  readonly bytes: number;
}

/** Rows of one piece: some 10 ms, and a batch that comes meanwhile waits for as long. */
const PIECE = 250;

export class Chores {
  readonly #db: DatabaseSync;
  readonly #indexer: Indexer;
  readonly #retention: Retention;

  constructor(db: DatabaseSync, retain: Retain, dedupe: number) {
    this.#db = db;
    this.#indexer = new Indexer(db);
    this.#retention = new Retention(db, { ...retain, dedupe });
  }

  /** Does a piece of what is to be done; false when that was the end of it. `mark` is written with it. @throws what the file refuses: nothing of the piece is done then. */
  piece(now: number, mark: () => void = () => undefined): boolean {
    try {
      this.#db.exec("BEGIN IMMEDIATE");
      const done = this.#indexer.slice(PIECE) + this.#retention.slice(now, PIECE);
      mark();
      this.#db.exec("COMMIT");
      return done >= PIECE;
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec("ROLLBACK");
      throw error;
    }
  }

  /** The same where it may as well be done later: false when it cannot be done now. */
  tryPiece(now: number): boolean {
    try {
      return this.piece(now);
    } catch {
      // A full disk, or another program that has the file locked: the lists lag behind meanwhile, and answers do not depend on them.
      return false;
    }
  }
}
