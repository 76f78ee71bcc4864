/** Open: the two kinds of connection to a store's file, with settings that are read back before anybody relies on them. */
import { accessSync, constants } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { dirname } from "node:path";
import { HermodError } from "../../core/errors.ts";
import { checkpoint } from "./checkpoint.ts";
import { createPrivate, syncDirectory } from "./files.ts";
import { PAGE } from "./header.ts";
import { examine, inspect, openUntouched, pragma } from "./inspect.ts";
import { migrate, type Migration } from "./migrate.ts";
import { look, realPath, safePath, sizeOf } from "./place.ts";
import { checkLibrary } from "./refusal.ts";
import { trouble, troubled } from "./trouble.ts";

/**
 * "durable": a commit survives a power failure. "fast": it survives the end of the process; a power failure may take the newest.
 * "copy": what it holds stands elsewhere, and it is made anew from there.
 */
export type Durability = keyof typeof synchronous;

/** SQLite's `synchronous`: FULL, NORMAL, OFF. */
const synchronous = { durable: 2, fast: 1, copy: 0 } as const;

export interface WriterOptions {
  readonly durability: Durability;
  /** Called when the file was created or brought up to date. */
  readonly onMigrated?: (migration: Migration) => void;
}

/** How long a statement waits for another connection, in ms: only foreign programs ever make it wait. */
const PATIENCE = 250;
/** Bytes of pages that a connection keeps in memory. */
const CACHE = 32 * 1024 * 1024;
/** A -wal that a slow reader made longer is cut down to this when it begins anew. */
const WAL_LIMIT = 64 * 1024 * 1024;

/**
 * Opens the file to write, as its owner; it is created when it is missing, its directory is not. What an ended process left
 * in the -wal is brought into the file.
 * @throws HermodError HERMOD_STORE_CORRUPT, HERMOD_STORE_VERSION, HERMOD_STORE_READONLY, HERMOD_STORE_FULL; HERMOD_UNSUPPORTED
 * where SQLite is too old, or the file system cannot share memory between processes.
 */
export function openWriter(file: string, { durability, onMigrated }: WriterOptions): DatabaseSync {
  checkLibrary(process.versions.sqlite ?? "0");
  const real = safePath(file);
  return troubled(real, () => {
    const found = inspect(real);
    if (look(real) === undefined) createPrivate(real);
    accessSync(real, constants.R_OK | constants.W_OK);
    return configured(new DatabaseSync(real, { timeout: PATIENCE, defensive: true }), (db) => {
      const isCopy = durability === "copy";
      db.exec(`PRAGMA page_size = ${PAGE}; PRAGMA synchronous = ${isCopy ? "OFF" : "EXTRA"}`);
      const isNew = found === "new" || pragma(db, "page_count") === 0;
      if (found === "begun" && !isNew) examine(db, real);
      // A new file is made in the older mode, which leaves either nothing or all of it; the -wal begins afterwards.
      const made = isNew ? migrate(db, real) : undefined;
      set(db, real, writing(durability));
      const migration = made ?? migrate(db, real);
      db.prepare("UPDATE meta SET value = ? WHERE name = 'durability'").run(durability);
      checkpoint(db);
      if (isNew && !isCopy) syncDirectory(real);
      if (migration.from < migration.to) onMigrated?.(migration);
      return db;
    });
  });
}

/**
 * Opens a file to read only, beside its owner or without one. Changes are refused by SQLite.
 * @throws HermodError HERMOD_STORE_READONLY when there is no file; HERMOD_STORE_CORRUPT, HERMOD_STORE_VERSION.
 */
export function openReader(file: string): DatabaseSync {
  checkLibrary(process.versions.sqlite ?? "0");
  const real = realPath(file);
  return troubled(real, () => {
    accessSync(real, constants.R_OK);
    const found = inspect(real);
    if (found !== "store") throw notYet(real);
    return configured(readConnection(real), (db) => {
      set(db, real, reading);
      return db;
    });
  });
}

/** Where nothing may be written beside a file that nobody has open, SQLite can only read it as one that never changes. */
function readConnection(file: string): DatabaseSync {
  if (sizeOf(`${file}-wal`) === 0 && !isWritable(dirname(file))) return openUntouched(file);
  return new DatabaseSync(file, { readOnly: true, timeout: PATIENCE, defensive: true });
}

function isWritable(directory: string): boolean {
  try {
    accessSync(directory, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function notYet(file: string): Error {
  return trouble("HERMOD_STORE_READONLY", `${file}: it is no store yet`, file, {
    hint: "Start the system that owns it once: a reader creates nothing.",
  });
}

/** What `use` makes of the connection, which is closed if that fails. */
function configured(db: DatabaseSync, use: (db: DatabaseSync) => DatabaseSync): DatabaseSync {
  try {
    return use(db);
  } catch (error) {
    db.close();
    throw error;
  }
}

interface Setting {
  readonly name: string;
  /** What is set, and what must read back. */
  readonly value: string | number;
}

const reading: readonly Setting[] = [
  { name: "query_only", value: 1 },
  { name: "temp_store", value: 2 },
  { name: "cache_size", value: -CACHE / 1024 },
  { name: "cell_size_check", value: 1 },
];

function writing(durability: Durability): readonly Setting[] {
  return [
    { name: "page_size", value: PAGE },
    { name: "journal_mode", value: "wal" },
    { name: "synchronous", value: synchronous[durability] },
    { name: "wal_autocheckpoint", value: 0 },
    { name: "journal_size_limit", value: WAL_LIMIT },
    { name: "foreign_keys", value: 0 },
    ...reading.filter(({ name }) => name !== "query_only"),
  ];
}

function set(db: DatabaseSync, file: string, settings: readonly Setting[]): void {
  for (const { name, value } of settings) {
    db.exec(`PRAGMA ${name} = ${value}`);
    const found = Object.values(db.prepare(`PRAGMA ${name}`).get() ?? {})[0];
    if (found !== value) throw refused(file, name, value, found);
  }
}

function refused(file: string, name: string, value: unknown, found: unknown): Error {
  const message = `${file}: SQLite keeps ${name} at ${String(found)} instead of ${String(value)}`;
  const hint = "Put the file on a local disk: a network file system cannot keep what the store promises.";
  return new HermodError("HERMOD_UNSUPPORTED", message, { hint, details: { file, name, value, found } });
}
