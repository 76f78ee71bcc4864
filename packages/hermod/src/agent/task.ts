/** Task: the handle of long work. It holds an id and an address alone, so that it can be made again anywhere from these. */
import type { Address } from "../core/address.ts";
import type { Duration } from "../core/duration.ts";
import type { TaskStatus } from "../core/tasklog.ts";
import type { AnyContract, CallOf, ChunkOf, ReplyOf, SendOf, Target, TaskOptions } from "./target.ts";

/** A partial result. */
export interface Part<C = unknown> {
  /** Grows from part to part; signs of progress count between them. The cursor to go on after. */
  readonly number: number;
  /** The attempt that made it: a task that is tried again begins its parts anew. */
  readonly attempt: number;
  readonly value: C;
}

/** Which parts. */
export interface PartsOptions {
  /** Those after this number; default 0, all. */
  readonly after?: number;
  /** Ends the reading: the iteration throws its reason. */
  readonly signal?: AbortSignal;
}

/** How to wait for a result. */
export interface ResultOptions {
  /** Longest wait; default "30s". The task goes on after it. */
  readonly timeout?: Duration;
  /** Ends the wait with its reason; the task goes on. */
  readonly signal?: AbortSignal;
}

/**
 * What became of the wish to end a task. "signalled": its handler was told to stop, and may end by itself first; "unknown": nothing
 * is remembered of such a task.
 */
export type Cancelled = "cancelled-before-start" | "signalled" | "already-finished" | "unknown";

/** The handle of long work, the same in every process of the store. */
export interface Task<R = unknown, C = unknown> {
  readonly id: string;
  readonly agent: Address;
  /** Where it stands now. */
  status(): Promise<TaskStatus>;
  /**
   * Its parts in order, those that are there and those to come, until it ends. Any number of readers, each at its own pace: they read what
   * the store keeps.
   * @throws what the task failed with.
   */
  parts(options?: PartsOptions): AsyncIterableIterator<Part<C>>;
  /**
   * Its result.
   * @throws TimeoutError when it has not ended in time, CancelledError, or what it failed with.
   */
  result(options?: ResultOptions): Promise<R>;
  /** Wants it to end: it is taken out where it waits, and told to stop where it runs. */
  cancel(reason?: string): Promise<Cancelled>;
}

/** Hands out long work: `task(Worker, "run", input, { key })`; resolves with its handle when it is stored. */
export type StartTask = <T extends Target, const Op extends CallOf<T> = CallOf<T>>(
  to: T,
  operation: Op,
  payload: SendOf<T, Op>,
  options?: TaskOptions,
) => Promise<Task<ReplyOf<T, Op>, ChunkOf<T, Op>>>;

/** The task of an id; of a contract its results are typed as those of all its calls. */
export type TaskById = <T extends AnyContract | string>(
  to: T,
  id: string,
) => Task<ReplyOf<T, CallOf<T>>, ChunkOf<T, CallOf<T>>>;
