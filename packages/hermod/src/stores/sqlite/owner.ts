/**
 * Owner: the one process, and in it the one system, that may change a store's file. It holds an exclusive transaction on
 * `<file>.owner`, an empty database beside it. The kernel frees that lock with the process, so a crash leaves nothing to clear
 * away. Who it is stands in `<file>.owner.json`, which says nothing unless the lock is held.
 */
import type { DatabaseSync } from "node:sqlite";
import { isLocked, tryLock } from "./lock.ts";
import { isAlive, readRecord, removeRecord, writeRecord, type OwnerRecord } from "./ownerrecord.ts";
import { realPath, safePath } from "./place.ts";
import { toTrouble, trouble } from "./trouble.ts";

export type { OwnerRecord } from "./ownerrecord.ts";

export interface TryOptions {
  /** UTC milliseconds: since when the file is owned. */
  readonly now: number;
  /** Where the owner's hub listens. */
  readonly hub?: string;
}

export interface TakeOptions extends TryOptions {
  /** How long to wait for another owner to end, in ms. */
  readonly timeout: number;
  /** Comes back after `ms`. */
  readonly wait: (ms: number) => Promise<void>;
}

/** Waits between two looks: short at first, for a restart, then easy on the machine. */
const SHORTEST = 10;
const LONGEST = 200;

export class Owner {
  /** The real path of the owned file. */
  readonly file: string;
  readonly #lock: DatabaseSync;
  #record: OwnerRecord;

  private constructor(file: string, lock: DatabaseSync, record: OwnerRecord) {
    this.file = file;
    this.#lock = lock;
    this.#record = record;
  }

  /**
   * Takes the file, or undefined when it is owned. The file itself need not exist.
   * @throws HermodError HERMOD_STORE_READONLY when nothing can or must be written beside the file.
   */
  static tryTake(file: string, { now, hub }: TryOptions): Owner | undefined {
    const real = safePath(file);
    const lock = tryLock(real);
    if (lock === undefined) return undefined;
    try {
      return new Owner(real, lock, writeRecord(real, now, hub));
    } catch (error) {
      lock.close();
      throw toTrouble(error, real);
    }
  }

  /**
   * Takes the file, waiting for another owner to end.
   * @throws HermodError HERMOD_STORE_OWNED naming the owner, once `timeout` is over.
   */
  static async take(file: string, { timeout, wait, ...options }: TakeOptions): Promise<Owner> {
    for (let waited = 0, pause = SHORTEST; ; pause = Math.min(pause * 2, LONGEST)) {
      const owner = Owner.tryTake(file, options);
      if (owner !== undefined) return owner;
      if (waited >= timeout) throw ownedBy(file);
      const ms = Math.min(pause, timeout - waited);
      await wait(ms);
      waited += ms;
    }
  }

  /** Takes the file at once, or refuses. */
  static takeNow(file: string, now: number): Owner {
    const owner = Owner.tryTake(file, { now });
    if (owner === undefined) throw ownedBy(file);
    return owner;
  }

  /** Who owns the file now: undefined when nobody does, without fields when the owner cannot be named. */
  static of(file: string): Partial<OwnerRecord> | undefined {
    const real = realPath(file);
    return isLocked(real) ? known(real) : undefined;
  }

  /** Lets others know where the owner's hub listens; nothing once the file was given up. */
  tell(hub: string): void {
    if (this.#lock.isOpen) this.#record = writeRecord(this.file, this.#record.since, hub);
  }

  /** Gives the file up; harmless the second time. The lock file stays: removing it could part two owners. */
  release(): void {
    if (!this.#lock.isOpen) return;
    removeRecord(this.file);
    this.#lock.close();
  }
}

/** The refusal of a second owner. */
export function ownedBy(file: string): Error {
  const real = realPath(file);
  const who = known(real);
  const by = who.pid === undefined ? "another process" : `process ${who.pid} on host ${who.host}`;
  const since = who.since === undefined ? "" : ` since ${new Date(who.since).toISOString()}`;
  const hub = who.hub === undefined ? "" : `; its hub is at ${who.hub}`;
  return trouble("HERMOD_STORE_OWNED", `${real} is owned by ${by}${since}${hub}`, real, {
    details: who,
    ...(who.hub !== undefined && {
      hint: `Connect to the owner's hub at ${who.hub}, or stop process ${who.pid}.`,
    }),
  });
}

/** The record may be a crashed owner's, when the new one has not written its own yet. */
function known(real: string): Partial<OwnerRecord> {
  const record = readRecord(real);
  return record !== undefined && isAlive(record) ? record : {};
}
