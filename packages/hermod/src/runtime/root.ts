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
import { toRecord } from "../core/errors.ts";
import type { Exit } from "../core/supervision.ts";
import { AgentPost } from "./agentpost.ts";
import type { Agents } from "./agents.ts";
import type { Instance } from "./instance.ts";
import { notRunning } from "./pauses.ts";
import type { LineParts } from "./poolline.ts";
import { PoolPost } from "./poolpost.ts";
import type { ChildStatus, Parent, Post } from "./post.ts";
import { SupervisorNode, type NodeParts } from "./supervisornode.ts";

/** What a failed part of the system left behind. */
export interface SystemFailure {
  /** The agent, pool or supervisor that was restarted too often. */
  readonly supervisor: Address;
  /** Why: a FailedError whose `cause` is that of the last crash. */
  readonly error: unknown;
}

/** What a root needs. */
export type RootParts = Pick<NodeParts, "clock" | "reports" | "incidents"> & LineParts;

/** What was started, to be named when it is to be stopped: its name may be somebody else's by then. */
export type Hold = SupervisorNode | Instance;

const TERMS = { kind: "transient", timeout: 5000 } as const;

export class Root implements Parent {
  /** Fulfilled when something was restarted too often, or with undefined when the system closes. */
  readonly failed: Promise<SystemFailure | undefined>;
  readonly #settle: (failure: SystemFailure | undefined) => void;
  readonly #agents: Agents;
  readonly #parts: RootParts;
  /** Agents that stand alone get a supervisor of their own when they first need it. */
  readonly #nodes = new Map<Address, SupervisorNode>();
  /** The instances for which agents that stood alone were given their supervisors. */
  readonly #firsts = new WeakMap<SupervisorNode, Instance>();
  /** What was restarted too often, until its name is started again. */
  readonly #failures = new Map<Address, ChildStatus>();
  #isEnding = false;

  constructor(agents: Agents, parts: RootParts) {
    const { promise, resolve } = Promise.withResolvers<SystemFailure | undefined>();
    this.failed = promise;
    this.#settle = resolve;
    this.#agents = agents;
    this.#parts = parts;
  }

  /** Starts an agent, a pool or a supervisor with its children. */
  async start(definition: Definition): Promise<Hold> {
    const { registry } = this.#agents.parts;
    for (const name of namesIn(definition)) registry.checkFree(name);
    this.#failures.delete(definition.address);
    if (isAgent(definition) && !definition.upkeep.init && !definition.upkeep.health)
      return this.#startAlone(definition);
    const node = this.#nodeOf(definition);
    this.#nodes.set(definition.address, node);
    registry.reserve(namesIn(definition));
    try {
      await node.start();
      return node;
    } catch (error) {
      this.#nodes.delete(definition.address);
      this.#free(namesIn(definition));
      throw error;
    }
  }

  /** Adds a child to a supervisor, and starts it. */
  async add(child: ChildDefinition, node: SupervisorNode): Promise<void> {
    const { registry } = this.#agents.parts;
    const names = namesIn(child.definition);
    for (const name of names) registry.checkFree(name);
    registry.reserve(names);
    try {
      await node.add(this.postOf(child, node));
    } catch (error) {
      this.#free(names);
      throw error;
    }
  }

  /** The node of a name, where it has one. */
  node(name: Address): SupervisorNode | undefined {
    return this.#nodes.get(name);
  }

