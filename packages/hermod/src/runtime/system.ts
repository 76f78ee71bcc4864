/**
 * System: the agents of one process and the road between them. This file only puts the parts together and opens and closes
 * them; what happens to a message is in the stages:
 *
 *   messages → send → store ─wake→ dispatcher → deliver → settle → store
 *                                      └→ calls (replies)
 */
import { isAgent, type AgentDefinition } from "../agent/agent.ts";
import type { Call, Cast } from "../agent/context.ts";
import { toPull, type PullOptions } from "../agent/pull.ts";
import type { AnyContract, SendOptions, Target } from "../agent/target.ts";
import { systemAddress, toAgentName, type Address } from "../core/address.ts";
import type { Clock } from "../core/clock.ts";
import { Copier, type PayloadLimits } from "../core/codec.ts";
import { isContract } from "../core/contract.ts";
import { show, toMs, type Duration } from "../core/duration.ts";
import { noHops, type Envelope } from "../core/envelope.ts";
import { HermodError, NoAgentError } from "../core/errors.ts";
import type { IdSource, Random } from "../core/id.ts";
import type { Maybe } from "../core/maybe.ts";
import { suggestion } from "../core/nearest.ts";
import { aFlag, aFunction, checkOptions, withMethods } from "../core/options.ts";
import type { SystemStatistics } from "../core/numbers.ts";
import type { Model } from "../core/model.ts";
import type { Listener, Report } from "../core/report.ts";
import {
  defaultMailboxRule,
  type DeadLetter,
  type MailboxRule,
  type MessageRecord,
  type OpenStore,
  type Paged,
  type Store,
} from "../core/store.ts";
import { Calls } from "./calls.ts";
import { ask } from "./asking.ts";
import { tellAsker } from "./askers.ts";
import { DeadLetters } from "./deadletters.ts";
import { Deliverer } from "./deliver.ts";
import { Desk } from "./desk.ts";
import { Dispatcher } from "./dispatcher.ts";
import { DRAIN_TIMEOUT, Ending, toDrainTerms, type DrainOptions, type DrainTerms } from "./ending.ts";
import { Figures } from "./figures.ts";
import { Heartbeat } from "./heartbeat.ts";
import { conversation, history, type HistoryQuery } from "./history.ts";
import { Interceptors, type Interceptor } from "./interceptors.ts";
import { Mailbox } from "./mailbox.ts";
import { Waits } from "./waits.ts";
import { MessageRoad, promised, type HandMessage } from "./messages.ts";
import { Host } from "./host.ts";
import { Instance } from "./instance.ts";
import { Registry } from "./registry.ts";
import { Reports } from "./reports.ts";
import type { Run } from "./run.ts";
import { Sender, type Origin } from "./send.ts";
import { AgentStatistics, Statistics } from "./statistics.ts";
import { Timers } from "./timers.ts";

/** What a system is made of, complete. */
export interface SystemConfig {
  readonly clock: Clock;
  readonly random: Random;
  readonly ids: IdSource;
  readonly limits: PayloadLimits;
  readonly interceptors: readonly Interceptor[];
  readonly model: Model | undefined;
  /** Milliseconds between two reports of the numbers; absent for none. */
  readonly statistics: number | undefined;
  readonly openStore: OpenStore;
}

/** An agent that runs. */
export interface RunningAgent extends AsyncDisposable {
  readonly address: Address;
  /** Stops it: what runs is finished (at most `timeout`, default "25s"), what waits becomes dead letters "stopped", and its state is forgotten. */
  stop(options?: { readonly timeout?: Duration }): Promise<void>;
}

/** What a store must be able to do. */
const storeMethods: readonly (keyof Store)[] = [
  ...([
    "append",
    "appendAll",
    "claim",
    "extend",
    "settle",
    "bury",
    "load",
    "announce",
    "withdraw",
    "directory",
  ] as const),
  ...(["bind", "unbind", "record", "parts", "spend", "watch", "read", "operate", "close"] as const),
];

