/** TaskLog: reads what is recorded of a task, entry by entry, and waits for what is still to come. */
import type { Address } from "../core/address.ts";
import type { Clock } from "../core/clock.ts";
import { HermodError } from "../core/errors.ts";
import type { Maybe } from "../core/maybe.ts";
import { parseFilter } from "../core/filter.ts";
import type { MessageRecord, Store } from "../core/store.ts";
import { noSummary, summarize, type TaskEnd, type TaskEntry, type TaskSummary } from "../core/tasklog.ts";
import { ask, askNow } from "./asking.ts";
import { Following, PAGE } from "./following.ts";
import { Wait } from "./wait.ts";

/** What reading needs. */
export interface LogParts {
  readonly clock: Clock;
  readonly store: Store;
  /** Who waits now, so that an ending system can tell them. */
  readonly waiting: Set<Wait>;
  /** Why nobody can wait any more, once the system has ended. */
  readonly closed: () => HermodError | undefined;
  /** Sees to it that a task which its store gave up has its end. */
  readonly endDead?: (id: string) => Promise<void>;
}

/** What a task's message says of it. */
export interface Known {
  readonly operation: string | undefined;
  /** How far its generator may go ahead of readers. */
  readonly ahead: number | undefined;
}

/** What the store remembers of the message of a task. */
export interface FoundTask {
  readonly record: MessageRecord | undefined;
  /** True where the id is that of something else: of another agent's task, or of a message that is none. */
  readonly isForeign: boolean;
}

/** The message of a task with what became of it. */
export async function findTask(store: Store, id: string, agent: Address): Promise<FoundTask> {
  const where = parseFilter(`id:${JSON.stringify(id)}`);
  const { items } = await ask("read", () => store.read({ type: "history", where, limit: 10 }));
  const record = items.find(({ envelope }) => envelope.verb === "task" && envelope.to === agent);
  return { record, isForeign: record === undefined && items.length > 0 };
}

/** What is recorded of a task by now. */
export function summaryOf(
  { clock, store }: Pick<LogParts, "clock" | "store">,
  id: string,
  agent: Address,
): Promise<TaskSummary> {
  return new TaskLog(id, agent, { clock, store, waiting: new Set(), closed: () => undefined }).summary();
}

export class TaskLog {
  readonly #id: string;
  readonly #agent: Address;
  readonly #parts: LogParts;
  #read = 0;
  #summary: TaskSummary = noSummary;

  constructor(id: string, agent: Address, parts: LogParts) {
    this.#id = id;
    this.#agent = agent;
    this.#parts = parts;
  }

  /** All that the log says by now; what was read before is not read again. */
  async summary(): Promise<TaskSummary> {
    for (;;) {
      const from = this.#read;
      const page = await this.#page(from);
      // Somebody else may have asked meanwhile: each entry counts once.
      if (from !== this.#read) continue;
      for (const entry of page) this.#summary = summarize(this.#summary, entry);
      this.#read += page.length;
      if (page.length < PAGE) return this.#summary;
    }
  }

  /** What the task's message says of it. @throws HermodError HERMOD_NO_TASK where the id is known as that of something else. */
  async known(): Promise<Known> {
    const { record, isForeign } = await findTask(this.#parts.store, this.#id, this.#agent);
    if (isForeign) throw noTask(this.#id, this.#agent);
    return { operation: record?.envelope.operation, ahead: record?.envelope.task?.ahead };
  }

  /** The end of the task; undefined when it has not come in time. */
  async end(timeout: number, signal: AbortSignal | undefined): Promise<TaskEnd | undefined> {
    const { end } = await this.summary();
    if (end) return end;
    const { following, leave } = this.follow(this.#read, timeout, signal);
    try {
      while (await following.more()) for (const entry of await following.read()) following.take(entry);
    } finally {
      leave();
    }
    return (await this.summary()).end;
  }

  /** Reads the entries after a number as they come; `leave` ends it. */
  follow(
    after: number,
    timeout: number | undefined,
    signal: AbortSignal | undefined,
  ): { readonly following: Following; readonly leave: () => void } {
    const { clock, store, waiting } = this.#parts;
    const wait = new Wait(clock, timeout, signal);
    wait.isClosed = this.#parts.closed() !== undefined;
    const unfollow = store.follow(this.#id, wait.wake);
    waiting.add(wait);
    const leave = (): void => {
      waiting.delete(wait);
      unfollow();
      wait.end();
    };
    const following = new Following(after, {
      wait,
      page: (from) => this.#page(from),
      isOver: () => this.#isOver(),
      check: () => signal?.throwIfAborted(),
      closed: () => this.#closed(),
    });
    return { following, leave };
  }

  /** True when nothing more will be said: the last word stands before the cursor. @throws HermodError where there is no such task. */
  async #isOver(): Promise<boolean> {
    const { end, parts, progress } = await this.summary();
    if (end !== undefined) return true;
    const { record } = await findTask(this.#parts.store, this.#id, this.#agent);
    if (record === undefined && parts === 0 && progress === undefined) throw noTask(this.#id, this.#agent);
    if (record?.state !== "failed" && record?.state !== "dead") return false;
    // The process that found it dead may have died before it said so.
    await this.#parts.endDead?.(this.#id);
    return (await this.summary()).end !== undefined || Promise.reject(gone(this.#id, record));
  }

  #closed(): HermodError {
    return new HermodError("HERMOD_CLOSED", `the system was closed while task ${this.#id} was waited for`, {
      details: { task: this.#id, agent: this.#agent },
      hint: "The task goes on where its store is durable: find it in the next system with taskById.",
    });
  }

  #page(after: number): Maybe<readonly TaskEntry[]> {
    const { store } = this.#parts;
    return askNow("parts", () => store.parts(this.#id, after, PAGE)) as Maybe<readonly TaskEntry[]>;
  }
}

/** The error for an id of which nothing is remembered. */
export function noTask(id: string, agent: Address): HermodError {
  return new HermodError("HERMOD_NO_TASK", `nothing is remembered of a task ${id} of ${agent}`, {
    details: { task: id, agent },
  });
}

function gone(id: string, { state, attempts }: MessageRecord): HermodError {
  const error = attempts.at(-1)?.error;
  return new HermodError("HERMOD_FAILED", `task ${id} is ${state}${error ? `: ${error.message}` : ""}`, {
    details: { task: id, ...(error && { error }) },
  });
}
