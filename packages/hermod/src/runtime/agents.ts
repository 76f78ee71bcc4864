/** Agents: how one agent is started, stopped and taken down. When that happens is decided by its supervisor. */
import type { AgentDefinition } from "../agent/agent.ts";
import type { Address } from "../core/address.ts";
import type { Clock } from "../core/clock.ts";
import { HermodError, describe } from "../core/errors.ts";
import type { Crash } from "../core/retry.ts";
import type { MailboxRule, Store } from "../core/store.ts";
import { ask } from "./asking.ts";
import type { Breakers } from "./breakers.ts";
import type { Deliverer } from "./deliver.ts";
import type { Dispatcher } from "./dispatcher.ts";
import type { Ending } from "./ending.ts";
import type { Heartbeat } from "./heartbeat.ts";
import type { Host } from "./host.ts";
import type { Incidents } from "./incidents.ts";
import { Instance } from "./instance.ts";
import type { Pauses } from "./pauses.ts";
import type { PoolLine } from "./poolline.ts";
import type { Registry } from "./registry.ts";
import type { Reports } from "./reports.ts";
import type { Routing } from "./routing.ts";

/** What agents need. */
export interface AgentParts {
  readonly clock: Clock;
  readonly store: Store;
  /** The system's own address. */
  readonly self: Address;
  readonly registry: Registry;
  readonly reports: Reports;
  readonly incidents: Incidents;
  readonly dispatcher: Dispatcher;
  readonly deliverer: Deliverer;
  readonly heartbeat: Heartbeat;
  readonly breakers: Breakers;
  readonly pauses: Pauses;
  readonly routing: Routing;
  readonly ending: Ending;
  readonly host: Host;
  /** @throws HermodError HERMOD_CLOSED when the system ends. */
  readonly checkIntake: () => void;
}

/** Where an agent stands: alone, or as the member of a pool. */
export interface Stand {
  readonly address: Address;
  /** The pool that claims for it; absent for an agent with a mailbox of its own. */
  readonly line?: PoolLine | undefined;
  /** True for a member of a pool, which nobody is told of. */
  readonly isMember?: boolean | undefined;
  /** Its instance until now. */
  readonly before?: Instance | undefined;
  /** Told of the new instance right before it takes its first message, which may be its last. */
  readonly seated: (instance: Instance) => void;
}

export class Agents {
  readonly parts: AgentParts;

  constructor(parts: AgentParts) {
    this.parts = parts;
  }

  /** Starts an agent: its mailbox, its topics, its `init`; from then on it takes messages. */
  async start(definition: AgentDefinition, stand: Stand): Promise<Instance> {
    const { registry, breakers, pauses } = this.parts;
    this.parts.checkIntake();
    const instance = this.#seat(definition, stand);
    registry.add(instance);
    breakers.watch(instance);
    pauses.watch(instance, stand.isMember === true);
    try {
      if (stand.line === undefined) await this.openMailbox(stand.address, definition.rule, definition);
      if (definition.upkeep.init && definition.work.apart !== "key") await this.#init(definition);
      this.parts.checkIntake();
    } catch (error) {
      await this.#unseat(instance, stand);
      throw error;
    }
    instance.startedAt = this.parts.clock.now();
    stand.seated(instance);
    this.#open(instance, stand.isMember === true);
    return instance;
  }

  /** Lets a mailbox be served, and bound to the topics that its agent listens to, and to no others. */
  async openMailbox(
    mailbox: Address,
    rule: MailboxRule,
    { topics }: Pick<AgentDefinition, "topics">,
  ): Promise<void> {
    const { store, breakers, self } = this.parts;
    await ask("announce", () => store.announce(mailbox, rule, breakers.rests(mailbox), [self]));
    if (topics.length === 0 && !store.level.durable) return;
    const wanted = new Set(topics.map(({ pattern }) => pattern));
    const { items } = await ask("read", () => store.read({ type: "bindings", mailbox, limit: 1000 }));
    const bound = new Set(items.map(({ pattern }) => pattern));
    for (const pattern of bound.difference(wanted)) {
      await ask("unbind", () => store.unbind(pattern, mailbox));
      this.#tell("topic.unsubscribed", pattern, mailbox);
    }
    for (const pattern of wanted.difference(bound)) {
      await ask("bind", () => store.bind(pattern, mailbox));
      this.#tell("topic.subscribed", pattern, mailbox);
    }
  }

