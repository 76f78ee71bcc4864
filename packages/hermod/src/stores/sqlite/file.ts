/** File: an open store file as its thread sees it: the writing connection with its chores, and the reading one. */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { systemClock, type Cancel } from "../../core/clock.ts";
import { checkpoint, closeWriter } from "./checkpoint.ts";
import { Chores, type Retain } from "./chores.ts";
import { Keeper, type KeeperLimits } from "./keeper.ts";
import { PAGE } from "./header.ts";
import { pragma } from "./inspect.ts";
import { openReader, openWriter, type Durability } from "./open.ts";
import type { BatchAnswer, Opened, Value } from "./protocol.ts";
import type { Question, Reply } from "./questions.ts";
import { Reader } from "./reader.ts";
import { takeStock } from "./stock.ts";
import { troubled } from "./trouble.ts";

/** By what a file decides what is known, kept and forgotten. */
export interface FileLimits extends KeeperLimits {
  readonly history: Retain;
}

/** The store's options, checked, as they cross to a thread. */
export interface FileOptions extends FileLimits {
  readonly path: string;
  readonly durability: Durability;
  /** Milliseconds to wait for another owner to go. */
  readonly openTimeout: number;
}

/** The log is written back into the file when it has so many pages (16 MiB): few enough to be read back quickly at a start. */
const LOG = 2048;

/**
 * How far the log grows before the next try, while a reader keeps it from beginning anew. Each try waits for
 * readers as long as a statement does: made behind each batch, a long backup or a database browser made every send take 250 ms.
 */
const GROWTH = 1.25;

/**
 * Milliseconds from a batch to the chores. A chore is synced as a batch is: done at once for each message, it made the next one of a
 * lone sender wait (1.2 ms a send instead of 0.2).
 */
const REST = 20;

/** Pages of a log of which the operator hears (64 MiB): a reader has stayed in a transaction for long. */
const LONG = 8192;

/** What a compaction consists of, in this order. */
export const compactSteps = ["words", "vacuum", "log"] as const;
export type CompactStep = (typeof compactSteps)[number];

export class StoreFile {
  readonly #options: FileOptions;
  #db: DatabaseSync | undefined;
  #log: StatementSync | undefined;
  #keeper: Keeper | undefined;
  #chores: Chores | undefined;
  #reading: { db: DatabaseSync; reader: Reader } | undefined;
  #resting: Cancel | undefined;
  #now = 0;
  /** Pages from which on the log is written back. */
  #most = LOG;
  /** Pages from which on the operator hears of it. */
  #alarm = LONG;

  constructor(options: FileOptions) {
    this.#options = options;
  }

