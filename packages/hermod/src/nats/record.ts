/**
 * Record: what one message of a partition's journal says, as text, and how a long one is cut into messages. Whoever reads a journal from its
 * beginning and does what it says, in order, has the same file as everybody else.
 */
import { show } from "../core/duration.ts";
import { HermodError } from "../core/errors.ts";
import type { Carried } from "../stores/sqlite/carried.ts";
import type { FileLimits } from "../stores/sqlite/file.ts";
import { Change, arity, type Value } from "../stores/sqlite/protocol.ts";

/** The version of what is written here. */
export const FORMAT = 1;

export type JournalRecord =
  /** Changes, applied as one batch at this time, UTC milliseconds; then a piece of the chores where it says so. */
  | {
      readonly type: "batch";
      readonly now: number;
      readonly changes: readonly Value[];
      readonly chores?: true;
    }
  /** A new owner, and its number, where no greater one stands before: it takes stock of what stands before this, and what it writes is judged by these limits. */
  | { readonly type: "epoch"; readonly owner: string; readonly epoch?: number; readonly limits: FileLimits }
  /** The owner has ended in order, and tells the next one what it had in its memory alone. */
  | { readonly type: "end"; readonly carried?: readonly Carried[] };

export function toText(record: JournalRecord): string {
  return JSON.stringify({ v: FORMAT, ...record });
}

/** @throws HermodError HERMOD_STORE_VERSION for a record of another version, HERMOD_STORE_CORRUPT for what is none. */
export function fromText(text: string, where: string): JournalRecord {
  const { v, ...record } = parsed(text) ?? {};
  if (v === FORMAT && isRecord(record)) return revived(record);
  if (v !== undefined && v !== FORMAT) throw otherVersion(v, where);
  throw new HermodError("HERMOD_STORE_CORRUPT", `${where}: it is no record of a journal`, {
    details: { where },
    hint: "Something else has written to the namespace's subjects: give each application a namespace of its own.",
  });
}

function otherVersion(found: unknown, where: string): HermodError {
  return new HermodError(
    "HERMOD_STORE_VERSION",
    `${where}: it is of version ${show(found)}, this reads ${FORMAT}`,
    {
      details: { where, found, read: FORMAT },
      hint: "Use the version of Hermod that wrote it, in all processes, or another namespace.",
    },
  );
}

function parsed(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const found: unknown = JSON.parse(text);
    return typeof found === "object" && found !== null ? (found as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function isRecord(record: Readonly<Record<string, unknown>>): record is JournalRecord {
  const { type, now, changes, limits } = record;
  if (type === "batch") return Number.isFinite(now) && Array.isArray(changes);
  return type === "end" || (type === "epoch" && typeof limits === "object" && limits !== null);
}

/** JSON has no Infinity, which limits may be. */
function revived(record: JournalRecord): JournalRecord {
  if (record.type !== "epoch") return record;
  const text = JSON.stringify(record.limits);
  const limits = JSON.parse(text, (_, value: unknown) => value ?? Infinity) as FileLimits;
  return { ...record, limits };
}

/** Changes that only ask. */
const questions: ReadonlySet<Value> = new Set([
  Change.fill,
  Change.late,
  Change.later,
  Change.sought,
  Change.sweep,
  Change.look,
]);

/** True for changes that change nothing, so that no journal need know of them. */
export function isSilent(changes: readonly Value[]): boolean {
  for (let at = 0; at < changes.length; at += 1 + (arity[changes[at] as number] as number))
    if (changes[at] !== Change.group && !questions.has(changes[at] as Value)) return false;
  return true;
}

/** The text in pieces of at most so many bytes. */
export function cut(text: string, most: number): readonly Uint8Array[] {
  const bytes = new TextEncoder().encode(text);
  if (bytes.length <= most) return [bytes];
  const count = Math.ceil(bytes.length / most);
  return Array.from({ length: count }, (_, at) => bytes.subarray(at * most, (at + 1) * most));
}

/** Which piece of a record a message is, from 1, as its header says; undefined for a whole one. */
export interface Place {
  readonly piece: number;
  readonly of: number;
}

export function toPlace(header: string | undefined): Place | undefined {
  const found = /^(\d+)\/(\d+)$/.exec(header ?? "");
  return found ? { piece: Number(found[1]), of: Number(found[2]) } : undefined;
}

/** Pieces put together again. An owner that is gone may have left a record without its end: it is given up when another one begins. */
export class Pieces {
  #begun: Uint8Array[] = [];

  /** The text, once its last piece is there. */
  take(bytes: Uint8Array, place: Place | undefined): string | undefined {
    if (place === undefined || place.piece === 1) this.#begun = [];
    this.#begun.push(bytes);
    if (place !== undefined && place.piece < place.of) return undefined;
    const all = this.#begun.length === 1 ? bytes : joined(this.#begun);
    this.#begun = [];
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(all);
  }
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}
