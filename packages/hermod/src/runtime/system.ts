/**
 * System: the agents of one process and the road between them. This file is what a user holds; the parts are put together in
 * `assembly.ts`, and what happens to a message is in the stages:
 *
 *   messages → send → routing → store ─wake→ dispatcher → deliver → settle → store
 *                                               └→ desk → calls (replies), subscriptions (events)
 */
import type { Call, Cast, Publish } from "../agent/context.ts";
import { toPull, type PullOptions } from "../agent/pull.ts";
import type { StartTask, TaskById } from "../agent/task.ts";
import { isDefinition, isSupervisor, type Definition } from "../agent/supervisor.ts";
import { toTargetAddress, type AnyContract, type SendOptions, type Target } from "../agent/target.ts";
import type { Amounts } from "../core/budget.ts";
import {
  mailboxOf,
  replyAddress,
  SCHEDULES,
  systemAddress,
  toSender,
  toAgentName,
  type Address,
} from "../core/address.ts";
import { isContract } from "../core/contract.ts";
import { show } from "../core/duration.ts";
import type { Envelope } from "../core/envelope.ts";
import { HermodError, NoAgentError } from "../core/errors.ts";
import { suggestion } from "../core/nearest.ts";
import { aFlag, aFunction, aText, checkOptions, withMethods } from "../core/options.ts";
import type { SystemStatistics } from "../core/numbers.ts";
import type { Listener, Report } from "../core/report.ts";
import {
  defaultMailboxRule,
  type DeadLetter,
  type MessageRecord,
  type Paged,
  type Store,
} from "../core/store.ts";
import { ask } from "./asking.ts";
import { assemble, type Assembly, type SystemConfig } from "./assembly.ts";
import { ConversationSpending } from "./budgets.ts";
import type { Breakers } from "./breakers.ts";
import { DeadLetters } from "./deadletters.ts";
import { DRAIN_TIMEOUT, toDrainTerms, type DrainOptions, type DrainTerms } from "./ending.ts";
import { conversation, history, type HistoryQuery } from "./history.ts";
import { Mailbox } from "./mailbox.ts";
import type { HandMessage } from "./byhand.ts";
import { promised, type Maybe } from "../core/maybe.ts";
import type { ChildStatus } from "./post.ts";
import type { PauseOptions } from "./pauses.ts";
import type { People } from "./people.ts";
import { PoolPost } from "./poolpost.ts";
import { readNotes, type MessageNotes } from "./readnotes.ts";
import { Reports } from "./reports.ts";
import type { Hold, SystemFailure } from "./root.ts";
import { RunningAgent, RunningPool, RunningSupervisor, type Running } from "./running.ts";
import { AgentStatistics } from "./statistics.ts";
import type { Given } from "./tasks.ts";
import type { ScheduleCast, ScheduleStatus } from "./schedules.ts";
import { SupervisorNode } from "./supervisornode.ts";
import { toSubscribing, type Subscribe, type Subscription } from "./subscription.ts";
import { Waits } from "./waits.ts";

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
  ...(["bind", "unbind", "record", "parts", "follow", "spend", "watch", "read", "operate", "close"] as const),
];

/** The verbs of one sender. */
export type Voice = Pick<System, "call" | "cast" | "publish" | "task" | "send">;

export class System implements AsyncDisposable {
  /** The system's own address. */
  readonly address: Address;
  /** What could not be handled. */
  readonly deadLetters: DeadLetters;
  /** The circuit breakers of its agents, to see and to force. */
  readonly breakers: Pick<Breakers, "list" | "open" | "close" | "auto">;
  /** The questions of agents to people, to see and to answer. */
  readonly people: Pick<People, "list" | "answer" | "assign" | "decline" | "withdraw">;
  /** Fulfilled when something was restarted too often and stays stopped, or with undefined when the system closes. */
  readonly failed: Promise<SystemFailure | undefined>;
  readonly #config: SystemConfig;
  readonly #store: Store;
  readonly #reports: Reports;
  readonly #parts: Assembly;
  #intake = true;
  #draining: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  private constructor(config: SystemConfig, store: Store, reports: Reports, address: Address) {
    const checkIntake = (): void => this.#checkIntake();
    this.address = address;
    this.#config = config;
    this.#store = store;
    this.#reports = reports;
    this.#parts = assemble({ config, store, reports, self: address, checkIntake });
    this.deadLetters = new DeadLetters(store, config.clock, this.#parts.timers, reports);
    this.breakers = this.#parts.breakers;
    this.people = this.#parts.people;
    this.failed = this.#parts.root.failed;
  }

