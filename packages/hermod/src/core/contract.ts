/**
 * Contract: an agent's typed messages, and its typed address. One value a user writes; all types are inferred from it, so
 * there is no registry and no code generation.
 */
import { toAgentName, type Address } from "./address.ts";
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

/** A call: what goes in and what comes out. */
export interface CallSpec extends OperationOptions {
  readonly in: AnySchema;
  readonly out: AnySchema;
}

/** A cast: a schema, or a schema with options. */
export type CastSpec = AnySchema | ({ readonly in: AnySchema } & OperationOptions);

/** The operations of a contract. */
export interface Groups {
  readonly calls?: Readonly<Record<string, CallSpec>>;
  readonly casts?: Readonly<Record<string, CastSpec>>;
}

type CallsOf<G> = G extends { readonly calls: infer C } ? C : Record<never, never>;
type CastsOf<G> = G extends { readonly casts: infer C } ? C : Record<never, never>;
// A schema first: zod's pipes have a property `in` of their own.
type CastSchema<S> = S extends AnySchema ? S : S extends { readonly in: infer I } ? I : never;

/** The inferred messages of a contract, one mapped type over all groups. */
export type Messages<G> = {
  readonly [Op in keyof CallsOf<G> | keyof CastsOf<G>]: Op extends keyof CallsOf<G>
    ? CallsOf<G>[Op] extends { readonly in: infer I; readonly out: infer O }
      ? { kind: "call"; send: InputOf<I>; receive: OutputOf<I>; answer: InputOf<O>; reply: OutputOf<O> }
      : never
    : Op extends keyof CastsOf<G>
      ? {
          kind: "cast";
          send: InputOf<CastSchema<CastsOf<G>[Op]>>;
          receive: OutputOf<CastSchema<CastsOf<G>[Op]>>;
        }
      : never;
};

/** One operation, checked and complete. */
export interface OperationSpec {
  readonly kind: "call" | "cast";
  readonly name: string;
  readonly in: Schema<unknown, unknown>;
  readonly out: Schema<unknown, unknown> | undefined;
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
  /** The inferred messages; for types only, absent at run time. */
  readonly messages?: Messages<G>;
}

/** Names of a contract's calls. */
export type CallName<M> = { [Op in keyof M]: M[Op] extends { kind: "call" } ? Op : never }[keyof M] & string;
/** Names of a contract's casts. */
export type CastName<M> = { [Op in keyof M]: M[Op] extends { kind: "cast" } ? Op : never }[keyof M] & string;

/**
 * A contract: `contract("critic", { calls: { review: { in, out } }, casts: { note: schema } })`, with any Standard Schema.
 * @throws HermodError HERMOD_BAD_ADDRESS, HERMOD_BAD_CONTRACT or HERMOD_BAD_OPTION naming what is wrong.
 */
export function contract<const G extends Groups>(name: string, groups: G): Contract<G> {
  const address = toAgentName(name, "contract name");
  checkOptions(`contract ${name}`, groups, ["calls", "casts"]);
  const operations = known.get(groups) ?? toOperations(name, groups);
  known.set(groups, operations);
  return Object.freeze({ name, address, operations });
}

/** Contracts made of the same groups share their operations: there may be a hundred thousand agents of one kind. */
const known = new WeakMap<Groups, ReadonlyMap<string, OperationSpec>>();

function toOperations(name: string, groups: Groups): ReadonlyMap<string, OperationSpec> {
  const operations = new Map<string, OperationSpec>();
  for (const [op, spec] of entries(name, "calls", groups.calls)) operations.set(op, toCall(name, op, spec));
  for (const [op, spec] of entries(name, "casts", groups.casts)) {
    if (operations.has(op)) wrong(name, op, "is both a call and a cast; give each its own name");
    operations.set(op, toCast(name, op, spec));
  }
  return operations;
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

function toCall(contractName: string, op: string, spec: CallSpec): OperationSpec {
  if (typeof spec !== "object" || spec === null || isSchema(spec))
    wrong(contractName, op, "needs { in, out }");
  checkOptions(`${contractName}.${op}`, spec, ["in", "out", ...operationOptions]);
  const out = schemaOf(contractName, op, "out", spec.out);
  return complete(contractName, op, "call", schemaOf(contractName, op, "in", spec.in), out, spec);
}

function toCast(contractName: string, op: string, spec: CastSpec): OperationSpec {
  if (isSchema(spec)) return complete(contractName, op, "cast", spec as Schema, undefined, {});
  checkOptions(`${contractName}.${op}`, spec, ["in", ...operationOptions]);
  const { in: schema, ...options } = spec as { in: AnySchema } & OperationOptions;
  return complete(contractName, op, "cast", schemaOf(contractName, op, "in", schema), undefined, options);
}

function complete(
  contractName: string,
  name: string,
  kind: "call" | "cast",
  input: Schema,
  out: Schema | undefined,
  options: OperationOptions,
): OperationSpec {
  const label = `${contractName}.${name}`;
  const { delivery = kind === "call" ? "at-most-once" : "at-least-once", priority = "normal" } = options;
  return Object.freeze({
    kind,
    name,
    in: input,
    out,
    timeout: options.timeout === undefined ? undefined : toMs(options.timeout, `${label} timeout`),
    delivery: oneOf(`${label} delivery`, delivery, deliveryModes),
    priority: toPriority(priority),
    retry: options.retry === undefined ? undefined : toRetryPolicy(options.retry),
  });
}

function schemaOf(contractName: string, op: string, which: "in" | "out", schema: unknown): Schema {
  return isSchema(schema) ? schema : wrong(contractName, op, `needs a Standard Schema as \`${which}\``);
}

function wrong(contractName: string, op: string, rule: string): never {
  throw new HermodError(
    "HERMOD_BAD_CONTRACT",
    `contract ${contractName}: operation ${JSON.stringify(op)} ${rule}`,
    {
      details: { contract: contractName, operation: op },
    },
  );
}
