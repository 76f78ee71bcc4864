/** Targets: whom a message is for, and what may be said to it. A contract gives types; a name gives none. */
import { toAgentAddress, type Address } from "../core/address.ts";
import type { BudgetOptions } from "../core/budget.ts";
import { isContract, type CallName, type CastName, type OperationSpec } from "../core/contract.ts";
import type { Duration } from "../core/duration.ts";
import type { DeliveryMode, Metadata, Priority, PriorityName } from "../core/envelope.ts";
import type { ErrorRecord } from "../core/errors.ts";
import type { RetryOptions } from "../core/retry.ts";

/** Any contract, its types aside. */
export interface AnyContract {
  readonly name: string;
  readonly address: Address;
  readonly operations: ReadonlyMap<string, OperationSpec>;
  readonly events: ReadonlyMap<string, OperationSpec>;
  readonly messages?: unknown;
}

/** Whom a message is for: a contract (typed), or a name (untyped). */
export type Target = AnyContract | string;

/** The address of a target. @throws HermodError HERMOD_BAD_ADDRESS for anything but a contract or a name, of an agent or an instance. */
export function toTargetAddress(target: unknown, what: string): Address {
  return toAgentAddress(isContract(target) ? target.address : target, what);
}

/** The messages of a target; none are known for a name. */
export type MessagesOf<T> = T extends { readonly messages?: infer M } ? NonNullable<M> : never;

/** The calls that a target takes. */
export type CallOf<T> = T extends string ? string : CallName<MessagesOf<T>>;
/** The casts that a target takes. */
export type CastOf<T> = T extends string ? string : CastName<MessagesOf<T>>;

type Field<T, Op, Name extends string> = T extends string
  ? unknown
  : Op extends keyof MessagesOf<T>
    ? MessagesOf<T>[Op] extends { readonly [K in Name]: infer V }
      ? V
      : never
    : never;

/** What an operation of a target accepts. */
export type SendOf<T, Op> = Field<T, Op, "send">;
/** What a call of a target gives back. */
export type ReplyOf<T, Op> = Field<T, Op, "reply">;
/** What a task of a target gives in parts. */
export type ChunkOf<T, Op> = Field<T, Op, "chunk">;

/** Options of a single message; each overrides the default of its operation. */
export interface SendOptions {
  /** Default "normal". */
  readonly priority?: PriorityName | Priority;
  readonly delivery?: DeliveryMode;
  readonly retry?: RetryOptions;
  /** Idempotency key: a repeat to the same operation within the store's window has no second effect. */
  readonly key?: string;
  /** Messages with the same key are handled one at a time, in order. */
  readonly orderKey?: string;
  /** Conversation that the message belongs to; default that of the message being handled, else a new one. */
  readonly conversation?: string;
  /** Small facts beside the payload. */
  readonly metadata?: Metadata;
  /** W3C `traceparent`; default that of the message being handled. */
  readonly trace?: string;
  /** What the conversation may spend, this message included; within another budget the lesser of both. Default that of the message being handled. */
  readonly budget?: BudgetOptions;
  /** Keeps the message for a recipient that is not there yet, instead of failing with NoAgent. Default false. */
  readonly hold?: boolean;
  /** Not started later than this after sending, or after it is due; default none. */
  readonly timeout?: Duration;
  /** Not handed out before this much time has passed. Up to any number of days, and over restarts where the store is durable. */
  readonly delay?: Duration;
  /** Not handed out before this time: a Date, or UTC milliseconds. A time that has passed means now. Not together with `delay`. */
  readonly at?: Date | number;
}

/** Options of a publish; each overrides the default of its topic. */
export type PublishOptions = Omit<SendOptions, "hold">;

/** Options of a call. */
export interface CallOptions extends Omit<SendOptions, "hold" | "delay" | "at"> {
  /** Longest wait for the reply; default "30s". 0 means now. */
  readonly timeout?: Duration;
  /** Ends the wait with CancelledError, and tells the called agent to stop. */
  readonly signal?: AbortSignal;
  /** How often it is asked again when it did not answer in time or took no more work: each time a new request with a timeout of its own. Default 0. */
  readonly retries?: number;
  /** What stands for the reply where none could be had; a function gets the error, and may throw another. Default: the error. */
  readonly fallback?: unknown;
}

/** Options of a task. */
export interface TaskOptions extends Omit<SendOptions, "delivery"> {
  /** Default "at-least-once"; a task is never at most once. */
  readonly delivery?: Exclude<DeliveryMode, "at-most-once">;
  /** Longest time from now, or from when it is due, to its end; never longer than the deadline of the message being handled. Default none. */
  readonly timeout?: Duration;
  /** Longest time without a sign of progress: each `ctx.progress` and each part begins it anew. Default none. */
  readonly idle?: Duration;
  /**
   * How many parts its generator may be ahead of the reader that has read furthest; it waits beyond them, also while nobody reads. Default:
   * it waits for no reader.
   */
  readonly ahead?: number;
  /** Who is told of its end, as a message: `[Orchestrator, "stepDone"]`; it gets a TaskDone. Default nobody. */
  readonly onDone?: DoneTarget;
  /** Lets the task outlive the message being handled: neither its deadline nor its cancellation reach it. Default false. */
  readonly detached?: boolean;
}

/** A recipient and its operation. */
export type DoneTarget = readonly [to: Target, operation: string];

/** What the recipient of `onDone` gets. */
export interface TaskDone {
  /** The task's id. */
  readonly task: string;
  readonly agent: string;
  readonly operation: string;
  /** The key that it was started with. */
  readonly key?: string;
  readonly state: "done" | "failed" | "cancelled";
  readonly result?: unknown;
  readonly error?: ErrorRecord;
}
