/** File: an open store file as its thread sees it: the writing connection with its chores, the reading one, and who owns it. */
import { statSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { systemClock } from "../../core/clock.ts";
import { Chores, type Retain } from "./chores.ts";
import { Keeper, type KeeperLimits } from "./keeper.ts";
import { openReader, openWriter, type Durability } from "./open.ts";
import { Owner } from "./owner.ts";
import type { BatchAnswer, Opened, Value } from "./protocol.ts";
import type { Question, Reply } from "./questions.ts";
import { Reader } from "./reader.ts";
import { takeStock } from "./stock.ts";

/** The store's options, checked, as they cross to a thread. */
export interface FileOptions extends KeeperLimits {
  readonly path: string;
  readonly durability: Durability;
  readonly history: Retain;
  /** Milliseconds to wait for another owner to go. */
  readonly openTimeout: number;
}

/** The log is written back into the file when it is so long, in bytes: small enough to be read back quickly at a start. */
const LOG = 16 * 2 ** 20;

export class StoreFile {
  readonly #options: FileOptions;
  #owner: Owner | undefined;
  #db: DatabaseSync | undefined;
  #keeper: Keeper | undefined;
  #chores: Chores | undefined;
  #reading: { db: DatabaseSync; reader: Reader } | undefined;
  #resting = false;
  #now = 0;

  constructor(options: FileOptions) {
    this.#options = options;
  }

  /**
   * Opens the file to write.
   * @throws HermodError HERMOD_STORE_… naming what is wrong with it.
   */
  async open(): Promise<Opened> {
    const { path, openTimeout, history, dedupe } = this.#options;
    this.#owner = await Owner.take(path, { timeout: openTimeout, wait: pause });
    try {
      const db = (this.#db = openWriter(path, this.#options));
      const opened = takeStock(db);
      this.#keeper = new Keeper(db, this.#options, path);
      this.#chores = new Chores(db, history, dedupe);
      return opened;
    } catch (error) {
      this.close();
      throw error;
    }
  }

  write(changes: readonly Value[], now: number): BatchAnswer {
    this.#now = now;
    const answer = (this.#keeper as Keeper).apply({ changes, now });
    if (answer.type === "kept") this.#shorten();
    return answer;
  }

  /** Answers from what is committed. */
  ask<Q extends Question>(question: Q): Reply<Q> {
    this.#reading ??= read(this.#options.path);
    return this.#reading.reader.answer(question);
  }

  /** Does the chores while nothing else is to be done: in short pieces, since a batch may come at any time. */
  rest(): void {
    if (this.#resting || !this.#chores) return;
    this.#resting = true;
    systemClock.pause(() => {
      this.#resting = false;
      if (this.#chores?.piece(this.#now)) this.rest();
    });
  }

  close(): void {
    this.#reading?.db.close();
    this.#reading = undefined;
    this.#chores = undefined;
    if (this.#db?.isOpen) leave(this.#db);
    this.#owner?.release();
    this.#db = this.#owner = undefined;
  }

  #shorten(): void {
    if (logSize(this.#options.path) > LOG) this.#db?.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  }
}

function read(path: string): { db: DatabaseSync; reader: Reader } {
  const db = openReader(path);
  return { db, reader: new Reader(db) };
}

/** Says that the file was closed in order; where that cannot be written, the next start is a careful one. */
function leave(db: DatabaseSync): void {
  try {
    db.exec("UPDATE meta SET value = 1 WHERE name = 'clean'");
    db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  } catch {
    // Nothing is lost by it.
  }
  db.close();
}

function logSize(path: string): number {
  return statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => systemClock.after(ms, resolve));
}
