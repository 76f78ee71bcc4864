/** TaskHandle: a task as somebody outside holds it. All that it tells is read from the store, so it means the same in every process. */
import type { Cancelled, Part, PartsOptions, ResultOptions, Task } from "../agent/task.ts";
import type { Address } from "../core/address.ts";
import type { OperationSpec } from "../core/contract.ts";
import { toMs } from "../core/duration.ts";
import { CancelledError, TimeoutError, fromRecord, type HermodError } from "../core/errors.ts";
import type { Maybe } from "../core/maybe.ts";
import { aSignal, aText, checkOptions, wholeNumber } from "../core/options.ts";
import { validate, type Schema } from "../core/schema.ts";
import { noSummary, toStatus, type TaskEnd, type TaskStatus } from "../core/tasklog.ts";
import { PartReader, type Reading } from "./partreader.ts";
import { remoteError } from "./remoteerror.ts";
import { TaskLog, findTask, type Known, type LogParts } from "./tasklog.ts";

/** Ends a note. */
export type Leave = () => void;

/** What a handle needs. */
export interface TaskParts extends LogParts {
  /** What whoever started the task knows of it; a handle made of an id asks the store. */
  readonly known: Known | undefined;
  /** What its agent's contract says of an operation. */
  specOf(operation: string): OperationSpec | undefined;
  /** Notes that a handler waits for the end; gives what ends the note. @throws HermodError where that cannot come before the handler ends. */
  readonly waits: (() => Maybe<Leave | undefined>) | undefined;
  /** Tells the generator how far somebody has read. */
  readonly credit: (number: number) => void;
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
    const { record, isForeign } = await findTask(this.#parts.store, this.id, this.agent);
    return toStatus(this.id, isForeign ? noSummary : await this.#log.summary(), record);
  }

  parts(options: PartsOptions = {}): AsyncIterableIterator<Part<C>> {
    checkOptions("parts", options, ["after", "signal"]);
    const after = wholeNumber("parts.after", options.after ?? 0, 0);
    const signal = options.signal && aSignal("parts.signal", options.signal);
    return new PartReader((dropped) => this.#reading(after, signal, dropped));
  }

  async #reading(after: number, asked: AbortSignal | undefined, dropped: AbortSignal): Promise<Reading<C>> {
    const { ahead } = await this.#known();
    const chunk = (await this.#spec())?.chunk;
    const credits = ahead === undefined ? undefined : new Credits(ahead, after, this.#parts.credit);
    const signal = asked ? AbortSignal.any([asked, dropped]) : dropped;
    const { following, leave } = this.#log.follow(after, undefined, signal);
    return {
      ...{ following, leave },
      valueOf: chunk && ((value) => this.#read<C>(chunk, "part", value)),
      read: credits && ((number) => credits.read(number)),
      check: () => {
        const { end } = following;
        if (end && end.state !== "done") throw errorOf(this.id, end);
      },
    };
  }

  async result(options: ResultOptions = {}): Promise<R> {
    checkOptions("result", options, ["timeout", "signal"]);
    const { signal } = options;
    const timeout = toMs(options.timeout ?? RESULT_TIMEOUT, "result.timeout");
    if (signal !== undefined) aSignal("result.signal", signal);
    const out = (await this.#spec())?.out;
    const leave = await this.#parts.waits?.();
    const end = await this.#log.end(timeout, signal).finally(leave);
    if (end === undefined) throw notYet(this.id, this.agent, timeout);
    if (end.state !== "done") throw errorOf(this.id, end);
    return this.#read<R>(out, "result", end.result);
  }

  /** What the contract says of its operation. @throws HermodError HERMOD_NO_TASK where the id is that of something else. */
  async #known(): Promise<Known> {
    return this.#parts.known ?? this.#log.known();
  }

  async #spec(): Promise<OperationSpec | undefined> {
    const { operation } = await this.#known();
    return operation === undefined ? undefined : this.#parts.specOf(operation);
  }

  /** What the contract's schema makes of a value, as of the reply to a call. */
  async #read<T>(schema: Schema | undefined, what: string, value: unknown): Promise<T> {
    if (schema === undefined) return value as T;
    const read = await validate(schema, value, () => `${what} of task ${this.id}`, "HERMOD_BAD_REPLY");
    return read as T;
  }

  async cancel(reason?: string): Promise<Cancelled> {
    const closed = this.#parts.closed();
    if (closed) throw closed;
    return this.#parts.cancel(
      this.id,
      this.agent,
      reason === undefined ? undefined : aText("reason", reason),
    );
  }
}

/** What a reader tells the generator: not each part, but often enough that it need not wait for one who keeps up. */
class Credits {
  readonly #every: number;
  readonly #tell: (number: number) => void;
  #unsaid = 0;

  constructor(ahead: number, after: number, tell: (number: number) => void) {
    this.#every = Math.max(1, ahead >> 1);
    this.#tell = tell;
    // Whoever goes on after a dropped reader may find the generator waiting.
    if (after > 0) tell(after);
  }

  read(number: number): void {
    if (++this.#unsaid < this.#every) return;
    this.#unsaid = 0;
    this.#tell(number);
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
