/** The library: what an application imports. Each name is documented where it is defined. */
export { start, type StartOptions } from "./start.ts";
export {
  agent,
  type AgentDefinition,
  type AgentOptions,
  type Capacity,
  type Handlers,
  type MailboxOptions,
  type TypeHandler,
  type TypeHandlers,
} from "./agent/agent.ts";
export type { PullOptions } from "./agent/pull.ts";
export type { Call, Cast, Context, LogLine } from "./agent/context.ts";
export type {
  AnyContract,
  CallOf,
  CallOptions,
  CastOf,
  MessagesOf,
  ReplyOf,
  SendOf,
  SendOptions,
  Target,
} from "./agent/target.ts";
export type { Address } from "./core/address.ts";
export type { Cancel, Clock } from "./core/clock.ts";
export { systemClock } from "./core/clock.ts";
export { defaultLimits, type PayloadLimits } from "./core/codec.ts";
export {
  contract,
  type CallSpec,
  type CastSpec,
  type Contract,
  type Groups,
  type Messages,
  type OperationOptions,
  type OperationSpec,
} from "./core/contract.ts";
export type { Duration } from "./core/duration.ts";
export {
  fromMap,
  toMap,
  type DeliveryMode,
  type Envelope,
  type EnvelopeMap,
  type MessageType,
  type Metadata,
  type Priority,
  type PriorityName,
  type Verb,
} from "./core/envelope.ts";
export {
  CancelledError,
  ExpiredError,
  FailedError,
  HermodError,
  NoAgentError,
  OverloadedError,
  RejectedError,
  StaleLeaseError,
  TimeoutError,
  TooLargeError,
  errorTable,
  type ErrorCategory,
  type ErrorCode,
  type ErrorRecord,
} from "./core/errors.ts";
export { parseFilter, type Filter, type Term } from "./core/filter.ts";
export type { IdSource, Random } from "./core/id.ts";
export type { Maybe } from "./core/maybe.ts";
export type { DeliveryNumbers, MailboxStatistics, RouterNumbers, SystemStatistics } from "./core/numbers.ts";
export type { Model, ModelOptions } from "./core/model.ts";
export type { Listener, Report, Reporter, ReportType } from "./core/report.ts";
export {
  RetryAfter,
  Terminal,
  retryAfter,
  retryDelay,
  terminal,
  toRetryPolicy,
  type RetryOptions,
  type RetryPolicy,
} from "./core/retry.ts";
export type { InputOf, OutputOf, Schema } from "./core/schema.ts";
export { deadReasons, type DeadReason, type Settlement } from "./core/settlement.ts";
export type {
  Answer,
  Appended,
  AppendedAll,
  Attempt,
  Claim,
  DeadLetter,
  DelayedMessage,
  MailboxRule,
  MessageRecord,
  OpenStore,
  Operated,
  Operation,
  OverflowRule,
  Page,
  Paged,
  Query,
  Settled,
  StateChange,
  StateRecord,
  Store,
  StoreEnv,
} from "./core/store.ts";
export type { MailboxCounts } from "./core/numbers.ts";
export type {
  DeadLetterGroup,
  DeadLetterQuery,
  DeadLetters,
  Redriven,
  RedriveOptions,
} from "./runtime/deadletters.ts";
export type { Delivery, DeliveryOf } from "./runtime/delivery.ts";
export type { HistoryQuery } from "./runtime/history.ts";
export type { Changes, Interceptor } from "./runtime/interceptors.ts";
export type { Mailbox, ReceiveOptions } from "./runtime/mailbox.ts";
export type { HandMessage } from "./runtime/messages.ts";
export type { DrainOptions } from "./runtime/ending.ts";
export type { RunningAgent, System } from "./runtime/system.ts";
export { memory, type MemoryOptions } from "./stores/memory.ts";