export class System implements AsyncDisposable {
  /** The system's own address. */
  readonly address: Address;
  /** What could not be handled. */
  readonly deadLetters: DeadLetters;
  readonly #config: SystemConfig;
  readonly #store: Store;
  readonly #reports: Reports;
  readonly #statistics = new Statistics();
  readonly #registry = new Registry();
  readonly #timers: Timers;
  readonly #calls: Calls;
  readonly #dispatcher: Dispatcher;
  readonly #heartbeat: Heartbeat;
  readonly #deliverer: Deliverer;
  readonly #messages: MessageRoad;
  readonly #sender: Sender;
  readonly #ending: Ending;
  readonly #figures: Figures;
  readonly #origin: Origin;
  #intake = true;
  #draining: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  private constructor(config: SystemConfig, store: Store, reports: Reports, address: Address) {
    const { clock, random, ids } = config;
    const statistics = this.#statistics;
    const copier = new Copier(config.limits);
    const metadataCopier = new Copier({ size: 16_384, depth: 16, keys: 1000 }, "metadata");
    const interceptors = new Interceptors(
      config.interceptors,
      copier,
      metadataCopier,
      noteRefusal(reports, statistics),
    );
    this.address = address;
    this.#config = config;
    this.#store = store;
    this.#reports = reports;
    this.#timers = new Timers(clock);
    this.deadLetters = new DeadLetters(store, this.#timers, reports);
    this.#calls = new Calls(this.#timers, reports, statistics);
    this.#dispatcher = new Dispatcher(clock, store, reports, this.#timers);
    this.#heartbeat = new Heartbeat(clock, store, reports, () => this.#registry.instances);
    this.#sender = new Sender({
      clock,
      ids,
      store,
      copier,
      metadataCopier,
      interceptors,
      reports,
      statistics,
    });
    const sender = this.#sender;
    this.#messages = new MessageRoad({
      clock,
      ids,
      copier,
      store,
      sender,
      interceptors,
      calls: this.#calls,
      self: address,
    });
    const dispatcher = this.#dispatcher;
    const settling = { store, reports, statistics };
    const delivering = {
      ...settling,
      clock,
      random,
      dispatcher,
      interceptors,
      sender,
      began: this.#heartbeat.began,
    };
    const answer = (run: Run, value: unknown): Maybe<Envelope> => this.#deliverer.answer(run, value);
    const messages = this.#messages;
    const host = new Host({
      clock,
      timers: this.#timers,
      reports,
      sender,
      messages,
      model: config.model,
      self: address,
      answer,
    });
    this.#deliverer = new Deliverer({ ...delivering, host });
    const ending = {
      self: address,
      clock,
      store,
      reports,
      dispatcher,
      registry: this.#registry,
      calls: this.#calls,
    };
    this.#ending = new Ending({ ...ending, silence: () => host.end() });
    this.#figures = new Figures({
      clock,
      store,
      reports,
      statistics,
      registry: this.#registry,
      calls: this.#calls,
    });
    this.#origin = Object.freeze({
      ...{ from: address, replyTo: address, conversationId: undefined, causeId: undefined },
      ...{ hops: noHops, trace: undefined, deadline: undefined },
    });
  }

  /** Opens the store and the system's own mailbox. */
  static async open(config: SystemConfig): Promise<System> {
    const { clock, random, ids } = config;
    const reports = new Reports();
    const address = systemAddress(ids.next(clock.now()));
    let system: System | undefined;
    const died = (letter: DeadLetter): void => void (system && system.#died(letter));
    const store = withMethods(
      "store",
      await ask("open", () => config.openStore({ clock, random, ids, reports, died })),
      storeMethods,
    );
    try {
      system = new System(config, store, reports, address);
      await system.#openDesk();
      if (config.statistics !== undefined) system.#figures.report(config.statistics);
      return system;
    } catch (error) {
      await store.close();
      throw error;
    }
  }

  /** Sends a request and waits for its reply: the reply, or one typed error. */
  readonly call: Call = (to, operation, payload, options) => {
    const closed = this.#refuseWhenClosed();
    if (closed) return Promise.reject(closed);
    return this.#messages.call(to, operation, payload, options, this.#origin) as never;
  };

  /** Sends a message one way; resolves with its envelope when it is stored. */
  readonly cast: Cast = (to, operation, payload, options) => {
    const closed = this.#refuseWhenClosed();
    if (closed) return Promise.reject(closed);
    return this.#messages.cast(to, operation, payload, options, this.#origin);
  };

  /** Sends a notice of the system to an agent: it is handled before and beside everything else, at most once. */
  info(to: Target, notice: unknown): Promise<Envelope> {
    const closed = this.#refuseWhenClosed();
    return closed ? Promise.reject(closed) : this.#messages.info(to, notice, this.#origin);
  }

  /** Sends a message written by hand; absent fields have the defaults of its type. Resolves with its envelope when it is stored. */
  send(message: HandMessage, options: Pick<SendOptions, "hold"> = {}): Promise<Envelope> {
    return promised(() => {
      this.#checkIntake();
      checkOptions("send", options, ["hold"]);
      return this.#messages.send(message, options.hold !== undefined && aFlag("hold", options.hold));
    });
  }

  /** Starts an agent. @throws HermodError HERMOD_DUPLICATE_AGENT when its address is served here already. */
  async spawn(definition: AgentDefinition): Promise<RunningAgent> {
    if (!isAgent(definition))
      throw new HermodError("HERMOD_BAD_OPTION", `spawn takes an agent, got ${show(definition)}`);
    this.#checkIntake();
    const { address } = definition;
    this.#registry.checkFree(address);
    const instance = new Instance(definition, this.#deliverer.begin);
    this.#registry.add(instance);
    try {
      await this.#announce(address, definition.rule);
      this.#checkIntake();
    } catch (error) {
      this.#registry.remove(instance);
      throw error;
    }
    this.#heartbeat.watch(definition.lease);
    instance.unwatch = this.#store.watch(address, () => this.#dispatcher.ready(instance));
    this.#dispatcher.ready(instance);
    if (this.#reports.active) this.#reports.emit({ type: "agent.started", agent: address });
    return this.#handle(instance);
  }

  /**
   * Opens a mailbox that is pulled from, see `mailbox`.
   * @throws HermodError HERMOD_DUPLICATE_AGENT when its address is served here already.
   */
  async pull(given: AnyContract | string | PullOptions): Promise<void> {
    const definition = toPull(given);
    this.#checkIntake();
    const { address, rule, contract } = definition;
    this.#registry.checkFree(address);
    const numbers = new AgentStatistics();
    const waits = new Waits(this.#config.clock);
    const mailbox = new Mailbox(address, contract, this.#mailboxParts(), numbers, { ...definition, waits });
    const pulled = { mailbox, numbers, waits };
    this.#registry.addPulled(pulled);
    try {
      await this.#announce(address, rule);
      this.#checkIntake();
    } catch (error) {
      this.#registry.removePulled(pulled);
      throw error;
    }
  }

  /** The mailbox of an agent or pulled contract of this system. @throws NoAgentError for an address that is not served here. */
  mailbox<T extends Target>(target: T): Mailbox<T> {
    const address = toAgentName(isContract(target) ? target.name : target, "mailbox");
    const pulled = this.#registry.mailbox(address);
    if (pulled) return pulled as unknown as Mailbox<T>;
    const instance = this.#registry.instance(address);
    if (instance)
      return new Mailbox<T>(address, undefined, this.#mailboxParts(), instance.statistics, undefined);
    const known = this.agents();
    throw new NoAgentError(`no agent "${address}" in this system.${suggestion(address, known)}`, {
      details: { known },
    });
  }

  /** The addresses that this system serves. */
  agents(): Address[] {
    return this.#registry.addresses;
  }

  /** One page of what was said. */
  history(query?: HistoryQuery): Promise<Paged<MessageRecord>> {
    return history(this.#store, query);
  }

  /** All messages of one conversation, in order. */
  conversation(id: string): Promise<MessageRecord[]> {
    return conversation(this.#store, id);
  }

  /** The system's numbers since it started. */
  stats(): Promise<SystemStatistics> {
    return this.#figures.take();
  }

  /** Calls `listener` with each report from now on; what it throws is contained. Returns its end. */
  reports(listener: Listener): () => void {
    return this.#reports.add(aFunction("reports", listener));
  }

  /**
   * Takes no more messages from outside, claims nothing more, and waits for what runs until `timeout`; then aborts its
   * signals. Every call that still waits gets HERMOD_CLOSED.
   */
  drain(options: DrainOptions = {}): Promise<void> {
    return promised(() => {
      const terms = toDrainTerms("drain", options);
      this.#intake = false;
      return (this.#draining ??= this.#ending.drain(terms));
    });
  }

  /** Drains, then gives everything back: timers, mailboxes, the store. A second close joins the first. */
  close(options: DrainOptions = {}): Promise<void> {
    return promised(() => {
      const terms = toDrainTerms("close", options);
      return (this.#closing ??= this.#close(terms));
    });
  }

  /** The same as `close`: for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  // Opening

  async #openDesk(): Promise<void> {
    const desk = new Desk(this.address, this.#calls, { store: this.#store, reports: this.#reports });
    await this.#announce(this.address, defaultMailboxRule);
    this.#store.watch(this.address, () => this.#dispatcher.ready(desk));
  }

  #announce(address: Address, rule: MailboxRule): Promise<void> {
    return ask("announce", () => this.#store.announce(address, rule));
  }

  #mailboxParts() {
    const { clock, random } = this.#config;
    const observe = (address: Address, seen: (envelope: Envelope) => void): (() => void) => {
      const observer = (report: Report): void =>
        report.type === "message.sent" && report.envelope.to === address ? seen(report.envelope) : undefined;
      return this.#reports.add(observer);
    };
    return {
      clock,
      random,
      observe,
      store: this.#store,
      reports: this.#reports,
      statistics: this.#statistics,
      sender: this.#sender,
    };
  }

  /** The store gave a message up by itself. */
  #died(letter: DeadLetter): void {
    this.#statistics.dead++;
    const numbers = letter.mailbox && this.#registry.numbersOf(letter.mailbox);
    if (numbers) numbers.dead++;
    tellAsker({ sender: this.#sender, reports: this.#reports }, this.#origin, letter);
  }

  // Closing

  #checkIntake(): void {
    const closed = this.#refuseWhenClosed();
    if (closed) throw closed;
  }

  #refuseWhenClosed(): HermodError | undefined {
    if (this.#intake) return undefined;
    return new HermodError(
      "HERMOD_CLOSED",
      `the system is ${this.#closing ? "closed" : "draining"} and takes no messages`,
    );
  }

  #handle(instance: Instance): RunningAgent {
    let stopping: Promise<void> | undefined;
    const stop = (options: { readonly timeout?: Duration } = {}): Promise<void> =>
      promised(() => {
        checkOptions("stop", options, ["timeout"]);
        const timeout = options.timeout === undefined ? DRAIN_TIMEOUT : toMs(options.timeout, "stop.timeout");
        return (stopping ??= this.#stop(instance, timeout));
      });
    return { address: instance.address, stop, [Symbol.asyncDispose]: () => stop() };
  }

  async #stop(instance: Instance, timeout: number): Promise<void> {
    if (this.#registry.instance(instance.address) !== instance) return;
    instance.stopped = true;
    await this.#dispatcher.answered();
    await this.#ending.finish([instance], timeout);
    this.#release(instance);
    if (!this.#closing)
      await ask("remove", () => this.#store.operate({ type: "remove", mailbox: instance.address }));
  }

  #release(instance: Instance): void {
    if (!this.#registry.remove(instance)) return;
    instance.unwatch();
    instance.idle?.();
    if (this.#reports.active) this.#reports.emit({ type: "agent.stopped", agent: instance.address });
  }

  async #close(terms: DrainTerms): Promise<void> {
    this.#intake = false;
    await (this.#draining ??= this.#ending.drain(terms));
    this.#figures.end();
    this.#dispatcher.stop();
    this.#heartbeat.close();
    this.#timers.close();
    const served = this.agents();
    for (const instance of [...this.#registry.instances]) this.#release(instance);
    const failed = await this.#ending.leaveStore(served);
    this.#reports.emit({ type: "system.closed" });
    if (failed) throw failed;
  }
}

/** Counts and reports what an outgoing interceptor refused; an error without a code is a failure of the interceptor. */
function noteRefusal(reports: Reports, statistics: Statistics) {
  return (envelope: Envelope, error: unknown, interceptor: string): void => {
    statistics.refused++;
    const code = error instanceof HermodError ? error.code : "HERMOD_INTERCEPTOR";
    reports.emit({ type: "message.refused", envelope, code });
    if (!(error instanceof HermodError))
      reports.emit({ type: "listener.failed", listener: interceptor, error });
  };
}
