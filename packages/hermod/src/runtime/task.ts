/** TaskHandle: a task as somebody outside holds it. All that it tells is read from the store, so it means the same in every process. */
import type { Cancelled, Part, PartsOptions, ResultOptions, Task } from "../agent/task.ts";
import type { Address } from "../core/address.ts";
import { toMs } from "../core/duration.ts";
import { CancelledError, TimeoutError, fromRecord, type HermodError } from "../core/errors.ts";
import { aSignal, aText, checkOptions, wholeNumber } from "../core/options.ts";
import { toStatus, type TaskEnd, type TaskStatus } from "../core/tasklog.ts";
import { remoteError } from "./remoteerror.ts";
import { TaskLog, findTask, type LogParts } from "./tasklog.ts";

/** What a handle needs. */
export interface TaskParts extends LogParts {
  cancel(id: string, agent: Address, reason: string | undefined): Promise<Cancelled>;
}

/** Longest wait for a result where nothing else is said. */
const RESULT_TIMEOUT = 30_000;

export class TaskHandle<R = unknown, C = unknown> implements Task<R, C> {
  readonly id: string;
  readonly agent: Address;
  readonly #parts: TaskParts;
  readonly #log: TaskLog;

  constructor(id: string, agent: Address, parts: TaskParts) {
    this.id = id;
    this.agent = agent;
    this.#parts = parts;
    this.#log = new TaskLog(id, agent, parts);
  }

  async status(): Promise<TaskStatus> {
    // The message first: a settlement between the two reads must not leave an end without its state.
    const record = await findTask(this.#parts.store, this.id, this.agent);
    return toStatus(this.id, await this.#log.summary(), record);
  }

  async *parts(options: PartsOptions = {}): AsyncGenerator<Part<C>, undefined> {
    checkOptions("parts", options, ["after", "signal"]);
    const { after = 0, signal } = options;
    if (signal !== undefined) aSignal("parts.signal", signal);
    for await (const { number, entry } of this.#log.follow(
      wholeNumber("parts.after", after, 0),
      undefined,
      signal,
    )) {
      if (entry === undefined) return;
      if (entry.type === "part") yield { number, attempt: entry.attempt, value: entry.value as C };
      if (entry.type === "end" && entry.state !== "done" && (await this.#log.isLast(number)))
        throw errorOf(this.id, entry);
    }
  }

  async result(options: ResultOptions = {}): Promise<R> {
    checkOptions("result", options, ["timeout", "signal"]);
    const { timeout = RESULT_TIMEOUT, signal } = options;
    if (signal !== undefined) aSignal("result.signal", signal);
    const end = await this.#log.end(toMs(timeout, "result.timeout"), signal);
    if (end === undefined) throw notYet(this.id, this.agent, toMs(timeout, "result.timeout"));
    if (end.state !== "done") throw errorOf(this.id, end);
    return end.result as R;
  }

  async cancel(reason?: string): Promise<Cancelled> {
    return this.#parts.cancel(
      this.id,
      this.agent,
      reason === undefined ? undefined : aText("reason", reason),
    );
  }
}

/** What a task that was not done is said to have failed with. */
function errorOf(id: string, end: TaskEnd & { readonly state: "failed" | "cancelled" }): HermodError {
  if (end.state === "failed") return remoteError(end.error);
  return new CancelledError(end.error.message, {
    details: { task: id, ...end.error.details },
    cause: fromRecord(end.error),
  });
}

function notYet(id: string, agent: Address, timeout: number): TimeoutError {
  return new TimeoutError(`task ${id} of ${agent} has not ended in ${timeout} ms; it goes on`, {
    details: { task: id, agent, timeout },
    hint: "Wait again or longer: result({ timeout }); look with status(), end it with cancel().",
  });
}
