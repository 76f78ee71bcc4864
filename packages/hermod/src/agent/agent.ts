/** Agent: handlers and state behind one mailbox, as a user defines it. `start` and `spawn` make it run. */
import { toAgentName, type Address } from "../core/address.ts";
import type { OperationSpec } from "../core/contract.ts";
import { isContract } from "../core/contract.ts";
import type { Duration } from "../core/duration.ts";
import { toMs } from "../core/duration.ts";
import { messageTypes, type MessageType } from "../core/envelope.ts";
import { HermodError } from "../core/errors.ts";
import type { Maybe } from "../core/maybe.ts";
import { aFunction, aList, checkOptions, oneOf, wholeNumber } from "../core/options.ts";
import { suggestion } from "../core/nearest.ts";
import { toRetryPolicy, type RetryOptions, type RetryPolicy } from "../core/retry.ts";
import { defaultMailboxRule, overflowRules, type MailboxRule, type OverflowRule } from "../core/store.ts";
import type { Context } from "./context.ts";
import { NOTICE, type Handling, type TypeHandler } from "./handling.ts";
import { toTopics, type TopicHandler, type Topics } from "./on.ts";
import { mindOptions, toMind, type Mind, type MindOptions } from "./mind.ts";
import type { AnyContract, MessagesOf, Target } from "./target.ts";
import { toUpkeep, upkeepOptions, type Upkeep, type UpkeepOptions } from "./upkeep.ts";
import { toWork, toWorkRule, workOptions, type Work, type WorkOptions } from "./work.ts";

/** How many messages may wait, and what happens to the next one. */
export interface Capacity {
  /** Most waiting messages; default no limit. */
  readonly count?: number;
  /** Most waiting payload; default no limit. */
  readonly bytes?: number;
  /** Default "reject": the sender gets Overloaded. */
  readonly overflow?: OverflowRule;
}

/** How a mailbox keeps its messages. */
export interface MailboxOptions {
  /** A number is short for { count }. Default unlimited, under the store's budget. */
  readonly capacity?: number | Capacity;
  /** "priority" (default), "fifo" (priority ignored) or "strict" (a waiting retry blocks its order key). */
  readonly order?: MailboxRule["order"];
  /** How long a delivery may go without a sign of life before it is given to another; default "30s". */
  readonly lease?: Duration;
  /** Retries of messages whose sender and operation say nothing; default 3, from 1 s doubling to 5 min. */
  readonly retry?: RetryOptions;
}

/** Options of an agent, apart from its handlers. */
export interface AgentOptions<S> extends MailboxOptions, WorkOptions, UpkeepOptions, MindOptions {
  /** Makes the first state; it must be plain data. Each key of a keyed agent, and each conversation where these run side by side, has its own. */
  readonly state?: () => S;
  /**
   * What the agent listens to: `on(topic, handler)`, or a pattern whose messages its handlers by type take. For handlers that use
   * the state: `(on) => [on(topic, (event, ctx) => ctx.state…)]`.
   */
  readonly topics?: Topics<S>;
  /**
   * Calls that it takes while its own handler waits for their caller, such as a question back; all, or those of these operations. They
   * run beside it at once and see the state as it is committed, frozen. Default none: such a call fails with LoopError.
   */
  readonly reentrant?: true | readonly string[];
}

/** Handlers of a contract's operations; a call's handler returns the reply, or is an async generator that does, whose yields are the parts of a task. */
export type Handlers<M, S> = {
  readonly [Op in keyof M as M[Op] extends { kind: "event" } ? never : Op]: M[Op] extends {
    kind: "call";
    receive: infer I;
    answer: infer A;
    yields: infer Y;
  }
    ? (input: I, ctx: Context<S, M>) => Maybe<A> | AsyncGenerator<Y, A, undefined>
    : M[Op] extends { receive: infer I }
      ? (input: I, ctx: Context<S, M>) => unknown
      : never;
};

/** Handlers by message type, and `info` for notices of the system. */
export type TypeHandlers<S> = { readonly [T in MessageType | "info"]?: TypeHandler<S> };

/** An agent ready to be started, checked and complete. */
export interface AgentDefinition {
  readonly address: Address;
  /** The operations and events it knows; absent for an agent by message type. */
  readonly contract: AnyContract | undefined;
  readonly handlers: ReadonlyMap<string, Handling>;
  readonly topics: readonly TopicHandler[];
  readonly rule: MailboxRule;
  readonly retry: RetryPolicy;
  readonly lease: number;
  readonly state: (() => unknown) | undefined;
  /** Which operations may be called back; all where true. */
  readonly reentrant: true | ReadonlySet<string> | undefined;
  readonly work: Work;
  readonly upkeep: Upkeep;
  readonly mind: Mind;
}

