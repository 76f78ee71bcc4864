/**
 * Port: the way from the main thread to the file. `Threads` has a writer and a reader thread, so that no sync of the disk stops
 * the event loop; `Inline` does the same work in this thread, at hand-offs of the clock, so that a test decides the order.
 */
import { systemClock, type Clock } from "../../core/clock.ts";
import { StoreFile, type CompactStep, type FileOptions } from "./file.ts";
import type { WriterPort } from "./journal.ts";
import { Owner } from "./owner.ts";
import type { Opened } from "./protocol.ts";
import type { Question, Reply } from "./questions.ts";
import { Thread } from "./worker.ts";

/** The way to an open file. */
export interface FilePort extends WriterPort {
  open(): Promise<Opened>;
  /** Answers a question from what is committed. */
  ask<Q extends Question>(question: Q): Promise<Reply<Q>>;
  /** Does one step of a compaction; what is written meanwhile waits. Answers the bytes of the file. */
  compact(step: CompactStep): Promise<number>;
  /** Lets whoever wants the file too know where the hub of its owner listens. */
  tell(hub: string): void;
  close(): Promise<void>;
}

/** The file's owner sits in the main thread, and its threads go by the real path. */
async function own({ path, openTimeout }: FileOptions, clock: Clock): Promise<Owner> {
  const wait = (ms: number): Promise<void> => new Promise((resolve) => systemClock.after(ms, resolve));
  return Owner.take(path, { timeout: openTimeout, wait, now: clock.now() });
}

export function threads(options: FileOptions, clock: Clock): FilePort {
  let [owner, writer, reader]: [Owner?, Thread?, Thread?] = [];
  const held = (thread: Thread): Thread => {
    thread.hold(FILE, { ...options, path: owner?.file ?? options.path });
    return thread;
  };
  return {
    async open() {
      owner = await own(options, clock);
      writer = held(Thread.take());
      await writer.request(FILE, { type: "open" });
      return writer.request(FILE, { type: "begin" });
    },
    write: (changes, answer) => writer?.send(FILE, { type: "write", changes, now: clock.now() }, answer),
    ask: (question) => (reader ??= held(Thread.take())).request(FILE, { type: "ask", question }),
    compact: async (step) => (writer as Thread).request(FILE, { type: "compact", step }),
    tell: (hub) => owner?.tell(hub),
    async close() {
      // Whatever its end complains of, the file is given up.
      try {
        await reader?.end(FILE);
        await writer?.end(FILE);
      } finally {
        owner?.release();
      }
    },
  };
}

/** The number of a file that is alone in its thread. */
const FILE = 0;

export function inline(options: FileOptions, clock: Clock): FilePort {
  let [owner, file]: [Owner?, StoreFile?] = [];
  return {
    async open() {
      owner = await own(options, clock);
      file = new StoreFile({ ...options, path: owner.file });
      file.open();
      return file.begin();
    },
    write: (changes, answer) =>
      clock.defer(() => {
        answer((file as StoreFile).write(changes, clock.now()));
        file?.doChores();
      }),
    ask: (question) => later(clock, () => (file as StoreFile).ask(question)),
    compact: (step) => later(clock, () => (file as StoreFile).compact(step)),
    tell: (hub) => owner?.tell(hub),
    async close() {
      try {
        file?.close();
      } finally {
        owner?.release();
      }
    },
  };
}

/** What `run` gives, one hand-off later. */
function later<T>(clock: Clock, run: () => T): Promise<T> {
  return new Promise((resolve, reject) =>
    clock.defer(() => {
      try {
        resolve(run());
      } catch (error) {
        reject(error as Error);
      }
    }),
  );
}
