/** PoolPost: the place of a pool: a supervisor of its members, which can be made more or fewer while it runs. */
import { toSize, type PoolDefinition } from "../agent/pool.ts";
import type { Address } from "../core/address.ts";
import { HermodError } from "../core/errors.ts";
import type { RestartKind } from "../core/supervision.ts";
import { AgentPost } from "./agentpost.ts";
import type { Agents } from "./agents.ts";
import { ask } from "./asking.ts";
import type { Instance } from "./instance.ts";
import { PoolLine, type LineParts } from "./poolline.ts";
import type { Parent, Post } from "./post.ts";
import type { Registry } from "./registry.ts";
import { SupervisorNode, type NodeParts } from "./supervisornode.ts";

/** How long a member that is taken away may finish what it does. */
const LAST_WORK = 25_000;

export class PoolPost extends SupervisorNode {
  override readonly type = "pool";
  readonly line: PoolLine;
  readonly #definition: PoolDefinition;
  readonly #agents: Agents;
  /** True while the user's router knows of it. */
  #isRegistered = false;

  constructor(
    definition: PoolDefinition,
    agents: Agents,
    parts: NodeParts & LineParts,
    parent: Parent,
    terms: { readonly kind: RestartKind; readonly timeout: number },
  ) {
    const { address: name, intensity } = definition;
    super({ name, strategy: "one-for-one", intensity, ...terms }, { ...parts, emptied: undefined }, parent);
    this.#definition = definition;
    this.#agents = agents;
    this.line = new PoolLine(definition, parts);
    for (let at = 0; at < definition.size; at++) this.children.push(this.#member(at));
  }

  protected override async begin(): Promise<void> {
    const { registry, store, dispatcher, routing } = this.#agents.parts;
    const { line } = this;
    registry.addLine(line);
    line.stopped = false;
    try {
      await this.#agents.openMailbox(
        line.address,
        line.rule,
        this.#isBroadcast ? { topics: [] } : this.#definition.member,
      );
      await super.begin();
    } catch (error) {
      registry.removeLine(line);
      throw error;
    }
    line.unwatch = store.watch(line.address, () => dispatcher.ready(line));
    this.#isRegistered = true;
    routing.register(line.address);
    dispatcher.ready(line);
  }

  protected override async halt(timeout: number): Promise<void> {
    const { registry, store, dispatcher, routing } = this.#agents.parts;
    const { line } = this;
    line.stopped = true;
    line.unwatch();
    await dispatcher.answered();
    await super.halt(timeout);
    registry.removeLine(line);
    if (this.#isRegistered) routing.unregister(line.address);
    this.#isRegistered = false;
    await ask("withdraw", () => store.withdraw(line.address));
  }

  override async forget(): Promise<void> {
    await super.forget();
    await this.#agents.forget(this.line.address);
  }

  /** Makes the pool larger or smaller: who goes finishes what runs, and what waits is for those who stay. */
  resize(wanted: number): Promise<void> {
    const size = toSize(`pool ${this.name}`, wanted);
    return this.run(async () => {
      if (this.state !== "running") throw stoppedPool(this.name);
      if (size === this.line.size) return;
      await (size > this.line.size ? this.#grow(size) : this.#shrink(size));
      const { reports } = this.#agents.parts;
      if (reports.active) reports.emit({ type: "pool.resized", pool: this.name, size });
    });
  }

  async #grow(size: number): Promise<void> {
    const before = this.children.length;
    try {
      for (let at = before; at < size; at++) {
        const member = this.#member(at);
        await this.startOne(member);
        this.children.push(member);
      }
      await this.#adopt(size);
    } catch (error) {
      await this.#shrink(before);
      throw error;
    }
  }

  async #shrink(size: number): Promise<void> {
    const leaving = this.children.splice(size);
    // Those who go take nothing more from now on; by key the others must not take over before they have ended.
    try {
      await this.#adopt(size);
    } finally {
      for (const member of leaving.toReversed()) await this.#dismiss(member);
    }
  }

  async #dismiss(member: Post): Promise<void> {
    await member.stop(LAST_WORK);
    await member.forget();
    this.dropped(member);
  }

  /** From now on the mailbox is for so many. */
  async #adopt(size: number): Promise<void> {
    const { store, dispatcher } = this.#agents.parts;
    this.line.size = size;
    this.line.cut(size);
    if (this.#definition.balance === "key")
      await ask("announce", () => store.announce(this.line.address, this.line.rule));
    dispatcher.ready(this.line);
  }

  get #isBroadcast(): boolean {
    return this.#definition.balance === "broadcast";
  }

  #member(at: number): AgentPost {
    const { line } = this;
    return new Member(this.#definition.member, this.#agents, this, line, at, this.#isBroadcast);
  }
}

function stoppedPool(name: Address): HermodError {
  return new HermodError(
    "HERMOD_CLOSED",
    `pool ${name} was stopped, or has failed: it has no size any more`,
    {
      hint: "Start it again: system.spawn(pool(…)).",
    },
  );
}

/** A member, which takes its place in line whenever it has started. */
class Member extends AgentPost {
  readonly #line: PoolLine;
  readonly #at: number;
  readonly #registry: Registry;

  constructor(
    definition: PoolDefinition["member"],
    agents: Agents,
    parent: Parent,
    line: PoolLine,
    at: number,
    hasMailbox: boolean,
  ) {
    super(definition, agents, parent, {
      ...{ kind: "permanent", timeout: LAST_WORK, name: line.memberName(at), isMember: true },
      ...(!hasMailbox && { line }),
    });
    this.#line = line;
    this.#at = at;
    this.#registry = agents.parts.registry;
  }

  override async start(): Promise<void> {
    if (this.instance === undefined) this.#registry.checkFree(this.name);
    await super.start();
  }

  override adopt(instance: Instance): void {
    super.adopt(instance);
    this.#line.put(this.#at, instance);
  }
}