  /** Stops what was started, if it still runs; its mailboxes and states are forgotten unless they are to stay. */
  async stop(name: Address, hold: Hold, timeout: number, forget = true): Promise<void> {
    const node = this.#nodes.get(name);
    if (node === undefined) return this.#stopAlone(name, hold, timeout, forget);
    if (node !== hold && this.#firsts.get(node) !== hold) return;
    this.#nodes.delete(name);
    try {
      await node.stop(timeout);
      if (forget && !this.#isEnding) await node.forget();
    } finally {
      this.#free(node.names);
    }
  }

  /** Forgets the mailbox of an agent that was stopped before, unless its name is taken again. */
  async forget(address: Address): Promise<void> {
    const { registry } = this.#agents.parts;
    if (this.#isEnding || registry.has(address) || this.#nodes.has(address)) return;
    await this.#agents.forget(address);
  }

  /** Stops a pool or supervisor, wherever it stands. */
  stopPlace(place: SupervisorNode, timeout: number): Promise<void> {
    const parent = this.#above(place);
    return parent ? parent.remove(place, timeout) : this.stop(place.name, place, timeout);
  }

  /**
   * Starts an agent, a member, all members of a pool, one after the other, or all below a supervisor again: as after a crash, but
   * it does not count against the intensity. @throws NoAgentError, or what the start failed with.
   */
  async restart(address: Address): Promise<void> {
    const { registry } = this.#agents.parts;
    const supervisor = this.supervisors.get(address);
    if (supervisor) return this.#above(supervisor)?.restart(supervisor) ?? supervisor.renew();
    const instance = registry.instance(address);
    if (instance?.exited === this.#exitedAlone) this.#provide(instance);
    const post = [...this.#nodes.values()].flatMap(postsIn).find(({ name }) => name === address);
    if (post === undefined) throw notRunning(address, registry);
    const posts = post instanceof PoolPost ? (post.children as AgentPost[]) : [post];
    for (const each of [...posts]) await this.#above(each)?.restart(each);
  }

  /** The pools that run. */
  get pools(): ReadonlyMap<Address, PoolPost> {
    const all = [...this.#nodes.values()].flatMap(poolsIn);
    return new Map(all.map((pool) => [pool.name, pool]));
  }

  /** The supervisors that run. */
  get supervisors(): ReadonlyMap<Address, SupervisorNode> {
    const all = [...this.#nodes.values()].filter((node) => !isSolo(node)).flatMap(supervisorsIn);
    return new Map(all.map((node) => [node.name, node]));
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
    return [...nodes, ...alone.map(statusOf), ...this.#failures.values()];
  }

  exited(child: Post, _: Exit, error: unknown): void {
    const { reports, incidents } = this.#parts;
    const supervisor = child.name;
    incidents.note("failed", supervisor, error);
    const whole = child.status();
    const status = isSolo(child) ? (whole.children?.[0] ?? whole) : whole;
    this.#failures.set(supervisor, { ...status, state: "failed", error: toRecord(error) });
    this.#nodes.delete(supervisor);
    this.#free(child.names);
    if (reports.active) reports.emit({ type: "system.failed", supervisor, error });
    this.#settle({ supervisor, error });
  }

  /** From now on nothing is started again. */
  end(): void {
    this.#isEnding = true;
    for (const node of this.#nodes.values()) node.rest();
    this.#settle(undefined);
  }

  #above(place: Post): SupervisorNode | undefined {
    return [...this.#nodes.values()].map((node) => parentOf(place, node)).find((node) => node);
  }

  async #startAlone(definition: AgentDefinition): Promise<Instance> {
    const { address } = definition;
    try {
      const seated = (instance: Instance): void => void (instance.exited = this.#exitedAlone);
      return await this.#agents.start(definition, { address, seated });
    } catch (error) {
      this.#free([address]);
      throw error;
    }
  }

  async #stopAlone(address: Address, hold: Hold, timeout: number, forget: boolean): Promise<void> {
    const { registry } = this.#agents.parts;
    const instance = registry.instance(address);
    if (instance !== hold || instance?.exited !== this.#exitedAlone) return;
    registry.reserve([address]);
    try {
      await this.#agents.stop(instance, timeout);
      await this.#agents.leave(instance, false);
      if (forget && !this.#isEnding) await this.#agents.forget(address);
    } finally {
      this.#free([address]);
    }
  }

  /** One function for all agents that stand alone: a hundred thousand of them never need more. */
  readonly #exitedAlone = (instance: Instance, exit: Exit, error: unknown, message: string): void => {
    if (!this.#isEnding) void this.#provide(instance).ended(exit, error, message);
  };

  /** Gives an agent that stands alone a supervisor of its own. */
  #provide(instance: Instance): AgentPost {
    const { definition } = instance;
    const node = this.#nodeOf(definition);
    this.#nodes.set(definition.address, node);
    this.#firsts.set(node, instance);
    this.#agents.parts.registry.reserve(node.names);
    node.state = "running";
    const post = node.children[0] as AgentPost;
    post.adopt(instance);
    return post;
  }

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
    const { address: name, strategy, intensity, most } = definition;
    const { kind, timeout } = child;
    const node = new SupervisorNode(
      { name, strategy, intensity, most, kind, timeout },
      this.#nodeParts,
      parent,
    );
    for (const each of definition.children) node.children.push(this.postOf(each, node));
    return node;
  }

  #pool(child: ChildDefinition, definition: PoolDefinition, parent: Parent): PoolPost {
    return new PoolPost(definition, this.#agents, { ...this.#parts, ...this.#nodeParts }, parent, child);
  }

  get #nodeParts(): NodeParts {
    const { clock, reports, incidents } = this.#parts;
    const dropped = (child: Post): void => this.#free(child.names);
    return { clock, reports, incidents, dropped, isEnding: () => this.#isEnding };
  }

  /** What bore these names is gone, with its breakers. */
  #free(names: readonly Address[]): void {
    const { registry, breakers, pauses } = this.#agents.parts;
    registry.release(names);
    for (const name of names) {
      breakers.forget(name);
      pauses.forget(name);
    }
  }
}

/** True for the supervisor that an agent which stands alone was given. */
function isSolo(node: Post): boolean {
  return node instanceof SupervisorNode && node.type === "supervisor" && node.children[0]?.name === node.name;
}

function supervisorsIn(post: Post): SupervisorNode[] {
  if (!(post instanceof SupervisorNode) || post.type !== "supervisor") return [];
  return [post, ...post.children.flatMap(supervisorsIn)];
}

function poolsIn(post: Post): PoolPost[] {
  if (post instanceof PoolPost) return [post];
  return post instanceof SupervisorNode ? post.children.flatMap(poolsIn) : [];
}

/** The agents, members and pools at a place and below it. */
function postsIn(post: Post): (AgentPost | PoolPost)[] {
  if (post instanceof AgentPost) return [post];
  if (!(post instanceof SupervisorNode)) return [];
  const below = post.children.flatMap(postsIn);
  return post instanceof PoolPost ? [post, ...below] : below;
}

/** The supervisor right above a place, below a given one. */
function parentOf(post: Post, node: Post): SupervisorNode | undefined {
  if (!(node instanceof SupervisorNode)) return undefined;
  if (node.children.includes(post)) return node;
  return node.children.map((child) => parentOf(post, child)).find((found) => found);
}

function statusOf({ address: name, paused, startedAt }: Instance): ChildStatus {
  const kind = { type: "agent", restart: TERMS.kind, state: "running" } as const;
  const status = { name, ...kind, restarts: 0, startedAt };
  return paused ? { ...status, paused } : status;
}
