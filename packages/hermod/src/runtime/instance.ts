/** Instance: one agent at work. */
import type { AgentDefinition } from "../agent/agent.ts";
import type { Address } from "../core/address.ts";
import type { Claim } from "../core/store.ts";
import type { Consumer } from "./dispatcher.ts";
import { AgentStatistics } from "./statistics.ts";

/** What begins the handling of a claimed message. */
export type Begin = (instance: Instance, claim: Claim) => void;

/** What a running delivery shows to its agent. */
export interface Running {
  readonly claim: Claim;
  /** Tells the handler to stop. */
  abort(reason: unknown): void;
}

/** One agent at work: its definition, what runs now, its state and its numbers. */
export class Instance implements Consumer {
  readonly definition: AgentDefinition;
  queued = false;
  claiming = false;
  stopped = false;
  /** Deliveries whose handler runs now; control messages do not take a place. */
  ordinary = 0;
  #running: Running[] | undefined;
  #statistics: AgentStatistics | undefined;
  /** The current state, once loaded, and the JSON and version it was last committed as. */
  state: unknown;
  committed: string | undefined;
  version = 0;
  loaded = false;
  /** Ends the watch on the mailbox. */
  unwatch: () => void = () => undefined;
  /** Called when nothing runs any more. */
  idle: (() => void) | undefined;
  /** Where replies to its calls go, made at its first call. */
  replyTo: Address | undefined;
  readonly #begin: Begin;

  constructor(definition: AgentDefinition, begin: Begin) {
    this.definition = definition;
    this.#begin = begin;
  }

  // Made when first needed: most of a hundred thousand agents are idle.

  get running(): Running[] {
    return (this.#running ??= []);
  }

  get statistics(): AgentStatistics {
    return (this.#statistics ??= new AgentStatistics());
  }

  /** True while a handler of it runs. */
  get busy(): boolean {
    return this.#running !== undefined && this.#running.length > 0;
  }

  get address(): Address {
    return this.definition.address;
  }

  get lease(): number {
    return this.definition.lease;
  }

  room(): number {
    return this.stopped ? -1 : this.definition.concurrency - this.ordinary;
  }

  take(claim: Claim): void {
    this.#begin(this, claim);
  }
}
