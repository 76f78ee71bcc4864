/**
 * System: the agents of one process and the road between them. This file only puts the parts together and opens and closes
 * them; what happens to a message is in the stages:
 *
 *   messages → send → store ─wake→ dispatcher → deliver → settle → store
 *                                      └→ calls (replies)
 */
import { isAgent, type AgentDefinition } from "../agent/agent.ts";
import type { Call, Cast } from "../agent/context.ts";
import type { AnyContract, SendOptions, Target } from "../agent/target.ts";
import { replyAddress, systemAddress, toAgentName, type Address } from "../core/address.ts";
import type { Cancel, Clock } from "../core/clock.ts";
import { Copier, type PayloadLimits } from "../core/codec.ts";
import { isContract } from "../core/contract.ts";
import { show, toMs, type Duration } from "../core/duration.ts";
import { expectsAnswer, hasAsker, noHops, type Envelope } from "../core/envelope.ts";
import { ExpiredError, HermodError, NoAgentError, OverloadedError } from "../core/errors.ts";
import { derivedId, type IdSource, type Random } from "../core/id.ts";
import { chain, type Maybe } from "../core/maybe.ts";
import { suggestion } from "../core/nearest.ts";
import { aFlag, aFunction, checkOptions } from "../core/options.ts";
import type { SystemStatistics } from "../core/numbers.ts";
import type { Model } from "../core/model.ts";
import type { Listener, Report } from "../core/report.ts";
import { ACK } from "../core/settlement.ts";
import {
  defaultMailboxRule,
  type Claim,
  type DeadLetter,
  type MailboxRule,
  type MessageRecord,
  type OpenStore,
  type Paged,
  type Store,
} from "../core/store.ts";
import type { MailboxCounts } from "../core/numbers.ts";
import { Calls } from "./calls.ts";
import { toErrorReply } from "./answers.ts";
import { ask, storeError } from "./asking.ts";
import { DeadLetters } from "./deadletters.ts";
import { Deliverer } from "./deliver.ts";
import { Dispatcher, type Consumer } from "./dispatcher.ts";
import { Heartbeat } from "./heartbeat.ts";
import { conversation, history, type HistoryQuery } from "./history.ts";
import { Interceptors, type Interceptor } from "./interceptors.ts";
import { Mailbox, toStatistics } from "./mailbox.ts";
import { MessageRoad, promised, type HandMessage } from "./messages.ts";
import { Instance } from "./registry.ts";
import { Reports } from "./reports.ts";
import type { Run, RunHost } from "./run.ts";
import { Sender, type Origin } from "./send.ts";
import { settleClaim } from "./settle.ts";
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
  /** Stops it: what runs is finished (at most `timeout`, default "25s"), what waits becomes dead letters "stopped". */
  stop(options?: { readonly timeout?: Duration }): Promise<void>;
}

/** A pulled mailbox, checked and complete. */
export interface PullDefinition extends Pick<AgentDefinition, "address" | "rule" | "retry" | "lease"> {
  readonly contract: AnyContract | undefined;
}

/** How to end: what runs has until `timeout` (default "25s"); `waiting: true` also works off what waits. */
export interface DrainOptions {
  readonly timeout?: Duration;
  readonly waiting?: boolean;
}

const DRAIN_TIMEOUT = 25_000;
/** Turns without a reply taken, after which an ending system takes no more. */
const IDLE_TURNS = 3;