  /**
   * Opens the file to write.
   * @throws HermodError HERMOD_STORE_… naming what is wrong with it.
   */
  open(): void {
    const { path } = this.#options;
    const db = (this.#db = openWriter(path, this.#options));
    troubled(path, () => (this.#log = db.prepare("PRAGMA wal_checkpoint(NOOP)")));
  }

  /** Takes stock, and writes by these limits from now on. */
  begin(limits: FileLimits = this.#options): Opened {
    const [db, { path }] = [this.#db as DatabaseSync, this.#options];
    return troubled(path, () => {
      const opened = takeStock(db);
      this.#keeper = new Keeper(db, limits, path);
      this.#chores = new Chores(db, limits.history, limits.dedupe);
      return opened;
    });
  }

  write(changes: readonly Value[], now: number): BatchAnswer {
    this.#now = now;
    const answer = (this.#keeper as Keeper).apply({ changes, now });
    if (answer.type === "failed") return answer;
    const log = this.#shorten();
    return log === undefined ? answer : { ...answer, log };
  }

  /** Says that its owner ends in order: the next one need not be careful. */
  finish(): void {
    const { path } = this.#options;
    troubled(path, () => finish(this.#db as DatabaseSync));
  }

  /** Answers from what is committed. */
  ask<Q extends Question>(question: Q): Reply<Q> {
    return troubled(this.#options.path, () => {
      this.#reading ??= read(this.#options.path);
      return answer(this.#reading.reader, question) as Reply<Q>;
    });
  }

  /** One step of a compaction: words of what is forgotten go, the file is written anew without its gaps, the log goes into it. */
  compact(step: CompactStep): number {
    const db = this.#db as DatabaseSync;
    return troubled(this.#options.path, () => {
      if (step === "words") db.exec("INSERT INTO text (text) VALUES ('optimize')");
      if (step === "vacuum") vacuum(db);
      if (step === "log") checkpoint(db);
      return pragma(db, "page_count") * pragma(db, "page_size");
    });
  }

  /** Does the chores a little later, in short pieces, since a batch may come at any time. */
  rest(): void {
    if (this.#chores) this.#resting ??= systemClock.after(REST, () => this.#doPieces(), true);
  }

  #doPieces(): void {
    if (this.#chores?.tryPiece(this.#now)) return systemClock.pause(() => this.#doPieces());
    this.#resting = undefined;
  }

  /** A few chores at once, where nothing is ever at rest. */
  doChores(): void {
    this.#chores?.tryPiece(this.#now);
  }

  /** Those of a copy: the same ones at the same place wherever it is made. True when there are more. */
  doOrderedChores(now: number): boolean {
    return troubled(this.#options.path, () => (this.#chores as Chores).piece(now));
  }

  close(): void {
    this.#resting?.();
    this.#reading?.db.close();
    this.#reading = undefined;
    this.#chores = undefined;
    if (this.#db?.isOpen) leave(this.#db, this.#options);
    this.#db = undefined;
  }

  /** A batch that is kept stays kept, whatever becomes of the log: that is tried again behind the next one. Answers its bytes to tell of. */
  #shorten(): number | undefined {
    try {
      const pages = Number(this.#log?.get()?.["log"]);
      if (pages <= this.#most) return undefined;
      const { busy } = checkpoint(this.#db as DatabaseSync);
      this.#most = busy ? Math.ceil(pages * GROWTH) : LOG;
      return this.#alarmAt(busy ? pages : 0);
    } catch {
      // A disk that is full, or another program that has the file locked.
      return undefined;
    }
  }

  /** Whether the operator is to hear of the log, and each time it has doubled. */
  #alarmAt(pages: number): number | undefined {
    if (pages < LOG) this.#alarm = LONG;
    if (pages < this.#alarm) return undefined;
    this.#alarm = pages * 2;
    return pages * PAGE;
  }
}

/** SQLite writes the new file to a temporary one first, which must not be memory. */
function vacuum(db: DatabaseSync): void {
  const before = pragma(db, "temp_store");
  db.exec("PRAGMA temp_store = FILE");
  try {
    db.exec("VACUUM");
  } finally {
    db.exec(`PRAGMA temp_store = ${before}`);
  }
}

function answer(reader: Reader, question: Question): unknown {
  switch (question.type) {
    case "history":
      return reader.history(question);
    case "dead":
      return reader.dead(question);
    case "deaths":
      return reader.deaths();
    case "letter":
      return reader.letter(question.id);
    case "waiting":
      return reader.waiting(question.mailbox, question.lane, question.after, question.limit);
    case "later":
      return reader.later(question.mailbox, question.due, question.seq, question.limit);
    case "state":
      return reader.state(question.key);
    case "parts":
      return reader.parts(question.id, question.after, question.limit);
  }
}

function read(path: string): { db: DatabaseSync; reader: Reader } {
  const db = openReader(path);
  return { db, reader: new Reader(db) };
}

/** Says that the file was closed in order; where that cannot be written, the next start is a careful one. A copy ends with its owner. */
function leave(db: DatabaseSync, { durability }: FileOptions): void {
  if (durability === "copy") return db.close();
  try {
    finish(db);
  } catch {
    // Nothing is lost by it.
  }
  closeWriter(db);
}

function finish(db: DatabaseSync): void {
  db.exec("UPDATE meta SET value = 1 WHERE name = 'clean'");
}