/** The handlers that a target asks for: one for each operation of a contract, or by message type for a name. */
export type On<T extends Target, S> = T extends string
  ? { readonly on: TypeHandlers<S> }
  : { readonly on: Handlers<MessagesOf<T>, S>; readonly info?: TypeHandler<S> };

/**
 * An agent: `agent(Critic, { on: { review: (input, ctx) => … } })` with a handler for each operation of a contract, or
 * `agent("researcher", { on: { task: (payload, ctx) => … } })` with handlers by message type.
 * @throws HermodError HERMOD_BAD_ADDRESS, or HERMOD_BAD_OPTION naming a missing or unknown handler or option.
 */
export function agent<T extends Target, S = undefined>(
  target: T,
  options: AgentOptions<S> & On<T, S>,
): AgentDefinition;
// One signature for users: with one for contracts and one for names the compiler points at the contract instead of the handler.
export function agent(
  target: Target,
  options: AgentOptions<unknown> & { readonly on: object; readonly info?: TypeHandler<never> },
): AgentDefinition {
  const address = toAgentName(isContract(target) ? target.address : target);
  checkOptions(`agent ${address}`, options, agentOptions);
  const made: AnyContract | undefined = isContract(target) ? target : undefined;
  if (made === undefined && options.info !== undefined) misplacedInfo(address);
  const work = toWork(address, options);
  if (options.topics !== undefined && work.apart === "key") keyedTopics(address);
  if (options.state !== undefined) checkState(address, options.state, work);
  const { rule, retry, lease } = toMailbox(address, options);
  // One literal without spreads: there may be a hundred thousand of these.
  return Object.freeze({
    address,
    contract: made,
    handlers: toHandlers(address, made?.operations, options.on, options.info),
    topics: options.topics === undefined ? noTopics : toTopics(address, options.topics),
    rule: toWorkRule(rule, work),
    retry,
    lease,
    state: options.state,
    reentrant: options.reentrant === undefined ? undefined : toReentrant(address, options.reentrant, made),
    work,
    upkeep: toUpkeep(address, options),
    mind: toMind(options),
  });
}

const noTopics: readonly TopicHandler[] = Object.freeze([]);
export const mailboxOptions = ["capacity", "order", "lease", "retry"] as const;
/** What an agent can be told, by name. */
export const agentOptions = [
  "on",
  "info",
  "state",
  "topics",
  "reentrant",
  ...mailboxOptions,
  ...workOptions,
  ...upkeepOptions,
  ...mindOptions,
];

/** The mailbox options, checked and complete. */
export function toMailbox(
  address: string,
  options: MailboxOptions,
): Pick<AgentDefinition, "rule" | "retry" | "lease"> {
  const lease = toLease(options.lease === undefined ? 30_000 : options.lease, `${address} lease`);
  return { rule: toRule(address, options), retry: toRetryPolicy(options.retry), lease };
}

/**
 * The lease in milliseconds: at least 1 s, since signs of life take time.
 * @throws HermodError HERMOD_BAD_OPTION.
 */
export function toLease(value: Duration, name: string): number {
  const lease = toMs(value, name);
  if (lease >= 1000) return lease;
  throw new HermodError("HERMOD_BAD_OPTION", `${name} must be at least 1 s, got ${lease} ms`, {
    details: { option: name, received: lease },
  });
}

const unlimited: Capacity = Object.freeze({});

function toRule(address: string, { capacity = unlimited, order = "priority" }: MailboxOptions): MailboxRule {
  if (capacity === unlimited && order === "priority") return defaultMailboxRule;
  const given = typeof capacity === "number" ? { count: capacity } : capacity;
  checkOptions(`${address} capacity`, given, ["count", "bytes", "overflow"]);
  oneOf(`${address} order`, order, ["priority", "fifo", "strict"]);
  return Object.freeze({
    ...defaultMailboxRule,
    order,
    ...(given.count !== undefined && { count: wholeNumber(`${address} capacity.count`, given.count, 1) }),
    ...(given.bytes !== undefined && { bytes: wholeNumber(`${address} capacity.bytes`, given.bytes, 1) }),
    ...(given.overflow !== undefined && {
      overflow: oneOf(`${address} capacity.overflow`, given.overflow, overflowRules),
    }),
  });
}

