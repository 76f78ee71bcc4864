/**
 * Audit: what was refused, and what was done with special rights, as JSON lines that are only added to: time, principal, act, subject, outcome, and
 * no word of any message. Bounded: a full file is put aside, the oldest of those goes.
 */
import { closeSync, fstatSync, openSync, readSync, renameSync, writeSync } from "node:fs";
import { systemClock } from "hermod";
import { openLog } from "./safefile.ts";

/** One line, without its time. */
export interface Act {
  readonly principal: string;
  readonly act: string;
  readonly subject: string;
  readonly outcome: "done" | "refused";
}

/** One line. */
export interface KeptAct extends Act {
  /** ISO 8601. */
  readonly at: string;
}

/** Bounds of an audit. */
export interface AuditLimits {
  /** Bytes of one file. */
  readonly size: number;
  /** Files that are put aside. */
  readonly files: number;
  /** Refusals of one principal that are kept in ten seconds; of the others their number. */
  readonly refusals: number;
}

const usual: AuditLimits = { size: 16 * 2 ** 20, files: 4, refusals: 100 };
const SPAN = 10_000;
/** Bytes at the end of a file that are read for its newest lines. */
const TAIL = 256 * 1024;
/** Principals whose refusals are counted. */
const MOST = 1000;

export class Audit implements Disposable {
  readonly #file: string;
  readonly #limits: AuditLimits;
  readonly #refusals = new Map<string, number>();
  #handle: number | undefined;
  #size: number;
  #spanEnds = 0;

  /** @throws HermodError HERMOD_UNSAFE_FILE. */
  constructor(file: string, limits: Partial<AuditLimits> = {}) {
    this.#file = file;
    this.#limits = { ...usual, ...limits };
    this.#handle = openLog(file);
    this.#size = fstatSync(this.#handle).size;
  }

  /** Keeps an act. */
  note(act: Act): void {
    const now = systemClock.now();
    if (now >= this.#spanEnds) this.#begin(now);
    if (act.outcome === "refused" && this.#isTooMany(act.principal)) return;
    this.#write({ at: new Date(now).toISOString(), ...act });
  }

  /** The newest acts, the newest first, as far as the ends of the last two files reach. */
  newest(most: number): readonly KeptAct[] {
    const lines = [`${this.#file}.1`, this.#file].flatMap(endOf);
    return lines.slice(-most).toReversed();
  }

  close(): void {
    this.#begin(0);
    if (this.#handle !== undefined) closeSync(this.#handle);
    this.#handle = undefined;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #isTooMany(principal: string): boolean {
    const who = this.#refusals.has(principal) || this.#refusals.size < MOST ? principal : "others";
    const count = (this.#refusals.get(who) ?? 0) + 1;
    this.#refusals.set(who, count);
    return count > this.#limits.refusals;
  }

  /** Says how many refusals were not kept, and begins to count anew. */
  #begin(now: number): void {
    const { refusals } = this.#limits;
    const at = new Date(now || systemClock.now()).toISOString();
    for (const [principal, count] of this.#refusals)
      if (count > refusals)
        this.#write({
          at,
          principal,
          act: "more",
          subject: `${count - refusals} refusals`,
          outcome: "refused",
        });
    this.#refusals.clear();
    this.#spanEnds = now + SPAN;
  }

  #write(line: object): void {
    if (this.#handle === undefined) return;
    const bytes = Buffer.from(`${JSON.stringify(line)}\n`);
    if (this.#size > 0 && this.#size + bytes.length > this.#limits.size) this.#turn(this.#handle);
    writeSync(this.#handle, bytes);
    this.#size += bytes.length;
  }

  #turn(handle: number): void {
    closeSync(handle);
    const { files } = this.#limits;
    const name = (at: number): string => (at === 0 ? this.#file : `${this.#file}.${at}`);
    for (let at = files - 1; at >= 0; at--)
      try {
        renameSync(name(at), name(at + 1));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
      }
    this.#handle = openLog(this.#file);
    this.#size = 0;
  }
}

/** The acts at the end of a file; none where it is not there. */
function endOf(file: string): readonly KeptAct[] {
  let handle: number;
  try {
    handle = openSync(file, "r");
  } catch {
    return [];
  }
  try {
    const { size } = fstatSync(handle);
    const bytes = Buffer.alloc(Math.min(size, TAIL));
    readSync(handle, bytes, 0, bytes.length, size - bytes.length);
    const lines = bytes.toString().split("\n");
    // Where it is not read from its beginning, the first line is a part of one.
    return (size > TAIL ? lines.slice(1) : lines).flatMap(toAct);
  } finally {
    closeSync(handle);
  }
}

function toAct(line: string): readonly KeptAct[] {
  try {
    return line === "" ? [] : [JSON.parse(line) as KeptAct];
  } catch {
    return [];
  }
}