  /** Opens the store and the system's own mailbox. */
  static async open(config: SystemConfig): Promise<System> {
    const { clock, random, ids } = config;
    const reports = new Reports();
    // Before the store: what it finds while it opens it says once.
    if (config.listener !== undefined) reports.add(config.listener);
    let system: System | undefined;
    const died = (letter: DeadLetter): void => void (system && system.#died(letter));
    const voided = (): void => void (system && system.#parts.heartbeat.voided());
    const store = withMethods(
      "store",
      await ask("open", () => config.openStore({ clock, random, ids, reports, died, voided })),
      storeMethods,
    );
    try {
      const address = systemAddress(ids.next(clock.now()), store.tag);
      system = new System({ ...config, clock: store.clock ?? clock }, store, reports, address);
      await system.#openDesk();
      await system.#parts.schedules.resume();
      system.#parts.askers.resume();
      if (config.statistics !== undefined) system.#parts.figures.report(config.statistics);
      return system;
    } catch (error) {
      await store.close();
      throw error;
    }
  }

  /** Sends a request and waits for its reply: the reply, or one typed error. To a topic, one of its subscribers answers. */
  readonly call: Call = ((...given: readonly unknown[]) => {
    const closed = this.#refuseWhenClosed();
    return closed ? Promise.reject(closed) : this.#parts.messages.call(given, this.#parts.origin);
  }) as Call;

  /** Sends a message one way; resolves with its envelope when it is stored. */
  readonly cast: Cast = (to, operation, payload, options) => {
    const closed = this.#refuseWhenClosed();
    if (closed) return Promise.reject(closed);
    return this.#parts.messages.cast(to, operation, payload, options, this.#parts.origin);
  };

  /** Publishes to a topic: every subscriber gets a copy. Resolves with its envelope when the copies are stored, also where nobody subscribes. */
  readonly publish: Publish = ((...given: readonly unknown[]) => {
    const closed = this.#refuseWhenClosed();
    return closed ? Promise.reject(closed) : this.#parts.messages.publish(given, this.#parts.origin);
  }) as Publish;

  /** Hands out long work; resolves with its handle when it is stored. */
  readonly task: StartTask = ((...given: Given) => {
    const closed = this.#refuseWhenClosed();
    if (closed) return Promise.reject(closed);
    return promised(() => this.#parts.tasks.start(given, this.#parts.origin));
  }) as StartTask;

  /** The handle of a task that was started in this or any other process of the store; what nothing is known of says so when it is asked. */
  readonly taskById: TaskById = ((to: Target, id: string) => this.#parts.tasks.byId(to, id)) as TaskById;

  /**
   * Sends a message again and again: `schedule("poll", { every: "5m" }, Poller, "poll", {})`, or at the times of a cron pattern.
   * The store keeps it, over restarts where the store is durable. The same again changes nothing; another under its name takes
   * its place. Missed times are made up for by one message unless `misfire` says otherwise.
   * @throws HermodError HERMOD_BAD_OPTION; NoAgentError for a recipient that is not there; HERMOD_UNSUPPORTED for a pattern where
   * the package croner is not installed.
   */
  readonly schedule: ScheduleCast = (...given) =>
    promised(() => {
      this.#checkIntake();
      return this.#parts.schedules.set(given as Parameters<ScheduleCast>);
    });

  /** The schedules that go on, by name: whoever set them. */
  schedules(): Promise<ScheduleStatus[]> {
    return this.#parts.schedules.list();
  }

  /** Takes a schedule away: nothing more is sent. False when there is none of this name. */
  unschedule(name: string): Promise<boolean> {
    return promised(() => {
      this.#checkIntake();
      return this.#parts.schedules.cancel(name);
    });
  }

  /** Subscribes to a topic, a contract's event or a pattern. */
  readonly subscribe: Subscribe = ((...given: readonly unknown[]) =>
    promised(() => {
      this.#checkIntake();
      return this.#subscribe(given);
    })) as Subscribe;

  /** Sends a notice of the system to an agent: it is handled before and beside everything else, at most once. */
  info(to: Target, notice: unknown): Promise<Envelope> {
    const closed = this.#refuseWhenClosed();
    return closed ? Promise.reject(closed) : this.#parts.messages.info(to, notice, this.#parts.origin);
  }

  /** Sends a message written by hand; absent fields have the defaults of its type. Resolves with its envelope when it is stored. */
  send(message: HandMessage, options: Pick<SendOptions, "hold"> = {}): Promise<Envelope> {
    return promised(() => {
      this.#checkIntake();
      return this.#parts.messages.send(message, isHeld(options));
    });
  }

  /**
   * The verbs in the name of somebody else, for a hub that knows who asks it: what they send is from `name`, and the replies come back here.
   * @throws HermodError HERMOD_BAD_ADDRESS for what is no name of an agent and no address of a person.
   */
  as(name: string): Voice {
    const from = toSender(name);
    const { messages, tasks, origin: own } = this.#parts;
    const origin = Object.freeze({ ...own, from, replyTo: replyAddress(this.address, from) });
    const say = <T>(work: () => Maybe<T>): Promise<T> =>
      promised(() => {
        this.#checkIntake();
        return work();
      });
    return {
      call: ((...given: readonly unknown[]) => say(() => messages.call(given, origin))) as Call,
      cast: (to, operation, payload, options) =>
        say(() => messages.cast(to, operation, payload, options, origin)),
      publish: ((...given: readonly unknown[]) => say(() => messages.publish(given, origin))) as Publish,
      task: ((...given: Given) => say(() => tasks.start(given, origin))) as StartTask,
      send: (message, options) =>
        say(() => messages.send({ ...message, from: undefined }, isHeld(options), origin)),
    };
  }

  /**
   * Starts an agent, a pool or a supervisor with its children.
   * @throws HermodError HERMOD_DUPLICATE_AGENT when a name is taken here already, or what an `init` failed with.
   */
  async spawn<D extends Definition>(definition: D): Promise<Running<D>> {
    if (!isDefinition(definition))
      throw new HermodError(
        "HERMOD_BAD_OPTION",
        `spawn takes an agent, a pool or a supervisor, got ${show(definition)}`,
      );
    this.#checkIntake();
    const hold = await this.#parts.root.start(definition);
    return this.#handle(definition, hold) as Running<D>;
  }

  /** A pool that runs, by its address. @throws NoAgentError. */
  pool(target: Target): RunningPool {
    const address = toTargetAddress(target, "pool");
    const post = this.#parts.root.pools.get(address);
    if (post) return new RunningPool(post, (timeout) => this.#parts.root.stopPlace(post, timeout));
    throw this.#notHere("pool", address, [...this.#parts.root.pools.keys()]);
  }

  /** A supervisor that runs, by its name. @throws NoAgentError. */
  supervisor(name: string): RunningSupervisor {
    const { root } = this.#parts;
    const address = toAgentName(name, "supervisor");
    const node = root.supervisors.get(address);
    if (node) return new RunningSupervisor(node, root, (timeout) => root.stopPlace(node, timeout));
    throw this.#notHere("supervisor", address, [...root.supervisors.keys()]);
  }

  /**
   * Lets an agent, a pool, a member of one ("critic/2") or a pulled mailbox take nothing more until `resume`: what waits stays
   * waiting and calls wait until their timeout, what runs goes on, notices and replies still come. Resolves when no message begins any
   * more, with `drain: true` when nothing of it runs either, or its `timeout` is over; true when nothing of it runs. Nothing is aborted.
   * A restart of the agent keeps the pause, one of the process forgets it.
   * @throws NoAgentError for what does not run here; HERMOD_BAD_OPTION.
   */
  pause(target: Target, options: PauseOptions = {}): Promise<boolean> {
    return promised(() => this.#parts.pauses.pause(target, options));
  }

  /** Lets what was paused take messages again, those that wait first. @throws NoAgentError for what does not run here. */
  resume(target: Target): void {
    this.#parts.pauses.resume(target);
  }

  /**
   * Starts an agent again, or the members of a pool one after the other: its supervisor does what it does after a crash, and what
   * runs is told to stop as in one, so that messages sent at least once come again. It counts as a restart, not against the intensity.
   * @throws NoAgentError for what does not run here; HERMOD_CLOSED; or what an `init` failed with.
   */
  restart(target: Target): Promise<void> {
    return promised(() => {
      this.#checkIntake();
      return this.#parts.root.restart(toTargetAddress(target, "restart of"));
    });
  }

  /** All that runs, with supervisors and pools above their children, as plain data. */
  tree(): ChildStatus[] {
    return this.#parts.root.tree();
  }

  /**
   * Opens a mailbox that is pulled from, see `mailbox`.
   * @throws HermodError HERMOD_DUPLICATE_AGENT when its address is served here already.
   */
  async pull(given: AnyContract | string | PullOptions): Promise<void> {
    const definition = toPull(given);
    this.#checkIntake();
    const { address, rule, contract } = definition;
    const { registry } = this.#parts;
    registry.checkFree(address);
    const numbers = new AgentStatistics();
    const waits = new Waits(this.#config.clock);
    const mailbox = new Mailbox(address, contract, this.#mailboxParts(), numbers, { ...definition, waits });
    const pulled = { mailbox, numbers, waits };
    registry.addPulled(pulled);
    try {
      await ask("announce", () => this.#store.announce(address, rule, false, [this.address]));
      this.#checkIntake();
      this.#parts.routing.register(address);
    } catch (error) {
      registry.removePulled(pulled);
      throw error;
    }
  }

  /** The mailbox of an agent, pool or pulled contract of this system. @throws NoAgentError for an address that is not served here. */
  mailbox<T extends Target>(target: T): Mailbox<T> {
    const address = toAgentName(isContract(target) ? target.name : target, "mailbox");
    const { registry } = this.#parts;
    const pulled = registry.mailbox(address);
    if (pulled) return pulled as unknown as Mailbox<T>;
    const numbers = registry.has(address) ? registry.numbersOf(address) : undefined;
    if (numbers) return new Mailbox<T>(address, undefined, this.#mailboxParts(), numbers, undefined);
    throw this.#notHere("agent", address, this.agents());
  }

  /** The addresses that this system serves. */
  agents(): Address[] {
    return this.#parts.registry.addresses.filter((address) => address !== SCHEDULES);
  }

  /** One page of what was said. */
  history(query?: HistoryQuery): Promise<Paged<MessageRecord>> {
    return history(this.#store, query);
  }

  /** All messages of one conversation, in order. */
  conversation(id: string): Promise<MessageRecord[]> {
    return conversation(this.#store, id);
  }

  /** The lines of log and the calls of models that are kept of a message, oldest first: at most 200 of an attempt, with 32 kB. */
  notes(id: string): Promise<MessageNotes> {
    return readNotes(this.#store, aText("id", id));
  }

  /** What a conversation has spent by now, what is set aside included. */
  spent(conversation: string): Promise<Amounts> {
    return new ConversationSpending(this.#store, aText("conversation", conversation), undefined).spent();
  }

  /** The system's numbers since it started. */
  stats(): Promise<SystemStatistics> {
    return this.#parts.figures.take();
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
    return promised(() => this.#drain(toDrainTerms("drain", options)));
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
    const { desk, dispatcher } = this.#parts;
    // Whatever their priority, events come in the order of their publisher, so that a gap in their numbers is a loss.
    await ask("announce", () => this.#store.announce(this.address, { ...defaultMailboxRule, order: "fifo" }));
    this.#store.watch(this.address, () => dispatcher.ready(desk));
  }

  #mailboxParts() {
    const { clock, random } = this.#config;
    const { store, reports, statistics, sender, notices } = this.#parts;
    const observe = (address: Address, seen: (envelope: Envelope) => void): (() => void) => {
      const observer = (report: Report): void =>
        report.type === "message.sent" && report.envelope.to && mailboxOf(report.envelope.to) === address
          ? seen(report.envelope)
          : undefined;
      return this.#reports.add(observer);
    };
    return { clock, random, observe, store, reports, statistics, sender, notices };
  }

  async #subscribe(given: readonly unknown[]): Promise<Subscription> {
    const { subject, seen, keeper } = toSubscribing(given);
    const { subscriptions, root } = this.#parts;
    if (keeper) {
      const hold = await root.start(keeper);
      // Its end is its own, and not that of whoever subscribed by its name since.
      let ended: Promise<void> | undefined;
      const close = (): Promise<void> => (ended ??= root.stop(keeper.address, hold, DRAIN_TIMEOUT, false));
      return subscription(subject.pattern, close, () => close().then(() => root.forget(keeper.address)));
    }
    const live = await subscriptions.open(subject, seen);
    const close = (): Promise<void> => subscriptions.close(live);
    return subscription(subject.pattern, close, close);
  }

  #handle(definition: Definition, hold: Hold): RunningAgent {
    const { root } = this.#parts;
    const stop = (timeout: number): Promise<void> => root.stop(definition.address, hold, timeout);
    if (hold instanceof PoolPost) return new RunningPool(hold, stop);
    if (isSupervisor(definition) && hold instanceof SupervisorNode)
      return new RunningSupervisor(hold, root, stop);
    return new RunningAgent(definition.address, stop);
  }

  #notHere(what: string, address: Address, known: readonly Address[]): NoAgentError {
    return new NoAgentError(`no ${what} "${address}" in this system.${suggestion(address, known)}`, {
      details: { known },
    });
  }

  /** The store gave a message up by itself. */
  #died(letter: DeadLetter): void {
    const { statistics, registry, askers } = this.#parts;
    statistics.dead++;
    const numbers = letter.mailbox && registry.has(letter.mailbox) && registry.numbersOf(letter.mailbox);
    if (numbers) numbers.dead++;
    askers.tell(letter);
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

  #drain(terms: DrainTerms): Promise<void> {
    this.#intake = false;
    this.#parts.root.end();
    return (this.#draining ??= this.#parts.ending.drain(terms));
  }

  async #close(terms: DrainTerms): Promise<void> {
    const until = this.#config.clock.monotonic() + terms.timeout;
    await this.#drain(terms);
    await this.#end(until);
  }

  async #end(until: number): Promise<void> {
    const { figures, dispatcher, heartbeat, routing, timers, subscriptions, breakers, ending } = this.#parts;
    figures.end();
    dispatcher.stop();
    heartbeat.close();
    subscriptions.end();
    routing.close();
    breakers.end();
    timers.close();
    const served = this.#parts.registry.addresses;
    this.#parts.root.release();
    const failed = await ending.leaveStore(served, until);
    this.#reports.emit({ type: "system.closed" });
    if (failed) throw failed;
  }
}

function subscription(
  pattern: string,
  close: () => Promise<void>,
  unsubscribe: () => Promise<void>,
): Subscription {
  return { pattern, close, unsubscribe, [Symbol.asyncDispose]: close };
}

function isHeld(options: Pick<SendOptions, "hold"> = {}): boolean {
  checkOptions("send", options, ["hold"]);
  return options.hold !== undefined && aFlag("hold", options.hold);
}
