/** Offer: what an agent can be asked, as plain data: the operations of its contract with what their schemas say of themselves. */
import type { AgentDefinition } from "../agent/agent.ts";
import { NOTICE } from "../agent/handling.ts";
import type { Address } from "../core/address.ts";
import type { BreakerPolicy } from "../core/breaker.ts";
import { Copier } from "../core/codec.ts";
import type { OperationSpec } from "../core/contract.ts";
import { digest } from "../core/id.ts";
import { toJsonSchema } from "../core/jsonschema.ts";
import type { JsonSchema } from "../core/model.ts";
import type { RetryPolicy } from "../core/retry.ts";
import type { Schema } from "../core/schema.ts";

/** One operation, or an event that the agent publishes. */
export interface OfferedOperation {
  readonly name: string;
  readonly kind: OperationSpec["kind"];
  /** What the schema of its input says that it is for. */
  readonly description?: string;
  /** JSON Schemas (2020-12); absent where the schema cannot say it, or is too large to be told. */
  readonly in?: JsonSchema;
  readonly out?: JsonSchema;
}

/** What an agent, or each member of a pool, takes. */
export interface AgentOffer {
  readonly agent: Address;
  /** Absent for an agent by message type. */
  readonly contract?: string;
  /** In the order of the contract, events last; at most 200. */
  readonly operations: readonly OfferedOperation[];
  /** Message types that it takes, where it has no contract. */
  readonly types: readonly string[];
  /** The topics that it listens to; at most 200. */
  readonly topics: readonly string[];
  /** True where a message is for one of its instances: "writer#user-42". */
  readonly keyed: boolean;
  /** How many messages it handles at the same time. */
  readonly concurrency: number;
  /** Stands for what it takes and gives, as far as its schemas tell: other schemas, another version. */
  readonly version: string;
  /** How it was set up, its defaults too. */
  readonly config: AgentConfig;
}

/** How an agent was set up; times in milliseconds, and what has no bound is absent. */
export interface AgentConfig {
  readonly busy: string;
  /** What is handled one after the other: "none", "conversation" or "key". */
  readonly apart: string;
  readonly idle?: number;
  readonly order: string;
  readonly overflow: string;
  /** Most messages and bytes that may wait in its mailbox. */
  readonly count?: number;
  readonly bytes?: number;
  readonly lease: number;
  readonly retry: RetryPolicy;
  /** Whether it keeps a state. */
  readonly state: boolean;
  readonly breaker?: BreakerPolicy;
  /** How often its health is checked. */
  readonly health?: number;
}

/** Most operations and topics; most that the schemas of one offer may hold, so that it fits into an answer. */
const MOST = 200;
const ROOM = { size: 100_000, keys: 4000 };
/** Bounds of one schema. */
const LIMITS = { size: 32_000, depth: 40, keys: 1000 };

/** What a definition offers. */
export function offerOf(agent: Address, definition: AgentDefinition): AgentOffer {
  const { contract, handlers, topics, work } = definition;
  const told = new Telling();
  const specs = contract ? [...contract.operations.values(), ...contract.events.values()] : [];
  const operations = specs.slice(0, MOST).map((spec) => told.operation(spec));
  return {
    agent,
    ...(contract && { contract: contract.name }),
    operations,
    types: contract ? [] : [...handlers.keys()].filter((type) => type !== "info" && type !== NOTICE),
    topics: topics.slice(0, MOST).map(({ pattern }) => pattern),
    keyed: work.apart === "key",
    concurrency: work.concurrency,
    version: digest(JSON.stringify([operations, [...handlers.keys()]])).slice(0, 8),
    config: configOf(definition),
  };
}

function configOf({ work, rule, retry, lease, state, upkeep }: AgentDefinition): AgentConfig {
  const { idle, busy, apart } = work;
  const { count, bytes, order, overflow } = rule;
  const bounds = Object.entries({ idle, count, bytes }).filter(([, most]) => most < Infinity);
  return {
    ...{ busy, apart, order, overflow, lease, retry, state: state !== undefined },
    ...Object.fromEntries(bounds),
    ...(upkeep.breaker && { breaker: upkeep.breaker }),
    ...(upkeep.health && { health: upkeep.health.every }),
  };
}

/** Tells schemas as long as there is room. */
class Telling {
  readonly #copier = new Copier(LIMITS, "schema");
  #size = 0;
  #keys = 0;

  operation({ name, kind, in: input, out }: OperationSpec): OfferedOperation {
    const given = this.#schema(input);
    const answer = out && this.#schema(out);
    const description = given?.["description"];
    return {
      ...{ name, kind },
      ...(typeof description === "string" && { description: description.slice(0, 1000) }),
      ...(given && { in: given }),
      ...(answer && { out: answer }),
    };
  }

  #schema(schema: Schema): JsonSchema | undefined {
    const told = toJsonSchema(schema);
    if (told === undefined) return undefined;
    try {
      const copy = this.#copier.copy(told);
      const keys = keysOf(copy);
      if (this.#size + this.#copier.size > ROOM.size || this.#keys + keys > ROOM.keys) return undefined;
      this.#size += this.#copier.size;
      this.#keys += keys;
      return copy;
    } catch {
      // What is no plain data, or too much of it, is not told: its input is written by hand.
      return undefined;
    }
  }
}

function keysOf(value: unknown): number {
  if (typeof value !== "object" || value === null) return 1;
  return Object.values(value).reduce((sum: number, each) => sum + keysOf(each), 1);
}
