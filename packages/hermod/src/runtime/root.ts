/** Root: what stands above everything that runs. It starts what it is given, and outlives it when it fails. */
import { isAgent, type AgentDefinition } from "../agent/agent.ts";
import { isPool, type PoolDefinition } from "../agent/pool.ts";
import {
  isSupervisor,
  namesIn,
  type ChildDefinition,
  type Definition,
  type SupervisorDefinition,
} from "../agent/supervisor.ts";
import type { Address } from "../core/address.ts";
import type { Exit } from "../core/supervision.ts";
import { AgentPost } from "./agentpost.ts";
import type { Agents } from "./agents.ts";
import type { Instance } from "./instance.ts";
import type { LineParts } from "./poolline.ts";
import { PoolPost } from "./poolpost.ts";
import type { ChildStatus, Parent, Post } from "./post.ts";
import { SupervisorNode, type NodeParts } from "./supervisornode.ts";

/** What a failed part of the system left behind. */
export interface SystemFailure {
  /** The agent, pool or supervisor that was restarted too often. */
  readonly supervisor: Address;
  readonly error: unknown;
}

const TERMS = { kind: "transient", timeout: 5000 } as const;

export class Root implements Parent {
  /** Fulfilled when something was restarted too often, or with undefined when the system closes. */
  readonly failed: Promise<SystemFailure | undefined>;
  readonly #settle: (failure: SystemFailure | undefined) => void;
  readonly #agents: Agents;
  readonly #parts: Omit<NodeParts, "isEnding" | "dropped"> & LineParts;
  /** Agents that stand alone get a supervisor of their own when they first need it. */
  readonly #nodes = new Map<Address, SupervisorNode>();
  #isEnding = false;

  constructor(agents: Agents, parts: Omit<NodeParts, "isEnding" | "dropped"> & LineParts) {
    const { promise, resolve } = Promise.withResolvers<SystemFailure | undefined>();
    this.failed = promise;
    this.#settle = resolve;
    this.#agents = agents;
    this.#parts = parts;
  }

  /** Starts an agent, a pool or a supervisor with its children. */
  async start(definition: Definition): Promise<void> {
    const { registry } = this.#agents.parts;
    for (const name of namesIn(definition)) registry.checkFree(name);
    if (isAgent(definition) && !definition.upkeep.init && !definition.upkeep.health)
      return this.#startAlone(definition);
    const node = this.#nodeOf(definition);
    this.#nodes.set(definition.address, node);
    registry.reserve(namesIn(definition));
    try {
      await node.start();
    } catch (error) {
      this.#remove(node, definition);
      throw error;
    }
  }

  /** The node of a name, where it has one. */
  node(name: Address): SupervisorNode | undefined {
    return this.#nodes.get(name);
  }