  #tell(type: "topic.subscribed" | "topic.unsubscribed", pattern: string, mailbox: Address): void {
    const { reports } = this.parts;
    if (reports.active) reports.emit({ type, pattern, mailbox });
  }

  /** Lets what runs end, at most `timeout` milliseconds; then the agent takes nothing any more. Its mailbox stays. */
  async stop(instance: Instance, timeout: number): Promise<void> {
    instance.exited = undefined;
    instance.stopped = true;
    await this.parts.dispatcher.answered();
    await this.parts.ending.finish([instance], timeout);
    this.takeDown(instance, stopped(instance.address));
  }

  /** Takes an agent down at once: what still runs is settled without its handler. */
  takeDown(instance: Instance, reason: Crash | HermodError): void {
    const { deliverer } = this.parts;
    instance.exited = undefined;
    instance.stopped = true;
    for (const run of [...instance.running]) deliverer.abandon(run, reason, false);
    instance.letGo();
    instance.unwatch();
    instance.forget();
    instance.idle?.();
  }

  /** Ends the registration of an agent that is down; its mailbox stays, and nobody serves it. */
  async leave(instance: Instance, isMember: boolean): Promise<void> {
    const { registry, reports, routing, store } = this.parts;
    if (!registry.remove(instance)) return;
    if (!isMember) routing.unregister(instance.address);
    if (instance.line === instance) await ask("withdraw", () => store.withdraw(instance.address));
    if (reports.active) reports.emit({ type: "agent.stopped", agent: instance.address });
  }

  /** At the end of the system: it is served no more. */
  release(instance: Instance): void {
    const { registry, reports } = this.parts;
    if (!registry.remove(instance)) return;
    instance.unwatch();
    instance.idle?.();
    if (reports.active) reports.emit({ type: "agent.stopped", agent: instance.address });
  }

  /** Forgets a mailbox with what waits in it, its topics and its state, unless another process serves it. */
  async forget(mailbox: Address): Promise<void> {
    await ask("remove", () => this.parts.store.operate({ type: "remove", mailbox, unserved: true }));
  }

  #seat(definition: AgentDefinition, { address, line, before }: Stand): Instance {
    const instance = new Instance(definition, this.parts.deliverer, address);
    instance.stopped = true;
    if (line) instance.line = line;
    const statistics = line?.statistics ?? before?.statistics;
    if (statistics) instance.statistics = statistics;
    return instance;
  }

  /** A start that failed leaves everything as it was before. */
  async #unseat(instance: Instance, { before, line }: Stand): Promise<void> {
    const { registry, store, reports } = this.parts;
    if (before) return registry.add(before);
    registry.remove(instance);
    if (line) return;
    try {
      await store.withdraw(instance.address);
    } catch (error) {
      reports.emit({ type: "store.failed", step: "withdraw", error });
    }
  }

  async #init(definition: AgentDefinition): Promise<void> {
    try {
      await this.parts.host.init(definition, definition.address);
    } catch (error) {
      throw new InitFailed(error);
    }
  }

  #open(instance: Instance, isMember: boolean): void {
    const { dispatcher, heartbeat, store, reports, routing } = this.parts;
    instance.stopped = false;
    heartbeat.watch(instance.lease);
    if (instance.line === instance) {
      instance.unwatch = store.watch(instance.address, () => dispatcher.ready(instance));
      if (!isMember) routing.register(instance.address);
    }
    dispatcher.ready(instance.line);
    if (reports.active) reports.emit({ type: "agent.started", agent: instance.address });
  }
}

/** A start that may go better the next time. */
export class InitFailed extends Error {
  constructor(cause: unknown) {
    super(describe(cause), { cause });
  }
}

function stopped(agent: Address): HermodError {
  return new HermodError("HERMOD_CLOSED", `${agent} was stopped while its handler ran`);
}
