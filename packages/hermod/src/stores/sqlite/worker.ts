/** Worker: the near end of the way to files in a thread: requests go in order, and so do their answers. */
import { Worker } from "node:worker_threads";
import type { CompactStep, FileLimits, FileOptions } from "./file.ts";
import { toError } from "./journal.ts";
import type { BatchAnswer, StoreTrouble, Value } from "./protocol.ts";
import type { Question } from "./questions.ts";

/** What crosses to a thread, and what comes back for it. */
export type Request =
  | { readonly type: "open" }
  | { readonly type: "begin"; readonly limits?: FileLimits; readonly place?: number; readonly epoch?: number }
  | {
      readonly type: "write";
      readonly changes: readonly Value[];
      readonly now: number;
      readonly place?: number;
    }
  | { readonly type: "chores"; readonly now: number; readonly place: number }
  | { readonly type: "finish" }
  | { readonly type: "place" }
  | { readonly type: "image"; readonly path: string; readonly bare: boolean }
  | { readonly type: "ask"; readonly question: Question }
  | { readonly type: "compact"; readonly step: CompactStep }
  | { readonly type: "close" };
export type Response =
  | { readonly number: number; readonly value: unknown }
  | { readonly number: number; readonly trouble: StoreTrouble };

/** A request on its way, for one of the thread's files; the first one says where that is, and has no answer. */
export interface Sent {
  readonly number: number;
  readonly file: number;
  readonly request: Request | { readonly type: "hold"; readonly options: FileOptions };
}

/** Megabytes in which a thread lets its garbage stand: what crosses to it is dead at once, and more room made nothing faster. */
const YOUNG = 8;

/** Threads whose file is closed, kept for the next file, and how many of them; none by default: who closes a file leaves nothing behind. */
export const spare: { most: number; readonly threads: Thread[] } = { most: 0, threads: [] };

interface Waiting {
  readonly answer: (value: never) => void;
  readonly fail: (error: Error) => void;
}

export class Thread {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #number = 0;
  #ended: Error | undefined;

  constructor() {
    // The file beside this one has the same ending: .ts as written, .js as built.
    const url = new URL(
      `./thread${import.meta.url.slice(import.meta.url.lastIndexOf("."))}`,
      import.meta.url,
    );
    this.#worker = new Worker(url, { resourceLimits: { maxYoungGenerationSizeMb: YOUNG } });
    this.#worker.on("message", (response: Response) => this.#answered(response));
    this.#worker.on("error", (error) => this.#end(error));
    this.#worker.on("exit", (code) => this.#end(new Error(`the store's thread ended with code ${code}`)));
    this.#worker.unref();
  }

  /** Gives it a file, under a number that is free. */
  hold(file: number, options: FileOptions): void {
    this.#worker.postMessage({ number: 0, file, request: { type: "hold", options } } satisfies Sent);
  }

  /** `answer` is not called when the thread fails before; a write that was sent then has no answer but the end of the thread. */
  send(file: number, request: Request, answer: (value: BatchAnswer) => void): void {
    this.#post(file, request, answer, (error) =>
      answer({ type: "failed", error: { code: "HERMOD_STORE", message: error.message } }),
    );
  }

  request<T>(file: number, request: Request): Promise<T> {
    return new Promise((resolve, reject) =>
      this.#post(file, request, resolve as (value: never) => void, reject),
    );
  }

  /** Closes a file. */
  async close(file: number): Promise<void> {
    if (!this.#ended) await this.request(file, { type: "close" });
  }

  /** One that is spare, or a new one. */
  static take(): Thread {
    return spare.threads.pop() ?? new Thread();
  }

  /** Closes its only file, and ends, or is spare. */
  async end(file: number): Promise<void> {
    let isSpare = false;
    try {
      await this.close(file);
      isSpare = !this.#ended && spare.threads.length < spare.most;
    } finally {
      if (isSpare) spare.threads.push(this);
      else await this.#worker.terminate();
    }
  }

  #post(file: number, request: Request, answer: (value: never) => void, fail: (error: Error) => void): void {
    if (this.#ended) return fail(this.#ended);
    const number = ++this.#number;
    // The thread keeps the process alive only while somebody waits for it.
    if (this.#waiting.size === 0) this.#worker.ref();
    this.#waiting.set(number, { answer, fail });
    this.#worker.postMessage({ number, file, request } satisfies Sent);
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
