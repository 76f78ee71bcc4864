/** File: an open store file as its thread sees it: the writing connection with its chores, and the reading one. */
import { DatabaseSync, type StatementSync } from "node:sqlite";
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

/** How long an image waits for another connection, in milliseconds. */
const PATIENCE = 5000;

/** What a compaction consists of, in this order. */
export const compactSteps = ["words", "vacuum", "log"] as const;
export type CompactStep = (typeof compactSteps)[number];

export class StoreFile {
  readonly #options: FileOptions;
  #db: DatabaseSync | undefined;
  #log: StatementSync | undefined;
  #mark: StatementSync | undefined;
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
    troubled(path, () => {
      this.#log = db.prepare("PRAGMA wal_checkpoint(NOOP)");
      const limits = limitsOf(db);
      if (limits) this.#keepBy(limits);
    });
  }

  /** Takes stock, and writes by these limits from now on. Its epoch is greater than that of any start before, and `epoch` at least. */
  begin(limits: FileLimits = this.#options, place?: number, epoch?: number): Opened {
    const [db, { path }] = [this.#db as DatabaseSync, this.#options];
    return troubled(path, () => {
      const mark = this.#marking(place);
      const opened = takeStock(db, epoch, mark && (() => (mark(), keepLimits(db, limits))));
      this.#keepBy(limits);
      return opened;
    });
  }

  #keepBy(limits: FileLimits): void {
    const db = this.#db as DatabaseSync;
    this.#keeper = new Keeper(db, limits, this.#options.path);
    this.#chores = new Chores(db, limits.history, limits.dedupe);
  }

  /** Writes a batch; in a copy, with its place in the journal. */
  write(changes: readonly Value[], now: number, place?: number): BatchAnswer {
    this.#now = now;
    const answer = (this.#keeper as Keeper).apply({ changes, now, mark: this.#marking(place) });
    if (answer.type === "failed") return answer;
    const log = this.#shorten();
    return log === undefined ? answer : { ...answer, log };
  }

  /** Says that its owner ends in order: the next one need not be careful. */
  finish(): void {
    const { path } = this.#options;
    troubled(path, () => finish(this.#db as DatabaseSync));
  }

  /** The place in the journal up to which it is a copy of it; 0 for none, and no whole number in the middle of a record. */
  place(): number {
    return placeOf(this.#db as DatabaseSync);
  }

  #marking(place: number | undefined): (() => void) | undefined {
    if (place === undefined) return undefined;
    const db = this.#db as DatabaseSync;
    this.#mark ??= db.prepare("INSERT OR REPLACE INTO meta VALUES ('place', ?)");
    return () => void this.#mark?.run(place);
  }

  /** Writes all of it to another file, as it is at one moment, beside whoever writes, `bare` without words of what is forgotten; answers the place of that. */
  image(path: string, bare: boolean): number {
    return troubled(path, () => {
      const db = new DatabaseSync(this.#options.path, { readOnly: true, timeout: PATIENCE });
      try {
        db.prepare("VACUUM INTO ?").run(path);
      } finally {
        db.close();
      }
      const made = new DatabaseSync(path, { readOnly: !bare });
      try {
        if (bare) tidy(made);
        return placeOf(made);
      } finally {
        made.close();
      }
    });
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
      if (step === "words") forgetWords(db);
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
  doOrderedChores(now: number, place: number): boolean {
    return troubled(this.#options.path, () => (this.#chores as Chores).piece(now, this.#marking(place)));
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

/** By what a copy is kept: whoever goes on with it does so by the same. */
function limitsOf(db: DatabaseSync): FileLimits | undefined {
  const json = db.prepare("SELECT value FROM meta WHERE name = 'limits'").get()?.["value"];
  if (json === undefined) return undefined;
  // JSON has no Infinity.
  return JSON.parse(json as string, (_, value: unknown) => value ?? Infinity) as FileLimits;
}

function keepLimits(db: DatabaseSync, limits: FileLimits): void {
  db.prepare("INSERT OR REPLACE INTO meta VALUES ('limits', ?)").run(JSON.stringify(limits));
}

function placeOf(db: DatabaseSync): number {
  return Number(db.prepare("SELECT value FROM meta WHERE name = 'place'").get()?.["value"] ?? 0);
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

/** Words of what was forgotten go otherwise when more words come. */
function forgetWords(db: DatabaseSync): void {
  db.exec("INSERT INTO text (text) VALUES ('optimize')");
}

/** Nothing is left in a file but what it says. */
function tidy(db: DatabaseSync): void {
  forgetWords(db);
  vacuum(db);
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
