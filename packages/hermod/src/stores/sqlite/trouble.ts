/** Trouble: what SQLite and the file system complain of, as errors that say what to do next. */
import { describe, HermodError, type ErrorCode } from "../../core/errors.ts";

interface Said {
  readonly code: ErrorCode;
  readonly text: string;
  readonly hint?: string;
}

/** By SQLite's primary result code. */
const bySqlite: Readonly<Record<number, Said>> = {
  3: { code: "HERMOD_STORE_READONLY", text: "permission denied" },
  5: {
    code: "HERMOD_STORE",
    text: "another program is at work on it",
    hint: "End the other program that has the file open, such as a database browser.",
  },
  8: { code: "HERMOD_STORE_READONLY", text: "it cannot be written" },
  11: { code: "HERMOD_STORE_CORRUPT", text: "it is damaged" },
  13: { code: "HERMOD_STORE_FULL", text: "the disk is full" },
  14: { code: "HERMOD_STORE_READONLY", text: "it cannot be opened" },
  23: { code: "HERMOD_STORE_READONLY", text: "permission denied" },
  26: { code: "HERMOD_STORE_CORRUPT", text: "it is no database" },
};

/** By SQLite's extended result code, where it knows better. */
const byExtended: Readonly<Record<number, Said>> = {
  // A short read inside the file, and a file system that reports a checksum error.
  522: { code: "HERMOD_STORE_CORRUPT", text: "it is cut short" },
  8458: { code: "HERMOD_STORE_CORRUPT", text: "the file system reports damage" },
  // The file beside it that connections share could not grow, which happens on a full disk.
  4874: { code: "HERMOD_STORE_FULL", text: "the disk is full" },
  1032: { code: "HERMOD_STORE_READONLY", text: "it was moved or removed while it was open" },
};

const byName: Readonly<Record<string, Said>> = {
  ENOSPC: { code: "HERMOD_STORE_FULL", text: "the disk is full" },
  EDQUOT: { code: "HERMOD_STORE_FULL", text: "the user's share of the disk is used up" },
  EACCES: { code: "HERMOD_STORE_READONLY", text: "permission denied" },
  EPERM: { code: "HERMOD_STORE_READONLY", text: "permission denied" },
  EROFS: { code: "HERMOD_STORE_READONLY", text: "its file system is read-only" },
  ENOENT: { code: "HERMOD_STORE_READONLY", text: "it does not exist" },
  ENOTDIR: { code: "HERMOD_STORE_READONLY", text: "its directory is no directory" },
  EISDIR: { code: "HERMOD_STORE_READONLY", text: "it is a directory", hint: "Name a file inside it." },
  ELOOP: { code: "HERMOD_STORE_READONLY", text: "its symbolic links lead in a circle" },
};

/** The error as one that names the file and the next thing to do; one that is coded already is left as it is. */
export function toTrouble(error: unknown, file: string): HermodError {
  if (error instanceof HermodError) return error;
  const said = saidBy(error) ?? { code: "HERMOD_STORE", text: describe(error) };
  return trouble(said.code, `${file}: ${said.text}`, file, {
    cause: error,
    ...(said.hint !== undefined && { hint: said.hint }),
  });
}

/** An error of the store with its file among the details. */
export function trouble(
  code: ErrorCode,
  message: string,
  file: string,
  more: { readonly cause?: unknown; readonly hint?: string; readonly details?: object } = {},
): HermodError {
  return new HermodError(code, message, { ...more, details: { file, ...more.details } });
}

/** SQLite's primary result code; 0 for an error that is not SQLite's. */
export function primaryCode(error: unknown): number {
  const { errcode } = (error ?? {}) as { errcode?: unknown };
  return typeof errcode === "number" ? errcode & 0xff : 0;
}

function saidBy(error: unknown): Said | undefined {
  const { code, errcode } = (error ?? {}) as { code?: unknown; errcode?: unknown };
  if (typeof errcode === "number") return byExtended[errcode] ?? bySqlite[errcode & 0xff];
  return typeof code === "string" ? byName[code] : undefined;
}

/** What `run` returns; what it throws as trouble with the file. */
export function troubled<T>(file: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw toTrouble(error, file);
  }
}
