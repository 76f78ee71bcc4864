/**
 * Port: the way from the main thread to the file. `Threads` has a writer and a reader thread, so that no sync of the disk stops
 * the event loop; `Inline` does the same work in this thread, at hand-offs of the clock, so that a test decides the order.
 */
import { Worker } from "node:worker_threads";
import { systemClock, type Clock } from "../../core/clock.ts";
import { StoreFile, type CompactStep, type FileOptions } from "./file.ts";
import { toError, type WriterPort } from "./journal.ts";
import { Owner } from "./owner.ts";
import type { BatchAnswer, Opened, StoreTrouble, Value } from "./protocol.ts";
import type { Question, Reply } from "./questions.ts";

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

/** What crosses to a thread, and what comes back for it. */
export type Request =
  | { readonly type: "open" }
  | { readonly type: "write"; readonly changes: readonly Value[]; readonly now: number }
  | { readonly type: "ask"; readonly question: Question }
  | { readonly type: "compact"; readonly step: CompactStep }
  | { readonly type: "close" };
export type Response =
  | { readonly number: number; readonly value: unknown }
  | { readonly number: number; readonly trouble: StoreTrouble };

/** What a thread is started with. */
export interface ThreadData {
  readonly role: "writer" | "reader";
  readonly options: FileOptions;
}

/** The file's owner sits in the main thread, and its threads go by the real path. */
async function own({ path, openTimeout }: FileOptions, clock: Clock): Promise<Owner> {
  const wait = (ms: number): Promise<void> => new Promise((resolve) => systemClock.after(ms, resolve));
  return Owner.take(path, { timeout: openTimeout, wait, now: clock.now() });
}

export function threads(options: FileOptions, clock: Clock): FilePort {
  let [owner, writer, reader]: [Owner?, Thread?, Thread?] = [];
  const thread = (role: ThreadData["role"]): Thread =>
    new Thread({ role, options: { ...options, path: owner?.file ?? options.path } });
  return {
    async open() {
      owner = await own(options, clock);
      writer = thread("writer");
      return writer.request({ type: "open" });
    },
    write: (changes, answer) => writer?.send({ type: "write", changes, now: clock.now() }, answer),
    ask: (question) => (reader ??= thread("reader")).request({ type: "ask", question }),
    compact: async (step) => (writer as Thread).request({ type: "compact", step }),
    tell: (hub) => owner?.tell(hub),
    async close() {
      // Whatever its end complains of, the file is given up.
      try {
        await reader?.end();
        await writer?.end();
      } finally {
        owner?.release();
      }
    },
  };
}

export function inline(options: FileOptions, clock: Clock): FilePort {
  let [owner, file]: [Owner?, StoreFile?] = [];
  return {
    async open() {
      owner = await own(options, clock);
      file = new StoreFile({ ...options, path: owner.file });
      return file.open();
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

/** Megabytes in which a thread lets its garbage stand: what crosses to it is dead at once, and more room made nothing faster. */
const YOUNG = 8;

/** One worker thread: requests go in order, and so do their answers. */
class Thread {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, { answer: (value: never) => void; fail: (error: Error) => void }>();
  #number = 0;
  #ended: Error | undefined;

  constructor(data: ThreadData) {
    // The file beside this one has the same ending: .ts as written, .js as built.
    const url = new URL(
      `./thread${import.meta.url.slice(import.meta.url.lastIndexOf("."))}`,
      import.meta.url,
    );
    this.#worker = new Worker(url, { workerData: data, resourceLimits: { maxYoungGenerationSizeMb: YOUNG } });
    this.#worker.on("message", (response: Response) => this.#answered(response));
    this.#worker.on("error", (error) => this.#end(error));
    this.#worker.on("exit", (code) => this.#end(new Error(`the store's thread ended with code ${code}`)));
    this.#worker.unref();
  }

  /** `answer` is not called when the thread fails before; a write that was sent then has no answer but the end of the thread. */
  send(request: Request, answer: (value: BatchAnswer) => void): void {
    this.#post(request, answer, (error) =>
      answer({ type: "failed", error: { code: "HERMOD_STORE", message: error.message } }),
    );
  }

  request<T>(request: Request): Promise<T> {
    return new Promise((resolve, reject) => this.#post(request, resolve as (value: never) => void, reject));
  }

  async end(): Promise<void> {
    try {
      if (!this.#ended) await this.request({ type: "close" });
    } finally {
      await this.#worker.terminate();
    }
  }

  #post(request: Request, answer: (value: never) => void, fail: (error: Error) => void): void {
    if (this.#ended) return fail(this.#ended);
    const number = ++this.#number;
    // The thread keeps the process alive only while somebody waits for it.
    if (this.#waiting.size === 0) this.#worker.ref();
    this.#waiting.set(number, { answer, fail });
    this.#worker.postMessage({ number, request });
  }

  #answered(response: Response): void {
    const waiting = this.#waiting.get(response.number);
    this.#waiting.delete(response.number);
    if (this.#waiting.size === 0) this.#worker.unref();
    if ("trouble" in response) waiting?.fail(toError(response.trouble));
    else waiting?.answer(response.value as never);
  }

  #end(error: Error): void {
    this.#ended ??= error;
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { fail } of waiting) fail(error);
  }
}
