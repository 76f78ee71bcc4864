/** The library: what an application imports. Each name is documented where it is defined. */
export { start, type StartOptions } from "./start.ts";
export {
  agent,
  type AgentDefinition,
  type AgentOptions,
  type Capacity,
  type Handlers,
  type MailboxOptions,
  type TypeHandlers,
} from "./agent/agent.ts";
export type { AnswerTo, Ask, AskOptions, Question } from "./agent/ask.ts";
export type { TypeHandler } from "./agent/handling.ts";
export { sse, type SseRequest } from "./agent/sse.ts";
export { llmAgent, type LlmOptions } from "./agent/llm.ts";
export { on, type EventHandler, type OnTopic, type TopicHandler, type Topics } from "./agent/on.ts";
export { pool, type PoolDefinition, type PoolOptions } from "./agent/pool.ts";
export { route, type Route, type RouteOptions, type RouteTest, type When } from "./agent/route.ts";
export type { Destination, Router } from "./agent/router.ts";
export {
  supervisor,
  type ChildOptions,
  type Definition,
  type SupervisorDefinition,
  type SupervisorOptions,
} from "./agent/supervisor.ts";
export { asAgent, type Wrappable } from "./agent/wrap.ts";
export { agentTool, tool, type Tool, type ToolOptions } from "./agent/tool.ts";
export {
  topic,
  type EventAnswer,
  type EventOf,
  type EventReceive,
  type EventSend,
  type Subject,
  type Topic,
  type TopicSpec,
} from "./agent/topic.ts";
export type { HealthOptions, InitContext } from "./agent/upkeep.ts";
export type { BusyRule, ConversationConcurrency, KeyedOptions } from "./agent/work.ts";
export type { PullOptions } from "./agent/pull.ts";
export type { Call, Cast, Context, LogLine, OwnPublish, Publish } from "./agent/context.ts";
export type { SystemLook } from "./runtime/control.ts";
export type { AccountPart } from "./runtime/account.ts";
export type { Incident } from "./runtime/incidents.ts";
export type { AgentConfig, AgentOffer, OfferedOperation } from "./runtime/offer.ts";
export type { MindOptions, OverspendOptions } from "./agent/mind.ts";
export type { Costs, Reservation, Spending } from "./agent/spending.ts";
export type {
  Cancelled,
  Part,
  PartsOptions,
  ResultOptions,
  StartTask,
  Task,
  TaskById,
} from "./agent/task.ts";
export type {
  AnyContract,
  CallOf,
  CallOptions,
  CastOf,
  ChunkOf,
  DoneTarget,
  MessagesOf,
  PublishOptions,
  ReplyOf,
  SendOf,
  SendOptions,
  Target,
  TaskDone,
  TaskOptions,
} from "./agent/target.ts";
export type { Address } from "./core/address.ts";
export type { Balance } from "./core/balance.ts";
export type { Amounts, Budget, BudgetOptions } from "./core/budget.ts";
export type { BreakerOptions, BreakerState, BreakerView } from "./core/breaker.ts";
export type { Changes } from "./core/changes.ts";
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
  type DeliveryMode,
  type Envelope,
  type Publication,
  type MessageType,
  type Metadata,
  type Priority,
  type PriorityName,
  type Verb,
} from "./core/envelope.ts";
export { fromMap, toMap, type EnvelopeMap } from "./core/envelopemap.ts";
export {
  BudgetError,
  CancelledError,
  CircuitOpenError,
  ExpiredError,
  FailedError,
  HermodError,
  LoopError,
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
export type { LoopLimits } from "./core/loop.ts";
export type { Maybe } from "./core/maybe.ts";
export type { DeliveryNumbers, MailboxStatistics, RouterNumbers, SystemStatistics } from "./core/numbers.ts";
export type {
  Finish,
  JsonSchema,
  Model,
  ModelLimits,
  ModelMessage,
  ModelOptions,
  ModelPart,
  ModelReply,
  ModelRequest,
  TextModel,
  ToolCall,
  ToolSpec,
  Usage,
} from "./core/model.ts";
export type { IntensityOptions } from "./core/intensity.ts";
export type { Predicate } from "./core/pattern.ts";
export type { Listener, Report, Reporter, ReportType } from "./core/report.ts";
export {
  Crash,
  Exit,
  RetryAfter,
  Terminal,
  crash,
  exit,
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
  Binding,
  Claim,
  DeadLetter,
  DeathCount,
  DelayedMessage,
  HistoryOrder,
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
  Spent,
  StateChange,
  StateRecord,
  Store,
  StoreBounds,
  StoreEnv,
} from "./core/store.ts";
export { historyOrders } from "./core/store.ts";
export type { MailboxCounts } from "./core/numbers.ts";
export { suggestion } from "./core/nearest.ts";
export type {
  DeadLetterGroup,
  DeadLetterQuery,
  DeadLetters,
  Redriven,
  RedriveOptions,
} from "./runtime/deadletters.ts";
export type { Delivery, DeliveryOf } from "./runtime/delivery.ts";
export type { HistoryQuery } from "./runtime/history.ts";
export type { AttemptNote, MessageNotes } from "./runtime/readnotes.ts";
export {
  isNotes,
  logLevels,
  type LogLevel,
  type LogNote,
  type ModelNote,
  type Note,
  type Notes,
} from "./core/note.ts";
export type { Interceptor } from "./runtime/interceptors.ts";
export type { Mailbox, ReceiveOptions } from "./runtime/mailbox.ts";
export type { HandMessage } from "./runtime/byhand.ts";
export type { DrainOptions } from "./runtime/ending.ts";
export type { BreakerStatus, ForceOptions } from "./runtime/breakers.ts";
export type { BreakerChange } from "./runtime/guard.ts";
export type { PauseOptions } from "./runtime/pauses.ts";
export type { ChildStatus } from "./runtime/post.ts";
export type { SystemFailure } from "./runtime/root.ts";
export type {
  Running,
  RunningAgent,
  RunningPool,
  RunningSupervisor,
  StopOptions,
} from "./runtime/running.ts";
export type { Recurrence } from "./runtime/recurrence.ts";
export type { Schedule, ScheduleCast, ScheduleOptions, ScheduleStatus } from "./runtime/schedules.ts";
export type { Misfire } from "./core/schedule.ts";
export type { Subscribe, Subscriber, SubscribeOptions, Subscription } from "./runtime/subscription.ts";
export type { System, Voice } from "./runtime/system.ts";
export type { Progress, TaskState, TaskStatus } from "./core/tasklog.ts";
export type { TaskTerms } from "./core/taskterms.ts";
export type { RestartKind, Strategy } from "./core/supervision.ts";
export { memory, type MemoryOptions } from "./stores/memory.ts";