function checkState(address: string, state: unknown, { concurrency, apart }: Work): void {
  aFunction(`agent ${address} state`, state);
  if (concurrency === 1 || apart !== "none") return;
  throw new HermodError("HERMOD_BAD_OPTION", `agent ${address} has state and concurrency ${concurrency}`, {
    hint: 'State belongs to one handler at a time: use concurrency { by: "conversation" }, or keep the data outside.',
  });
}

function toHandlers(
  address: string,
  operations: ReadonlyMap<string, OperationSpec> | undefined,
  on: object,
  info: TypeHandler<never> | undefined,
): ReadonlyMap<string, Handling> {
  const names = operations ? [...operations.keys()] : [...messageTypes, "info"];
  checkOptions(`agent ${address} on`, on, names);
  const shared = info === undefined ? tables.get(on) : undefined;
  if (shared && isTableOf(shared, on, operations)) return shared.handlers;
  const handlers = new Map<string, Handling>();
  for (const [name, handler] of Object.entries(on))
    handlers.set(name, toHandling(address, name, handler, operations));
  const missing = operations && names.filter((name) => !handlers.has(name));
  if (missing?.length) lacksHandlers(address, missing);
  if (operations && info !== undefined)
    handlers.set(NOTICE, { name: "info", spec: undefined, run: aFunction(`agent ${address} info`, info) });
  if (info === undefined) tables.set(on, { handlers, operations });
  return handlers;
}

function toHandling(
  address: string,
  name: string,
  handler: unknown,
  operations: ReadonlyMap<string, OperationSpec> | undefined,
): Handling {
  const run = aFunction(`agent ${address} on.${name}`, handler) as TypeHandler<never>;
  return Object.freeze({ name, spec: operations?.get(name), run });
}

/** Agents that are given the same handlers share one table: there may be a hundred thousand of a kind. */
const tables = new WeakMap<object, Table>();

interface Table {
  readonly handlers: ReadonlyMap<string, Handling>;
  readonly operations: ReadonlyMap<string, OperationSpec> | undefined;
}

/** False once somebody has changed the object that the table was made from. */
function isTableOf({ handlers, operations }: Table, on: object, wanted: Table["operations"]): boolean {
  const given = Object.entries(on);
  return (
    operations === wanted &&
    handlers.size === given.length &&
    given.every(([name, handler]) => handlers.get(name)?.run === handler)
  );
}

function lacksHandlers(address: string, missing: readonly string[]): never {
  throw new HermodError("HERMOD_BAD_OPTION", `agent ${address} has no handler for ${missing.join(", ")}`, {
    details: { missing },
    hint: `Add to \`on\`: ${missing.map((name) => `${name}: (input, ctx) => …`).join(", ")}`,
  });
}

function toReentrant(
  address: string,
  given: NonNullable<AgentOptions<unknown>["reentrant"]>,
  made: AnyContract | undefined,
): true | ReadonlySet<string> {
  if (given === true) return true;
  const names = made ? [...made.operations.keys()] : messageTypes;
  return new Set(
    aList(`agent ${address} reentrant`, given).map((name) =>
      oneOf(`agent ${address} reentrant`, name, names),
    ),
  );
}

function keyedTopics(address: string): never {
  throw new HermodError(
    "HERMOD_BAD_OPTION",
    `agent ${address} is keyed and has topics: no instance is meant by a topic`,
    {
      hint: "Subscribe with another agent, which casts to the instance: ctx.cast(Contract.at(key), …).",
    },
  );
}

function misplacedInfo(address: string): never {
  throw new HermodError("HERMOD_BAD_OPTION", `agent ${address} has no option "info": it is made by name`, {
    details: { option: "info" },
    hint: "An agent by name takes notices in `on`: { on: { info: (notice, ctx) => … } }.",
  });
}

/** True for what `agent` made. */
export function isAgent(value: unknown): value is AgentDefinition {
  return (
    typeof value === "object" &&
    value !== null &&
    Object.isFrozen(value) &&
    (value as Partial<AgentDefinition>).handlers instanceof Map
  );
}

/** " Did you mean …?" for a handler name. */
export function suggestHandler(name: string, definition: AgentDefinition): string {
  return suggestion(name, definition.handlers.keys());
}
