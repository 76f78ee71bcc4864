/**
 * Member: the place of one member of a pool. Of a broadcast pool it has a mailbox of its own; when it is to go, it works off
 * what waits there first, and gets no more.
 */
import type { PoolDefinition } from "../agent/pool.ts";
import type { Address } from "../core/address.ts";
import { AgentPost } from "./agentpost.ts";
import type { Agents } from "./agents.ts";
import type { Instance } from "./instance.ts";
import type { PoolLine } from "./poolline.ts";
import type { Parent } from "./post.ts";
import type { Registry } from "./registry.ts";

/** How long a member that is taken away may finish what it does. */
export const LAST_WORK = 25_000;

export class Member extends AgentPost {
  readonly #line: PoolLine;
  readonly #at: number;
  readonly #registry: Registry;
  #dry: (() => void) | undefined;

  constructor(
    definition: PoolDefinition,
    agents: Agents,
    parent: Parent,
    line: PoolLine,
    seat: { readonly at: number; readonly name: Address },
  ) {
    super(definition.member, agents, parent, {
      ...{ kind: "permanent", timeout: LAST_WORK, name: seat.name, isMember: true },
      ...(definition.balance !== "broadcast" && { line }),
    });
    this.#line = line;
    this.#at = seat.at;
    this.#registry = agents.parts.registry;
  }

  /** True once it is to go. */
  get isRetiring(): boolean {
    return this.#dry !== undefined;
  }

  /** True while it is there, and no handler of it runs. */
  get isIdle(): boolean {
    return this.instance !== undefined && !this.instance.stopped && !this.instance.busy;
  }

  override async start(): Promise<void> {
    if (this.instance === undefined) this.#registry.checkFree(this.name);
    await super.start();
  }

  /** It takes its place in line whenever it has started. */
  override adopt(instance: Instance): void {
    super.adopt(instance);
    if (this.#dry) instance.dry = this.#dry;
    else this.#line.put(this.#at, instance);
  }

  /** It is to go, and has no place in line any more; `dry` is told whenever its mailbox had nothing for it. */
  retire(dry: () => void): void {
    this.#dry = dry;
    if (this.instance) this.instance.dry = dry;
  }
}
