/**
 * Contract: an agent's typed messages, and its typed address. One value a user writes; all types are inferred from it, so
 * there is no registry and no code generation.
 */
import { keyedAddress, mailboxOf, toAgentName, type Address } from "./address.ts";
import { toMs, type Duration } from "./duration.ts";
import {
  deliveryModes,
  toPriority,
  type DeliveryMode,
  type Priority,
  type PriorityName,
} from "./envelope.ts";
import { HermodError } from "./errors.ts";
import { checkOptions, namesOf, oneOf } from "./options.ts";
import { toRetryPolicy, type RetryOptions, type RetryPolicy } from "./retry.ts";
import { isSchema, type InputOf, type OutputOf, type Schema } from "./schema.ts";
import { toTopicName } from "./topic.ts";

/** Defaults of one operation, each overridden by the options of a single send. */
export interface OperationOptions {
  /** How often and how soon a failed delivery is tried again. */
  readonly retry?: RetryOptions;
  /** Longest wait of a caller (default "30s"), or time to live of a cast (default none). */
  readonly timeout?: Duration;
  /** Default "at-most-once" for calls, "at-least-once" for casts. */
  readonly delivery?: DeliveryMode;
  /** Default "normal". */
  readonly priority?: PriorityName | Priority;
}

type AnySchema = Schema<unknown, unknown>;

/** A call: what goes in, what comes out, and what comes in parts before where its handler is a generator. */
export interface CallSpec extends OperationOptions {
  readonly in: AnySchema;
  readonly out: AnySchema;
  readonly chunk?: AnySchema;
}

/** A cast: a schema, or a schema with options. */
export type CastSpec = AnySchema | ({ readonly in: AnySchema } & OperationOptions);

/** The operations of a contract. */
export interface Groups {
  readonly calls?: Readonly<Record<string, CallSpec>>;
  readonly casts?: Readonly<Record<string, CastSpec>>;
  /** What the agent tells whoever wants to know: the event `drafted` of `writer` is published as `writer.drafted`. */
  readonly events?: Readonly<Record<string, CastSpec>>;
}

type CallsOf<G> = G extends { readonly calls: infer C } ? C : Record<never, never>;
type CastsOf<G> = G extends { readonly casts: infer C } ? C : Record<never, never>;
type EventsOf<G> = G extends { readonly events: infer E } ? E : Record<never, never>;

/** What a call sends, receives and answers, and what its handler yields as a task. */
export type CallTypes<I, O, C> = {
  kind: "call";
  send: InputOf<I>;
  receive: OutputOf<I>;
  answer: InputOf<O>;
  reply: OutputOf<O>;
  yields: C extends AnySchema ? InputOf<C> : unknown;
  chunk: C extends AnySchema ? OutputOf<C> : unknown;
};

/** What a cast or event sends and receives. A schema first: zod's pipes have a property `in` of their own. */
export type CastTypes<Kind, S> = S extends AnySchema
  ? { kind: Kind; send: InputOf<S>; receive: OutputOf<S> }
  : S extends { readonly in: infer I }
    ? { kind: Kind; send: InputOf<I>; receive: OutputOf<I> }
    : never;

/** The inferred messages of a contract, one mapped type over all groups. */
export type Messages<G> = {
  readonly [Op in keyof CallsOf<G> | keyof CastsOf<G> | keyof EventsOf<G>]: Op extends keyof CallsOf<G>
    ? CallsOf<G>[Op] extends { readonly in: infer I; readonly out: infer O }
      ? CallTypes<I, O, CallsOf<G>[Op] extends { readonly chunk: infer C } ? C : undefined>
      : never
    : Op extends keyof CastsOf<G>
      ? CastTypes<"cast", CastsOf<G>[Op]>
      : Op extends keyof EventsOf<G>
        ? CastTypes<"event", EventsOf<G>[Op]>
        : never;
};

