/** Agent: handlers and state behind one mailbox, as a user defines it. `start` and `spawn` make it run. */
import { toAgentName, type Address } from "../core/address.ts";
import type { OperationSpec } from "../core/contract.ts";
import { isContract } from "../core/contract.ts";
import type { Duration } from "../core/duration.ts";
import { toMs } from "../core/duration.ts";
import { messageTypes, type MessageType } from "../core/envelope.ts";
import { HermodError } from "../core/errors.ts";
import type { Maybe } from "../core/maybe.ts";
import { aFunction, checkOptions, oneOf, wholeNumber } from "../core/options.ts";
import { suggestion } from "../core/nearest.ts";
import { toRetryPolicy, type RetryOptions, type RetryPolicy } from "../core/retry.ts";
import { defaultMailboxRule, overflowRules, type MailboxRule, type OverflowRule } from "../core/store.ts";
import type { Context } from "./context.ts";
import type { MessagesOf, Target } from "./target.ts";

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
export interface AgentOptions<S> extends MailboxOptions {
  /** Messages handled at the same time; default 1. Above 1 an agent has no state. */
  readonly concurrency?: number;
  /** Makes the first state; it must be plain data. */
  readonly state?: () => S;
}

/** Handlers of a contract's operations; a call's handler returns the reply. */
export type Handlers<M, S> = {
  readonly [Op in keyof M]: M[Op] extends { kind: "call"; receive: infer I; answer: infer A }
    ? (input: I, ctx: Context<S>) => Maybe<A>
    : M[Op] extends { receive: infer I }
      ? (input: I, ctx: Context<S>) => unknown
      : never;
};

/** A handler of untyped messages; for a request or task its returned value answers. */
export type TypeHandler<S> = (payload: unknown, ctx: Context<S>) => unknown;

/** Handlers by message type, and `info` for notices of the system. */
export type TypeHandlers<S> = { readonly [T in MessageType | "info"]?: TypeHandler<S> };

/** An agent ready to be started, checked and complete. */
export interface AgentDefinition {
  readonly address: Address;
  /** The operations it knows; absent for an agent by message type. */
  readonly operations: ReadonlyMap<string, OperationSpec> | undefined;
  readonly handlers: ReadonlyMap<string, TypeHandler<never>>;
  readonly rule: MailboxRule;
  readonly retry: RetryPolicy;
  readonly lease: number;
  readonly concurrency: number;
  readonly state: (() => unknown) | undefined;
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
  const address = isContract(target) ? target.address : toAgentName(target);
  checkOptions(`agent ${address}`, options, ["on", "info", "state", "concurrency", ...mailboxOptions]);
  const operations = isContract(target) ? target.operations : undefined;
  if (operations === undefined && options.info !== undefined) misplacedInfo(address);
  const { concurrency = 1 } = options;
  wholeNumber(`agent ${address} concurrency`, concurrency, 1, 100_000);
  if (options.state !== undefined) checkState(address, options.state, concurrency);
  return Object.freeze({
    address,
    operations,
    handlers: toHandlers(address, operations, options.on, options.info),
    ...toMailbox(address, options),
    concurrency,
    state: options.state,
  });
}

export const mailboxOptions = ["capacity", "order", "lease", "retry"] as const;

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

function checkState(address: string, state: unknown, concurrency: number): void {
  aFunction(`agent ${address} state`, state);
  if (concurrency === 1) return;
  throw new HermodError("HERMOD_BAD_OPTION", `agent ${address} has state and concurrency ${concurrency}`, {
    hint: "State belongs to one handler at a time: drop `concurrency`, or keep the data outside.",
  });
}

function toHandlers(
  address: string,
  operations: ReadonlyMap<string, OperationSpec> | undefined,
  on: object,
  info: TypeHandler<never> | undefined,
): ReadonlyMap<string, TypeHandler<never>> {
  const known = operations ? [...operations.keys()] : [...messageTypes, "info"];
  checkOptions(`agent ${address} on`, on, known);
  const shared = tables.get(on);
  const complete = known.every((name) => operations === undefined || shared?.has(name));
  if (shared && info === undefined && complete && isTableOf(shared, on)) return shared;
  const handlers = new Map<string, TypeHandler<never>>();
  for (const [name, handler] of Object.entries(on))
    handlers.set(name, aFunction(`agent ${address} on.${name}`, handler));
  const missing = operations && known.filter((name) => !handlers.has(name));
  if (missing?.length) lacksHandlers(address, missing);
  if (operations && info !== undefined) handlers.set(NOTICE, aFunction(`agent ${address} info`, info));
  if (info === undefined) tables.set(on, handlers);
  return handlers;
}

/** Agents that are given the same handlers share one table: there may be a hundred thousand of a kind. */
const tables = new WeakMap<object, ReadonlyMap<string, TypeHandler<never>>>();

/** False once somebody has changed the object that the table was made from. */
function isTableOf(table: ReadonlyMap<string, TypeHandler<never>>, on: object): boolean {
  const handlers = Object.entries(on);
  return handlers.length === table.size && handlers.every(([name, handler]) => table.get(name) === handler);
}

/** The key of a typed agent's notice handler: no operation can have this name. */
export const NOTICE = "~info";

function lacksHandlers(address: string, missing: readonly string[]): never {
  throw new HermodError("HERMOD_BAD_OPTION", `agent ${address} has no handler for ${missing.join(", ")}`, {
    details: { missing },
    hint: `Add to \`on\`: ${missing.map((name) => `${name}: (input, ctx) => …`).join(", ")}`,
  });
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
