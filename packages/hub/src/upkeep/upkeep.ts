/** Upkeep: what an operator does with the store of a hub while it runs: copies of it, and room given back to the disk. */
import { mkdirSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { HermodError, systemClock, type Store, type System } from "hermod";
import { Jobs, type Job } from "./jobs.ts";
import { copied } from "./copied.ts";

/** A copy that a hub has made. */
export interface KeptBackup {
  readonly file: string;
  readonly bytes: number;
  /** UTC milliseconds. */
  readonly at: number;
}

export interface UpkeepParts {
  readonly store: Store;
  readonly system: System;
  /** Where copies go; undefined where none are made. */
  readonly backups: string | undefined;
}

const NAME = /^hub-[\dTZ-]+\.db$/u;

export class Upkeep {
  readonly jobs = new Jobs();
  readonly #store: Store;
  readonly #system: System;
  readonly #backups: string | undefined;

  constructor({ store, system, backups }: UpkeepParts) {
    this.#store = store;
    this.#system = system;
    this.#backups = backups;
  }

  /** Which of the two can be done here. */
  get can(): { readonly backup: boolean; readonly compact: boolean } {
    return {
      backup: this.#store.file !== undefined && this.#backups !== undefined,
      compact: this.#store.file !== undefined,
    };
  }

  /** Bytes of the file and its log, where there is one. */
  get bytes(): number | undefined {
    const { file } = this.#store;
    return file === undefined ? undefined : bytesOf(file) + bytesOf(`${file}-wal`);
  }

  /** Bytes of the log beside the file. */
  get logBytes(): number | undefined {
    return this.#store.file === undefined ? undefined : bytesOf(`${this.#store.file}-wal`);
  }

  /** The newest copy that stands where copies go. */
  get lastBackup(): KeptBackup | undefined {
    if (this.#backups === undefined) return undefined;
    const names = namesIn(this.#backups).filter((name) => NAME.test(name));
    const [newest] = names.toSorted().toReversed();
    if (newest === undefined) return undefined;
    const file = join(this.#backups, newest);
    const stat = statSync(file, { throwIfNoEntry: false });
    return stat && { file, bytes: stat.size, at: stat.mtimeMs };
  }

  /** Begins a verified copy. @throws HermodError HERMOD_UNSUPPORTED, HERMOD_CONFLICT. */
  backup(by: string): Job {
    const { file } = this.#store;
    const folder = this.#backups;
    if (file === undefined || folder === undefined)
      throw lacking(
        "keeps no copies of its store",
        "Give it a store in a file and a folder: Hub.open({ backups }).",
      );
    return this.jobs.begin("backup", by, async (tell, signal) => {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      const name = `hub-${new Date(systemClock.now()).toISOString().replaceAll(/[:.]/gu, "-")}.db`;
      return { ...(await copied(file, join(folder, name), tell, signal)) };
    });
  }

  /** Begins to give room back to the disk; what is sent meanwhile waits. @throws HermodError HERMOD_UNSUPPORTED, HERMOD_CONFLICT. */
  compact(by: string): Job {
    if (this.#store.file === undefined)
      throw lacking("has its store in no file", "Give it one: hermod hub --store FILE.");
    return this.jobs.begin("compact", by, async (tell) => {
      const hear = this.#system.reports((said) => {
        if (said.type === "store.compacted") tell({ step: said.step, done: said.done, total: said.total });
      });
      try {
        const answer = await this.#store.operate({ type: "compact" });
        return { freed: answer.status === "done" ? answer.count : 0 };
      } finally {
        hear();
      }
    });
  }
}

function lacking(what: string, hint: string): HermodError {
  return new HermodError("HERMOD_UNSUPPORTED", `this hub ${what}`, { hint });
}

function bytesOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