export class System implements AsyncDisposable {
  /** The system's own address. */
  readonly address: Address;
  /** What could not be handled. */
  readonly deadLetters: DeadLetters;
  readonly #config: SystemConfig;
  readonly #store: Store;
  readonly #reports: Reports;
  readonly #statistics = new Statistics();
  readonly #instances = new Map<string, Instance>();
  readonly #pulled = new Map<string, Mailbox>();
  readonly #pullNumbers = new Map<string, AgentStatistics>();
  readonly #timers: Timers;
  readonly #calls: Calls;
  readonly #dispatcher: Dispatcher;
  readonly #heartbeat: Heartbeat;
  readonly #deliverer: Deliverer;
  readonly #messages: MessageRoad;
  readonly #sender: Sender;
  readonly #origin: Origin;
  #intake = true;
  #endStatistics: Cancel = () => undefined;
  /** True once the system waits for nobody any more: what still runs sends nothing. */
  #ended = false;
  #draining: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  private constructor(config: SystemConfig, store: Store, reports: Reports, address: Address) {
    const { clock, random, ids } = config;
    const statistics = this.#statistics;
    const copier = new Copier(config.limits);
    const metadataCopier = new Copier({ size: 16_384, depth: 16, keys: 1000 }, "metadata");
    const interceptors = new Interceptors(config.interceptors, copier, metadataCopier);
    this.address = address;
    this.#config = config;
    this.#store = store;
    this.#reports = reports;
    this.#timers = new Timers(clock);
    this.deadLetters = new DeadLetters(store, this.#timers);
    this.#calls = new Calls(this.#timers, reports, statistics);
    this.#dispatcher = new Dispatcher(clock, store, reports, this.#timers);
    this.#heartbeat = new Heartbeat(clock, store, reports, () => this.#instances.values());
    this.#sender = new Sender({ clock, ids, store, copier, metadataCopier, interceptors, reports, statistics });
    const sender = this.#sender;
    this.#messages = new MessageRoad({ clock, ids, copier, store, sender, interceptors, calls: this.#calls, self: address });
    const dispatcher = this.#dispatcher;
    const settling = { store, reports, statistics };
    const delivering = { ...settling, clock, random, dispatcher, interceptors, sender, began: this.#heartbeat.began };
    this.#deliverer = new Deliverer({ ...delivering, host: this.#host() });
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
    const died = (letter: DeadLetter): void => void (system && system.#tellAsker(letter));
    const store = await ask("open", () => config.openStore({ clock, random, ids, reports, died }));
    try {
      system = new System(config, store, reports, address);
      await system.#openDesk();
      if (config.statistics !== undefined) system.#takeStatistics(config.statistics);
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
    if (!isAgent(definition)) throw new HermodError("HERMOD_BAD_OPTION", `spawn takes an agent, got ${show(definition)}`);
    this.#checkIntake();
    const { address } = definition;
    this.#claimAddress(address);
    const instance = new Instance(definition, this.#deliverer.begin);
    this.#instances.set(address, instance);
    try {
      await this.#announce(address, definition.rule);
      this.#checkIntake();
    } catch (error) {
      this.#instances.delete(address);
      throw error;
    }
    this.#heartbeat.watch(definition.lease);
    instance.unwatch = this.#store.watch(address, () => this.#dispatcher.ready(instance));
    this.#dispatcher.ready(instance);
    if (this.#reports.active) this.#reports.emit({ type: "agent.started", agent: address });
    return this.#handle(instance);
  }

  /** Opens a mailbox that is pulled from. */
  async pull(definition: PullDefinition): Promise<void> {
    const { address, rule, contract } = definition;
    this.#claimAddress(address);
    const numbers = new AgentStatistics();
    const mailbox = new Mailbox(address, contract, this.#mailboxParts(), numbers, definition);
    this.#pulled.set(address, mailbox);
    this.#pullNumbers.set(address, numbers);
    await this.#announce(address, rule);
  }

  /** The mailbox of an agent or pulled contract of this system. @throws NoAgentError for an address that is not served here. */
  mailbox<T extends Target>(target: T): Mailbox<T> {
    const address = toAgentName(isContract(target) ? target.name : target, "mailbox");
    const pulled = this.#pulled.get(address);
    if (pulled) return pulled as unknown as Mailbox<T>;
    const instance = this.#instances.get(address);
    if (instance) return new Mailbox<T>(address, undefined, this.#mailboxParts(), instance.statistics, undefined);
    const known = this.agents();
    throw new NoAgentError(`no agent "${address}" in this system.${suggestion(address, known)}`, { details: { known } });
  }

  /** The addresses that this system serves. */
  agents(): Address[] {
    return [...this.#instances.keys(), ...this.#pulled.keys()] as Address[];
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
  async stats(): Promise<SystemStatistics> {
    const { items } = await ask("read", () => this.#store.read({ type: "counts" }));
    const mailboxes = items
      .filter(({ mailbox }) => this.#instances.has(mailbox) || this.#pulled.has(mailbox))
      .map((counts) => toStatistics(counts, this.#numbersOf(counts.mailbox) as AgentStatistics));
    const sum = (field: "waiting" | "delayed" | "running"): number => mailboxes.reduce((total, box) => total + box[field], 0);
    return {
      router: { ...this.#statistics.router, routes: mailboxes.length },
      delivery: { ...this.#statistics.delivery, pending: sum("waiting") + sum("delayed"), running: sum("running") },
      calls: { waiting: this.#calls.size },
      mailboxes,
    };
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
      return (this.#draining ??= this.#drain(terms));
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

  /** Takes the numbers again and again, as reports; nothing is read while nobody listens. */
  #takeStatistics(every: number): void {
    if (this.#closing) return;
    const taken = (): void => this.#takeStatistics(every);
    this.#endStatistics = this.#config.clock.after(every, () => void this.#take().then(taken), true);
  }

  async #take(): Promise<void> {
    if (!this.#reports.active) return;
    try {
      this.#reports.emit({ type: "statistics.taken", statistics: await this.stats() });
    } catch (error) {
      this.#reports.emit({ type: "store.failed", step: "read", error });
    }
  }

  // Opening

  async #openDesk(): Promise<void> {
    const desk: Consumer = {
      address: this.address,
      lease: 30_000,
      queued: false,
      claiming: false,
      room: () => 256,
      take: (claim) => this.#receiveReply(claim),
    };
    await this.#announce(this.address, defaultMailboxRule);
    this.#store.watch(this.address, () => this.#dispatcher.ready(desk));
  }

  #receiveReply(claim: Claim): void {
    this.#calls.receive(claim.envelope);
    void settleClaim({ store: this.#store, reports: this.#reports, statistics: new Statistics() }, claim, ACK, [], undefined);
  }

  #announce(address: Address, rule: MailboxRule): Promise<void> {
    return ask("announce", () => this.#store.announce(address, rule));
  }

  #claimAddress(address: Address): void {
    if (!this.#instances.has(address) && !this.#pulled.has(address)) return;
    const how = this.#pulled.has(address) ? "is pulled from" : "runs already";
    throw new HermodError("HERMOD_DUPLICATE_AGENT", `"${address}" ${how} in this system`, { details: { address } });
  }

  #mailboxParts() {
    const { clock, random } = this.#config;
    const observe = (address: Address, seen: (envelope: Envelope) => void): (() => void) => {
      const observer = (report: Report): void =>
        report.type === "message.sent" && report.envelope.to === address ? seen(report.envelope) : undefined;
      return this.#reports.add(observer);
    };
    return { clock, random, observe, store: this.#store, reports: this.#reports, statistics: this.#statistics, sender: this.#sender };
  }

  #numbersOf(address: string): AgentStatistics | undefined {
    return this.#instances.get(address)?.statistics ?? this.#pullNumbers.get(address);
  }

  // What a run asks for

  #host(): RunHost {
    return {
      model: this.#config.model,
      replyTo: ({ instance }) => (instance.replyTo ??= replyAddress(this.address, instance.address)),
      call: (run) => (to, operation, payload, options) => this.#callFrom(run, to, operation, payload, options),
      cast: (run) => (to, operation, payload, options) => this.#castFrom(run, to, operation, payload, options),
      reply: (run, value) => this.#replyFrom(run, value),
      log: (run, level, text, data) => {
        if (!this.#reports.active) return;
        this.#reports.emit({ type: "log.written", level, agent: run.self, envelope: run.envelope, text, data });
      },
      atDeadline: (run, expire) => this.#atDeadline(run, expire),
    };
  }

  #callFrom(run: Run, ...[to, operation, payload, options]: Parameters<Call>): Promise<never> {
    if (this.#ended) return Promise.reject(ended(run));
    if (run.deadline !== undefined && this.#config.clock.now() > run.deadline) {
      const message = `call ${operation} was not sent: the deadline of message ${run.envelope.id} has passed`;
      return Promise.reject(new ExpiredError(message));
    }
    return this.#messages.call(to, operation as string, payload, options, run) as Promise<never>;
  }

  #castFrom(run: Run, ...[to, operation, payload, options]: Parameters<Cast>): Promise<Envelope> {
    if (this.#ended) return Promise.reject(ended(run));
    if (run.envelope.delivery !== "exactly-once" || run.over) {
      return this.#messages.cast(to, operation as string, payload, options, run);
    }
    return promised(() =>
      chain(this.#messages.castDraft(to, operation as string, payload, options), (draft) => {
        const outputs = (run.outputs ??= []);
        const id = derivedId(run.envelope.sentAt, run.envelope.id, draft.to ?? "", run.claim.generation, outputs.length);
        const place = outputs.length;
        const output = this.#sender.seal({ ...draft, id }, run);
        outputs.push(output);
        const kept = chain(this.#sender.intercepted(output), (ready) => (outputs[place] = ready));
        return options?.hold ? chain(kept, (ready) => this.#sender.expect(ready)) : kept;
      }),
    );
  }

  async #replyFrom(run: Run, value: unknown): Promise<void> {
    if (this.#ended) throw ended(run);
    checkAnswerable(run);
    run.answered = true;
    try {
      const answer = await this.#deliverer.answer(run, value);
      if (run.envelope.delivery === "exactly-once" && !run.over) (run.outputs ??= []).push(answer);
      else await this.#sender.store(answer, false, true);
    } catch (error) {
      run.answered = false;
      throw error;
    }
  }

  #atDeadline(run: Run, expire: () => void): Cancel {
    const left = (run.deadline as number) - this.#config.clock.now();
    const timer = this.#timers.set(Math.max(0, left), expire);
    return () => timer.done();
  }

  /** A message that the store itself gave up has nobody else to tell its asker. */
  #tellAsker({ envelope, reason, mailbox }: DeadLetter): void {
    this.#statistics.dead++;
    const numbers = mailbox && this.#numbersOf(mailbox);
    if (numbers) numbers.dead++;
    if (!hasAsker(envelope) || reason === "expired") return;
    const origin = { ...this.#origin, from: envelope.to ?? this.address, conversationId: envelope.conversationId };
    const parts = { sender: this.#sender, reports: this.#reports };
    promised(() =>
      chain(toErrorReply(parts, envelope, origin, givenUp(envelope, reason).toJSON()), (reply) => reply && this.#sender.store(reply, false, true)),
    ).catch((cause: unknown) => {
      this.#reports.emit({ type: "store.failed", step: "append", error: cause });
    });
  }

  // Closing

  #checkIntake(): void {
    const closed = this.#refuseWhenClosed();
    if (closed) throw closed;
  }

  #refuseWhenClosed(): HermodError | undefined {
    if (this.#intake) return undefined;
    return new HermodError("HERMOD_CLOSED", `the system is ${this.#closing ? "closed" : "draining"} and takes no messages`);
  }

  #handle(instance: Instance): RunningAgent {
    let stopping: Promise<void> | undefined;
    const stop = (options: { readonly timeout?: Duration } = {}): Promise<void> =>
      promised(() => {
        checkOptions("stop", options, ["timeout"]);
        const timeout = toMs(options.timeout ?? DRAIN_TIMEOUT, "stop.timeout");
        return (stopping ??= this.#stop(instance, timeout));
      });
    return { address: instance.address, stop, [Symbol.asyncDispose]: () => stop() };
  }

  async #stop(instance: Instance, timeout: number): Promise<void> {
    if (this.#instances.get(instance.address) !== instance) return;
    instance.stopped = true;
    await this.#dispatcher.answered();
    await this.#finish([instance], timeout);
    this.#release(instance);
    if (!this.#closing) await ask("remove", () => this.#store.operate({ type: "remove", mailbox: instance.address }));
  }

  #release(instance: Instance): void {
    if (this.#instances.get(instance.address) !== instance) return;
    instance.unwatch();
    this.#instances.delete(instance.address);
    instance.idle?.();
    if (this.#reports.active) this.#reports.emit({ type: "agent.stopped", agent: instance.address });
  }

  async #drain({ timeout, waiting }: DrainTerms): Promise<void> {
    const until = this.#config.clock.monotonic() + timeout;
    this.#intake = false;
    if (waiting) await this.#workOff(until);
    for (const mailbox of this.#pulled.values()) mailbox.close();
    const instances = [...this.#instances.values()];
    for (const instance of instances) instance.stopped = true;
    await this.#dispatcher.answered();
    const unfinished = await this.#finish(instances, Math.max(0, until - this.#config.clock.monotonic()));
    await this.#collectReplies();
    this.#ended = true;
    this.#calls.close(() => new HermodError("HERMOD_CLOSED", "the system was closed while the call waited; its outcome is unknown"));
    if (this.#reports.active) this.#reports.emit({ type: "system.drained", unfinished });
  }

  /** Replies that are stored already still reach their callers. */
  async #collectReplies(): Promise<void> {
    let least = Infinity;
    for (let idle = 0; this.#calls.size > 0 && idle < IDLE_TURNS; idle++) {
      const waiting = (await this.#counts()).find(({ mailbox }) => mailbox === this.address)?.waiting ?? 0;
      await this.#dispatcher.answered();
      if (waiting === 0) return;
      if (waiting < least) idle = 0;
      least = waiting;
      await this.#turn();
    }
  }

  /** Counts for the end of the system, which goes on without them when the store fails. */
  async #counts(): Promise<readonly MailboxCounts[]> {
    try {
      return (await this.#store.read({ type: "counts" })).items;
    } catch (error) {
      this.#reports.emit({ type: "store.failed", step: "read", error });
      return [];
    }
  }

  /** Lets everything that is ready have its turn. */
  #turn(): Promise<void> {
    return new Promise((resolve) => this.#config.clock.pause(resolve));
  }

  /** Waits until nothing waits or runs for the agents of this system, or the time is over. */
  async #workOff(until: number): Promise<void> {
    const { clock } = this.#config;
    for (;;) {
      const counts = await this.#counts();
      const busy = counts.some(({ mailbox, waiting, delayed, running }) => this.#instances.has(mailbox) && waiting + delayed + running > 0);
      if (!busy || clock.monotonic() >= until) return;
      await new Promise<void>((resolve) => void clock.after(10, resolve));
    }
  }

  /** Waits for what runs; what outlasts the time is aborted. Answers how many did. */
  async #finish(instances: readonly Instance[], timeout: number): Promise<number> {
    const busy = instances.filter((instance) => instance.busy);
    if (busy.length === 0) return 0;
    const idle = Promise.all(busy.map(untilIdle));
    let cancel: Cancel = () => undefined;
    const late = new Promise<void>((resolve) => (cancel = this.#config.clock.after(timeout, resolve)));
    await Promise.race([idle, late]);
    cancel();
    const left = busy.flatMap(({ running }) => running);
    const reason = new HermodError("HERMOD_CLOSED", "the system stops waiting for this handler");
    for (const running of left) running.abort(reason);
    // Those that heed their signal can still say how they ended.
    if (left.length > 0) await this.#turn();
    return left.length;
  }

  async #close(terms: DrainTerms): Promise<void> {
    await (this.#draining ??= this.#drain(terms));
    this.#endStatistics();
    this.#dispatcher.stop();
    this.#heartbeat.close();
    this.#timers.close();
    const served = this.agents();
    for (const instance of [...this.#instances.values()]) this.#release(instance);
    const failed = await this.#leaveStore(served);
    this.#reports.emit({ type: "system.closed" });
    if (failed) throw failed;
  }

  /** Takes every step, also when one fails; answers the first failure. */
  async #leaveStore(served: readonly Address[]): Promise<HermodError | undefined> {
    const store = this.#store;
    const withdrawals = served.map((address) => () => store.withdraw(address));
    const steps: (() => Maybe<unknown>)[] = [...withdrawals, () => store.operate({ type: "remove", mailbox: this.address }), () => store.close()];
    let failed: HermodError | undefined;
    for (const step of steps) {
      try {
        await step();
      } catch (error) {
        this.#reports.emit({ type: "store.failed", step: "close", error });
        failed ??= storeError("close", error);
      }
    }
    return failed;
  }
}

/** How to end, checked and complete. */
interface DrainTerms {
  readonly timeout: number;
  readonly waiting: boolean;
}

function toDrainTerms(what: string, options: DrainOptions): DrainTerms {
  checkOptions(what, options, ["timeout", "waiting"]);
  const { timeout = DRAIN_TIMEOUT, waiting = false } = options;
  return { timeout: toMs(timeout, `${what}.timeout`), waiting: aFlag(`${what}.waiting`, waiting) };
}

/** Waits until nothing of an agent runs, or it is released; whoever waits already goes on waiting. */
function untilIdle(instance: Instance): Promise<void> {
  const before = instance.idle;
  return new Promise((resolve) => {
    instance.idle = () => {
      before?.();
      resolve();
    };
  });
}

function ended({ self }: Run): HermodError {
  return new HermodError("HERMOD_CLOSED", `the system of ${self} was closed while its handler ran: it sends nothing more`);
}

/** What an asker is told whose message the store gave up: its agent was stopped, or there was no room. */
function givenUp({ id, to }: Envelope, reason: DeadLetter["reason"]): HermodError {
  const details = { id, to, reason };
  if (reason === "stopped") return new NoAgentError(`${to} was stopped before it handled message ${id}`, { details });
  return new OverloadedError(`${to} gave up message ${id}: ${reason}`, { details });
}

function checkAnswerable({ envelope, answered }: Run): void {
  if (answered) throw new HermodError("HERMOD_SETTLED", `message ${envelope.id} is answered already`);
  if (expectsAnswer(envelope) || hasAsker(envelope)) return;
  throw new HermodError("HERMOD_BAD_OPTION", `message ${envelope.id} expects no answer`);
}