  /** Stops what was started under this name; its mailboxes and states are forgotten unless they are to stay. */
  async stop(definition: Definition, timeout: number, forget = true): Promise<void> {
    const node = this.#nodes.get(definition.address);
    if (node === undefined) return this.#stopAlone(definition.address, timeout, forget);
    this.#nodes.delete(definition.address);
    await node.end(timeout);
    this.#agents.parts.registry.release(namesOf(node));
    if (forget && !this.#isEnding) await node.forget();
  }

  /** Stops a pool, wherever it stands. */
  stopPool(pool: PoolPost, timeout: number): Promise<void> {
    const parent = [...this.#nodes.values()].map((node) => parentOf(pool, node)).find((node) => node);
    return parent ? parent.remove(pool, timeout) : this.stop(pool.line.definition, timeout);
  }

  /** The pools that run. */
  get pools(): ReadonlyMap<Address, PoolPost> {
    const all = [...this.#nodes.values()].flatMap(poolsIn);
    return new Map(all.map((pool) => [pool.name, pool]));
  }

  /** At the end of the system: nothing is served any more. */
  release(): void {
    const { registry } = this.#agents.parts;
    for (const line of registry.lines) line.unwatch();
    for (const instance of [...registry.instances]) this.#agents.release(instance);
  }

  /** All that runs, as plain data. */
  tree(): ChildStatus[] {
    const nodes = [...this.#nodes.values()].flatMap((node) =>
      isSolo(node) ? (node.status().children ?? []) : [node.status()],
    );
    const alone = [...this.#agents.parts.registry.instances].filter(
      ({ exited }) => exited === this.#exitedAlone,
    );
    return [...nodes, ...alone.map(({ address }) => statusOf(address))];
  }

  exited(child: Post, _: Exit, error: unknown): void {
    const { reports } = this.#parts;
    const supervisor = child.name;
    this.#nodes.delete(supervisor);
    this.#agents.parts.registry.release(namesOf(child));
    if (reports.active) reports.emit({ type: "system.failed", supervisor, error });
    this.#settle({ supervisor, error });
  }

  /** From now on nothing is started again. */
  end(): void {
    this.#isEnding = true;
    this.#settle(undefined);
  }

  async #startAlone(definition: AgentDefinition): Promise<void> {
    const instance = await this.#agents.start(definition, { address: definition.address });
    instance.exited = this.#exitedAlone;
  }

  async #stopAlone(address: Address, timeout: number, forget: boolean): Promise<void> {
    const instance = this.#agents.parts.registry.instance(address);
    if (instance?.exited !== this.#exitedAlone) return;
    await this.#agents.stop(instance, timeout);
    await this.#agents.leave(instance, false);
    if (forget && !this.#isEnding) await this.#agents.forget(address);
  }

  /** One function for all agents that stand alone: a hundred thousand of them never need more. */
  readonly #exitedAlone = (instance: Instance, exit: Exit, error: unknown): void => {
    if (this.#isEnding) return;
    const { definition } = instance;
    const node = this.#nodeOf(definition);
    this.#nodes.set(definition.address, node);
    node.state = "running";
    const post = node.children[0] as AgentPost;
    post.adopt(instance);
    void post.ended(exit, error);
  };

  #nodeOf(definition: Definition): SupervisorNode {
    if (isSupervisor(definition)) return this.#supervisor({ definition, ...TERMS }, definition, this);
    if (isPool(definition)) return this.#pool({ definition, ...TERMS }, definition, this);
    const rule = { name: definition.address, strategy: "one-for-one", intensity: {}, ...TERMS } as const;
    const node = new SupervisorNode(
      rule,
      { ...this.#nodeParts, emptied: () => this.#nodes.delete(rule.name) },
      this,
    );
    node.children.push(new AgentPost(definition, this.#agents, node, TERMS));
    return node;
  }

  /** The place of a child; it is not started. */
  postOf(child: ChildDefinition, parent: Parent): Post {
    const { definition } = child;
    if (isSupervisor(definition)) return this.#supervisor(child, definition, parent);
    if (isPool(definition)) return this.#pool(child, definition, parent);
    return new AgentPost(definition, this.#agents, parent, child);
  }

  #supervisor(child: ChildDefinition, definition: SupervisorDefinition, parent: Parent): SupervisorNode {
    const { address: name, strategy, intensity } = definition;
    const { kind, timeout } = child;
    const node = new SupervisorNode({ name, strategy, intensity, kind, timeout }, this.#nodeParts, parent);
    for (const each of definition.children) node.children.push(this.postOf(each, node));
    return node;
  }

  #pool(child: ChildDefinition, definition: PoolDefinition, parent: Parent): PoolPost {
    return new PoolPost(definition, this.#agents, { ...this.#parts, ...this.#nodeParts }, parent, child);
  }

  get #nodeParts(): NodeParts {
    const { clock, reports } = this.#parts;
    const dropped = (child: Post): void => this.#agents.parts.registry.release(namesOf(child));
    return { clock, reports, isEnding: () => this.#isEnding, dropped };
  }

  #remove(node: SupervisorNode, definition: Definition): void {
    if (this.#nodes.get(definition.address) === node) this.#nodes.delete(definition.address);
    this.#agents.parts.registry.release(namesIn(definition));
  }
}

/** True for the supervisor that an agent which stands alone was given. */
function isSolo(node: SupervisorNode): boolean {
  return node.type === "supervisor" && node.children[0]?.name === node.name;
}

/** The names in a part of the tree; those of the members of a pool are not kept. */
function namesOf(post: Post): Address[] {
  const children = post instanceof SupervisorNode && post.type === "supervisor" ? post.children : [];
  return [post.name, ...children.flatMap(namesOf)];
}

function poolsIn(post: Post): PoolPost[] {
  if (post instanceof PoolPost) return [post];
  return post instanceof SupervisorNode ? post.children.flatMap(poolsIn) : [];
}

/** The supervisor right above a place, below a given one. */
function parentOf(post: Post, node: Post): SupervisorNode | undefined {
  if (!(node instanceof SupervisorNode)) return undefined;
  if (node.children.includes(post)) return node;
  return node.children.map((child) => parentOf(post, child)).find((found) => found);
}

function statusOf(name: Address): ChildStatus {
  return { name, type: "agent", restart: TERMS.kind, state: "running", restarts: 0 };
}