/** One operation, event or topic, checked and complete. */
export interface OperationSpec {
  readonly kind: "call" | "cast" | "event";
  readonly name: string;
  readonly in: Schema<unknown, unknown>;
  readonly out: Schema<unknown, unknown> | undefined;
  /** What its handler yields, where the contract says so. */
  readonly chunk: Schema<unknown, unknown> | undefined;
  readonly timeout: number | undefined;
  readonly delivery: DeliveryMode;
  readonly priority: Priority;
  /** Absent where the agent's own policy holds. */
  readonly retry: RetryPolicy | undefined;
}

/** An agent's typed messages and its typed address. */
export interface Contract<G extends Groups = Groups> {
  readonly name: string;
  readonly address: Address;
  readonly operations: ReadonlyMap<string, OperationSpec>;
  readonly events: ReadonlyMap<string, OperationSpec>;
  /**
   * The instance with this key, where the agent is keyed: `Writer.at("user-42")`.
   * @throws HermodError HERMOD_BAD_ADDRESS for a key that is empty, too long, or holds more than letters, digits and `_ . : / @ + -`.
   */
  at(key: string): Contract<G>;
  /** The inferred messages; for types only, absent at run time. */
  readonly messages?: Messages<G>;
}

class Declared<G extends Groups> implements Contract<G> {
  readonly name: string;
  readonly address: Address;
  readonly operations: ReadonlyMap<string, OperationSpec>;
  readonly events: ReadonlyMap<string, OperationSpec>;

  constructor(name: string, address: Address, { operations, events }: Specs) {
    this.name = name;
    this.address = address;
    this.operations = operations;
    this.events = events;
    Object.freeze(this);
  }

  at(key: string): Contract<G> {
    const base = mailboxOf(this.address);
    return new Declared(this.name, keyedAddress(base, key), this);
  }
}

/** Names of a contract's calls. */
export type CallName<M> = { [Op in keyof M]: M[Op] extends { kind: "call" } ? Op : never }[keyof M] & string;
/** Names of a contract's casts. */
export type CastName<M> = { [Op in keyof M]: M[Op] extends { kind: "cast" } ? Op : never }[keyof M] & string;
/** Names of a contract's events. */
export type EventName<M> = { [Op in keyof M]: M[Op] extends { kind: "event" } ? Op : never }[keyof M] &
  string;

/**
 * A contract: `contract("critic", { calls: { review: { in, out } }, casts: { note: schema } })`, with any Standard Schema.
 * @throws HermodError HERMOD_BAD_ADDRESS, HERMOD_BAD_CONTRACT or HERMOD_BAD_OPTION naming what is wrong.
 */
export function contract<const G extends Groups>(name: string, groups: G): Contract<G> {
  const address = toAgentName(name, "contract name");
  checkOptions(`contract ${name}`, groups, ["calls", "casts", "events"]);
  const specs = known.get(groups) ?? toSpecs(name, groups);
  known.set(groups, specs);
  return new Declared(name, address, specs);
}

type Specs = Pick<Contract, "operations" | "events">;

/** Contracts made of the same groups share their operations: there may be a hundred thousand agents of one kind. */
const known = new WeakMap<Groups, Specs>();

function toSpecs(name: string, groups: Groups): Specs {
  const all = new Map<string, OperationSpec>();
  const add = (op: string, spec: OperationSpec): void => {
    const other = all.get(op);
    if (other)
      wrong(name, op, `is declared twice, as ${other.kind} and as ${spec.kind}; give each its own name`);
    all.set(op, spec);
  };
  for (const [op, spec] of entries(name, "calls", groups.calls)) add(op, toCall(name, op, spec));
  for (const [op, spec] of entries(name, "casts", groups.casts)) add(op, toCast(name, op, "cast", spec));
  for (const [op, spec] of entries(name, "events", groups.events)) add(op, toEvent(name, op, spec));
  const events = [...all].filter(([, { kind }]) => kind === "event");
  const operations = [...all].filter(([, { kind }]) => kind !== "event");
  return { operations: new Map(operations), events: new Map(events) };
}

