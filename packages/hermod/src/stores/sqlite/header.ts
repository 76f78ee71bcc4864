/**
 * Header: the first hundred bytes of a file, read without SQLite, so that a file which is not ours is refused before anything
 * is created beside it.
 */
import { closeSync, openSync, readSync } from "node:fs";
import { corrupt } from "./refusal.ts";
import { APPLICATION } from "./schema.ts";

export interface Header {
  readonly application: number;
  /** Pages that the file should have; undefined when an older SQLite wrote last, which did not count them. */
  readonly pages: number | undefined;
}

/** Bytes of a page; each file that we make has this size. */
export const PAGE = 8192;

const MAGIC = "SQLite format 3\u0000";

/**
 * Reads the header, and compares the number of pages with the file's size where that is given.
 *
 * Closing a file makes the process lose its locks on it, SQLite's too: only for a file that nobody in this process has open.
 * @throws HermodError HERMOD_STORE_CORRUPT for what is no database, another application's, or cut short.
 */
export function readHeader(file: string, size?: number): Header {
  const bytes = firstBytes(file);
  if (bytes.length < 100 || bytes.toString("latin1", 0, 16) !== MAGIC)
    throw corrupt(file, `${file} is no database`);
  const header = parse(bytes);
  if (header.application !== APPLICATION) throw foreign(file, header.application);
  if (!isOurs(bytes)) throw corrupt(file, `${file} has a damaged header`);
  if (size !== undefined) checkSize(file, header, size);
  return header;
}

/** True when nothing but zeros was written yet: what a power failure in the creation of a file may leave. */
export function isBlank(file: string): boolean {
  return firstBytes(file).every((byte) => byte === 0);
}

/** The refusal of another application's file. */
export function foreign(file: string, application: number): Error {
  const id = application.toString(16).padStart(8, "0");
  return corrupt(file, `${file} belongs to another application (id 0x${id})`, {
    hint: "Name another file: this one is no store of Hermod, and nothing in it was changed.",
  });
}

function firstBytes(file: string): Buffer {
  const handle = openSync(file, "r");
  try {
    const bytes = Buffer.alloc(100);
    return bytes.subarray(0, readSync(handle, bytes, 0, 100, 0));
  } finally {
    closeSync(handle);
  }
}

function parse(bytes: Buffer): Header {
  const counted = bytes.readUInt32BE(24) === bytes.readUInt32BE(92);
  return {
    application: bytes.readUInt32BE(68),
    pages: counted ? bytes.readUInt32BE(28) : undefined,
  };
}

/** The fields that are the same in each file that we make: page size, format, fractions, schema format, UTF-8. */
function isOurs(bytes: Buffer): boolean {
  const format = bytes.readUInt8(18);
  return (
    bytes.readUInt16BE(16) === PAGE &&
    (format === 1 || format === 2) &&
    bytes.readUInt8(19) === format &&
    bytes.readUInt32BE(20) === 0x00402020 &&
    bytes.readUInt32BE(44) === 4 &&
    bytes.readUInt32BE(56) === 1 &&
    bytes.readUInt32BE(60) > 0
  );
}

/** Without a -wal, whole pages are there, and all of them. SQLite itself would read zeros behind the end of a cut page. */
function checkSize(file: string, { pages = 0 }: Header, size: number): void {
  const least = Math.max(pages, 1) * PAGE;
  if (size >= least && size % PAGE === 0) return;
  const text =
    size < least ? `${size} of ${least} bytes are there` : `its last page has ${size % PAGE} bytes`;
  throw corrupt(file, `${file} is cut short: ${text}`);
}
