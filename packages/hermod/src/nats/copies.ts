/** Copies: this process's files of the partitions that it owns, in one thread that writes and one that reads. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { show } from "../core/duration.ts";
import { describe, HermodError } from "../core/errors.ts";
import type { CompactStep, FileLimits, FileOptions } from "../stores/sqlite/file.ts";
import type { BatchAnswer, Opened, Value } from "../stores/sqlite/protocol.ts";
import type { Question, Reply } from "../stores/sqlite/questions.ts";
import { Thread } from "../stores/sqlite/worker.ts";

/** One pair for the whole process, which idle threads do not keep alive: it takes 30 ms to start one. */
interface Threads {
  readonly writer: Thread;
  readonly reader: Thread;
}
let threads: Threads | undefined;
let count = 0;

export class Copies {
  readonly #limits: FileLimits;
  /** Where they are; no other user may enter it. */
  readonly folder: string;

  /** @throws HermodError HERMOD_BAD_OPTION for a folder in which nothing can be made. */
  constructor(limits: FileLimits, folder = tmpdir()) {
    this.#limits = limits;
    this.folder = madeIn(folder);
  }

  /** A new file: empty, or what `fill` makes of it. */
  async make(fill: (path: string) => Promise<unknown> = async () => undefined): Promise<Copy> {
    threads ??= { writer: new Thread(), reader: new Thread() };
    const number = ++count;
    const path = join(this.folder, `${number}.db`);
    const copy = new Copy(threads, number, {
      ...this.#limits,
      ...{ path, durability: "copy", openTimeout: 0 },
    });
    await fill(path);
    await copy.open();
    return copy;
  }

  /** Ends a copy, and removes its file. */
  async drop(copy: Copy): Promise<void> {
    await copy.close();
    for (const part of ["", "-wal", "-shm"]) rmSync(`${copy.path}${part}`, { force: true });
  }

  close(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function madeIn(folder: string): string {
  try {
    return mkdtempSync(join(resolve(folder), "hermod-nats-"));
  } catch (error) {
    throw new HermodError(
      "HERMOD_BAD_OPTION",
      `nats.folder: nothing can be made in ${show(folder)}: ${describe(error)}`,
      {
        cause: error,
        details: { option: "nats.folder", received: folder },
        hint: "Name a folder that is there and that this user may write to.",
      },
    );
  }
}

export class Copy {
  readonly path: string;
  readonly #writer: Thread;
  readonly #reader: Thread;
  readonly #number: number;
  readonly #options: FileOptions;
  #closing: Promise<void> | undefined;

  constructor({ writer, reader }: Threads, number: number, options: FileOptions) {
    this.path = options.path;
    this.#writer = writer;
    this.#reader = reader;
    this.#number = number;
    this.#options = options;
    for (const thread of [writer, reader]) thread.hold(number, options);
  }

  open(): Promise<void> {
    return this.#writer.request(this.#number, { type: "open" });
  }

  /** A new owner begins, whose limits these are, at this place in the journal; its epoch is this one or a greater one. */
  begin(limits: FileLimits, place: number, epoch = 0): Promise<Opened> {
    return this.#writer.request(this.#number, { type: "begin", limits, place, epoch });
  }

  /** A batch, at its place in the journal; without one where it stands in none. */
  write(changes: readonly Value[], now: number, place?: number): Promise<BatchAnswer> {
    return this.#writer.request(this.#number, {
      ...{ type: "write", changes, now },
      ...(place !== undefined && { place }),
    });
  }

  /** A piece of the chores; true when there are more. */
  doChores(now: number, place: number): Promise<boolean> {
    return this.#writer.request(this.#number, { type: "chores", now, place });
  }

  /** Up to which place in the journal it is a copy. */
  place(): Promise<number> {
    return this.#writer.request(this.#number, { type: "place" });
  }

  /** Writes it to another file as it is at one moment, in a thread of its own, `bare` as small as it can be; answers the place of that. */
  async image(path: string, bare: boolean): Promise<number> {
    const thread = new Thread();
    thread.hold(this.#number, this.#options);
    try {
      return await thread.request<number>(this.#number, { type: "image", path, bare });
    } finally {
      await thread.end(this.#number);
    }
  }

  /** The owner has ended in order. */
  finish(): Promise<void> {
    return this.#writer.request(this.#number, { type: "finish" });
  }

  ask<Q extends Question>(question: Q): Promise<Reply<Q>> {
    return this.#reader.request(this.#number, { type: "ask", question });
  }

  compact(step: CompactStep): Promise<number> {
    return this.#writer.request(this.#number, { type: "compact", step });
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #close(): Promise<void> {
    await this.#reader.close(this.#number);
    await this.#writer.close(this.#number);
  }
}