/** True for what `contract` made. */
export function isContract(value: unknown): value is Contract {
  return (
    typeof value === "object" && value !== null && (value as Partial<Contract>).operations instanceof Map
  );
}

const operationOptions = ["retry", "timeout", "delivery", "priority"] as const;
const OPERATION = /^[\p{L}\p{N}_][\p{L}\p{N}_.:-]{0,99}$/u;

function entries<T>(
  name: string,
  which: keyof Groups,
  group: Readonly<Record<string, T>> | undefined,
): [string, T][] {
  if (group === undefined) return [];
  const names = namesOf(`contract ${name} ${which}`, group);
  for (const op of names) if (!OPERATION.test(op)) wrong(name, op, "is no valid operation name");
  return names.map((op) => [op, group[op] as T]);
}

/** A call, as it stands in a contract or behind a topic. */
export function toCall(contractName: string, op: string, spec: CallSpec): OperationSpec {
  if (typeof spec !== "object" || spec === null || isSchema(spec))
    wrong(contractName, op, "needs { in, out }");
  checkOptions(`${contractName}.${op}`, spec, ["in", "out", "chunk", ...operationOptions]);
  const out = schemaOf(contractName, op, "out", spec.out);
  const chunk = spec.chunk === undefined ? undefined : schemaOf(contractName, op, "chunk", spec.chunk);
  return complete(contractName, op, "call", schemaOf(contractName, op, "in", spec.in), { out, chunk }, spec);
}

/** A cast or event. */
export function toCast(
  contractName: string,
  op: string,
  kind: "cast" | "event",
  spec: CastSpec,
): OperationSpec {
  if (isSchema(spec)) return complete(contractName, op, kind, spec as Schema, noAnswer, {});
  checkOptions(`${contractName}.${op}`, spec, ["in", ...operationOptions]);
  const { in: schema, ...options } = spec as { in: AnySchema } & OperationOptions;
  return complete(contractName, op, kind, schemaOf(contractName, op, "in", schema), noAnswer, options);
}

/** An event is published under its contract's name, so its own must be one token. */
function toEvent(contractName: string, op: string, spec: CastSpec): OperationSpec {
  if (op.includes(".")) wrong(contractName, op, "is an event, whose name has no dots");
  toTopicName(`${contractName}.${op}`);
  return toCast(contractName, op, "event", spec);
}

const noAnswer = Object.freeze({ out: undefined, chunk: undefined });

function complete(
  contractName: string,
  name: string,
  kind: OperationSpec["kind"],
  input: Schema,
  { out, chunk }: Pick<OperationSpec, "out" | "chunk">,
  options: OperationOptions,
): OperationSpec {
  const label = `${contractName}.${name}`;
  const { delivery = kind === "call" ? "at-most-once" : "at-least-once", priority = "normal" } = options;
  return Object.freeze({
    kind,
    name,
    in: input,
    out,
    chunk,
    timeout: options.timeout === undefined ? undefined : toMs(options.timeout, `${label} timeout`),
    delivery: oneOf(`${label} delivery`, delivery, deliveryModes),
    priority: toPriority(priority),
    retry: options.retry === undefined ? undefined : toRetryPolicy(options.retry),
  });
}

function schemaOf(contractName: string, op: string, which: "in" | "out" | "chunk", schema: unknown): Schema {
  return isSchema(schema) ? schema : wrong(contractName, op, `needs a Standard Schema as \`${which}\``);
}

/** Stands for the contract where a topic is declared by itself. */
export const TOPIC = "topic ";

function wrong(contractName: string, op: string, rule: string): never {
  const what = contractName === TOPIC ? "topic" : `contract ${contractName}: operation`;
  throw new HermodError("HERMOD_BAD_CONTRACT", `${what} ${JSON.stringify(op)} ${rule}`, {
    details: { contract: contractName, operation: op },
  });
}
