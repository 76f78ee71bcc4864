/** Host: what a running handler may ask of the system around it. */
import type { AgentDefinition } from "../agent/agent.ts";
import type { AskOptions } from "../agent/ask.ts";
import type { Mind } from "../agent/mind.ts";
import type { Call, Cast, Context, LogLine } from "../agent/context.ts";
import type { Spending } from "../agent/spending.ts";
import type { Task } from "../agent/task.ts";
import { eventOf } from "../agent/topic.ts";
import type { InitContext } from "../agent/upkeep.ts";
import { replyAddress, type Address } from "../core/address.ts";
import type { Cancel, Clock } from "../core/clock.ts";
import { expectsAnswer, hasAsker, type Envelope } from "../core/envelope.ts";
import { show } from "../core/duration.ts";
import { ExpiredError, HermodError } from "../core/errors.ts";
import { derivedId } from "../core/id.ts";
import { chain, isPromise, type Maybe, promised } from "../core/maybe.ts";
import type { Model } from "../core/model.ts";
import { toLogNote, type LogLevel } from "../core/note.ts";
import { aText, wholeNumber } from "../core/options.ts";
import type { Store } from "../core/store.ts";
import type { TaskEnd } from "../core/tasklog.ts";
import { askingFor } from "./allowance.ts";
import { ask } from "./asking.ts";
import { ConversationSpending } from "./budgets.ts";
import type { People } from "./people.ts";
import { saidBefore } from "./history.ts";
import type { MessageRoad } from "./messages.ts";
import { RunModel } from "./modelcalls.ts";
import type { ModelGates } from "./modelgate.ts";
import type { Reports } from "./reports.ts";
import type { Run, RunHost } from "./run.ts";
import { RunNotes } from "./runnotes.ts";
import type { Draft, Origin, Sender } from "./send.ts";
import type { TaskRuns } from "./taskruns.ts";
import type { Given, Tasks } from "./tasks.ts";
import type { Timers } from "./timers.ts";

/** What a host needs. */
export interface HostParts {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly reports: Reports;
  readonly sender: Sender;
  readonly messages: MessageRoad;
  /** What agents have that say nothing else. */
  readonly mind: Mind;
  readonly gates: ModelGates;
  /** The system's own address. */
  readonly self: Address;
  /** The answer to a run's message, checked and not yet stored. */
  readonly answer: (run: Run, value: unknown) => Maybe<Envelope | undefined>;
  readonly tasks: Tasks;
  readonly store: Store;
  readonly taskRuns: TaskRuns;
  readonly people: People;
}

export class Host implements RunHost {
  readonly #parts: HostParts;
  /** True once the system waits for nobody any more: what still runs sends nothing. */
  #ended = false;
  /** What ends the starts that are under way. */
  readonly #starts = new Set<AbortController>();

  constructor(parts: HostParts) {
    this.#parts = parts;
  }

  /** From now on what still runs sends nothing. */
  end(): void {
    this.#ended = true;
    for (const start of this.#starts) start.abort(endedStart());
  }

  now(): number {
    return this.#parts.clock.now();
  }

  replyTo({ instance, self }: Run): Address {
    if (instance.definition.work.apart === "key") return replyAddress(this.#parts.self, self);
    return (instance.replyTo ??= replyAddress(this.#parts.self, self));
  }

  call(run: Run): Context["call"] {
    return ((...given: Request) => this.#callFrom(run, given)) as Call;
  }

  cast(run: Run): Context["cast"] {
    return (to, operation, payload, options) => this.#castFrom(run, to, operation, payload, options);
  }

  publish(run: Run): Context["publish"] {
    return ((...given: Request) => this.#publishFrom(run, given)) as Context["publish"];
  }

  task(run: Run): Context["task"] {
    return ((...given: Given) => this.#taskFrom(run, given)) as Context["task"];
  }

  /** @throws HermodError HERMOD_NO_MODEL where neither the agent nor the system has one. */
  modelOf(run: Run): Model {
    const { mind, clock, reports, gates } = this.#parts;
    const model = this.#modelFor(run.instance.definition, run.self);
    const { overspend = mind.overspend } = run.instance.definition.mind;
    return new RunModel({ model, overspend, clock, reports, gates }, run, run.budget);
  }

  #modelFor({ mind }: AgentDefinition, self: Address): Model {
    const model = mind.model ?? this.#parts.mind.model;
    if (model) return model;
    throw new HermodError("HERMOD_NO_MODEL", `${self} asked for a model, and the system has none`);
  }

  ask(run: Run): Context["ask"] {
    return (async (person: string, question: string, options?: AskOptions) => {
      const refused = this.#silenced(run);
      if (refused) throw refused;
      return this.#parts.people.ask(run, person, question, options);
    }) as Context["ask"];
  }

  history({ envelope, self }: Run, limit = 100): Promise<readonly Envelope[]> {
    return promised(() =>
      saidBefore(this.#parts.store, envelope, self, wholeNumber("history limit", limit, 1, 1000)),
    );
  }

  spending(run: Run): Spending {
    const { store, people, mind } = this.#parts;
    const { conversationId, budget } = run.envelope;
    const person = (run.instance.definition.mind.overspend ?? mind.overspend)?.ask;
    const askForMore = person === undefined ? undefined : askingFor(person, people, store, run);
    return new ConversationSpending(store, conversationId, budget, askForMore);
  }

  async progress(run: Run, fraction: number, note: string | undefined): Promise<void> {
    const { envelope, attempt } = run;
    const entry = { type: "progress", attempt, at: this.now(), ...toProgress(fraction, note) };
    if (envelope.verb !== "task" || run.hasEnd) return;
    run.throwIfAborted();
    const refused = this.#silenced(run);
    if (refused) throw refused;
    run.progressed();
    await ask("record", () => this.#parts.store.record(envelope.id, entry));
  }

  /** Starts an agent, or an instance of a keyed one: runs its `init`, for 30 s at the most. */
  init(definition: AgentDefinition, self: Address): Promise<void> {
    const { init } = definition.upkeep;
    return init === undefined ? Promise.resolve() : this.#initiate(definition, self, init);
  }

  async #initiate(
    definition: AgentDefinition,
    self: Address,
    init: (ctx: InitContext) => unknown,
  ): Promise<void> {
    const limit = new AbortController();
    this.#starts.add(limit);
    const timer = this.#parts.timers.set(INIT_TIMEOUT, () => limit.abort(slowStart(self)));
    const late = new Promise<never>((_, reject) =>
      limit.signal.addEventListener("abort", () => reject(limit.signal.reason as Error)),
    );
    try {
      await Promise.race([Promise.resolve(init(this.#beginning(definition, self, limit.signal))), late]);
    } finally {
      timer.done();
      this.#starts.delete(limit);
    }
  }

  /** What an agent can do while it starts. */
  #beginning(definition: AgentDefinition, self: Address, signal: AbortSignal): InitContext {
    const { messages, reports } = this.#parts;
    const modelFor = (): Model => this.#modelFor(definition, self);
    const origin: Origin = Object.freeze({
      ...{ from: self, replyTo: replyAddress(this.#parts.self, self), conversationId: undefined },
      ...{ causeId: undefined, hops: [self], waits: 0, trace: undefined, bound: undefined },
      limits: undefined,
    });
    const line =
      (level: LogLevel): LogLine =>
      (text, data) =>
        void (reports.active && reports.emit({ type: "log.written", level, agent: self, text, data }));
    const send = <T>(sending: () => Promise<T>): Promise<T> => {
      if (signal.aborted) return Promise.reject(signal.reason as Error);
      return this.#ended ? Promise.reject(endedStart()) : sending();
    };
    return {
      ...{ self, signal },
      log: { debug: line("debug"), info: line("info"), warn: line("warn"), error: line("error") },
      call: ((...given: Request) => send(() => messages.call(given, origin))) as Call,
      cast: (...[to, operation, payload, options]: Parameters<Cast>) =>
        send(() => messages.cast(to, operation as string, payload, options, origin)),
      publish: ((...given: Request) =>
        send(() =>
          promised(() => messages.publish(named(definition, given), origin)),
        )) as InitContext["publish"],
      get model(): Model {
        return modelFor();
      },
    };
  }

  #callFrom(run: Run, given: Request): Promise<unknown> {
    const refused = this.#silenced(run);
    if (refused) return Promise.reject(refused);
    return promised(() => {
      checkTime(run, "call", this.now());
      return this.#parts.messages.call(given, run);
    });
  }

  #castFrom(run: Run, ...[to, operation, payload, options]: Parameters<Cast>): Promise<Envelope> {
    const refused = this.#silenced(run);
    if (refused) return Promise.reject(refused);
    if (!isTransactional(run))
      return this.#parts.messages.cast(to, operation as string, payload, options, run);
    return promised(() =>
      chain(this.#parts.messages.castDraft(to, operation as string, payload, options), (draft) => {
        const kept = this.#keep(run, draft);
        return options?.hold ? chain(kept, (ready) => this.#parts.sender.expect(ready)) : kept;
      }),
    );
  }

  #taskFrom(run: Run, given: Given): Promise<Task> {
    const refused = this.#silenced(run);
    if (refused) return Promise.reject(refused);
    const { tasks, sender } = this.#parts;
    return promised(() => {
      checkTime(run, "task", this.now());
      if (!isTransactional(run)) return tasks.start(given, run);
      return chain(tasks.draft(given), (draft) => {
        const kept = this.#keep(run, draft);
        const expected = given[3]?.hold ? chain(kept, (ready) => sender.expect(ready)) : kept;
        return chain(expected, (envelope) => tasks.started(envelope, run, given, true));
      });
    });
  }

  #publishFrom(run: Run, given: Request): Promise<Envelope> {
    const refused = this.#silenced(run);
    if (refused) return Promise.reject(refused);
    return promised(() => {
      const publication = named(run.instance.definition, given);
      if (!isTransactional(run)) return this.#parts.messages.publish(publication, run);
      return chain(this.#parts.messages.publishDraft(publication), (draft) => this.#keep(run, draft));
    });
  }

  /** Keeps an output of a part of the system, sent as by `origin`. */
  output(run: Run, draft: Draft, origin: Origin): Maybe<Envelope> {
    const refused = this.#silenced(run);
    if (refused) throw refused;
    return this.#keep(run, draft, origin);
  }

  /** Keeps an output until it is committed with its delivery, under an id that a rerun gives again. */
  #keep(run: Run, draft: Draft, origin: Origin = run): Maybe<Envelope> {
    const { sender } = this.#parts;
    const outputs = (run.outputs ??= []);
    const place = run.places++;
    const to = draft.to ?? draft.topic ?? "";
    const id = draft.id ?? derivedId(run.envelope.sentAt, run.envelope.id, to, run.claim.generation, place);
    const output = sender.sealOnward({ ...draft, id }, origin);
    if (run.attempt === 1) sender.own(output);
    outputs.push(output);
    const replace = (copies: readonly Envelope[]): void =>
      void outputs.splice(outputs.indexOf(output), 1, ...copies);
    const refuse = (error: unknown): never => {
      replace([]);
      throw error;
    };
    try {
      const ready = this.#prepare(output, replace);
      return isPromise(ready) ? run.keep((ready as Promise<Envelope>).catch(refuse)) : ready;
    } catch (error) {
      return refuse(error);
    }
  }

  /** Lets the interceptors and routes see an output, and puts what they leave of it in its place. */
  #prepare(output: Envelope, replace: (copies: readonly Envelope[]) => void): Maybe<Envelope> {
    const { sender } = this.#parts;
    return chain(sender.intercepted(output), (ready) =>
      chain(sender.spread(ready), (copies) => {
        replace(copies);
        return ready;
      }),
    );
  }

  /** Why a run sends nothing more. */
  #silenced(run: Run): HermodError | undefined {
    if (this.#ended) return ended(run);
    return run.abandoned ? abandoned(run) : undefined;
  }

  async reply(run: Run, value: unknown): Promise<void> {
    const refused = this.#silenced(run);
    if (refused) throw refused;
    checkAnswerable(run);
    run.answered = true;
    run.early = { value };
    // An attempt before this one has answered, and failed after it.
    if (run.hasEnd) return;
    try {
      const answer = await this.#parts.answer(run, value);
      const end = this.#parts.taskRuns.done(run, value);
      if (isTransactional(run)) {
        if (answer) (run.outputs ??= []).push(answer);
        run.taskEnd = end;
      } else await this.#send(run, answer, end);
    } catch (error) {
      run.answered = false;
      run.early = undefined;
      throw error;
    }
  }

  /** Answers before the handler ends: a task has its end then. */
  async #send(run: Run, answer: Envelope | undefined, end: TaskEnd | undefined): Promise<void> {
    if (end) await ask("record", () => this.#parts.store.record(run.envelope.id, end));
    run.hasEnd = end !== undefined;
    if (answer) await this.#parts.sender.store(answer, false, true);
  }

  notes(run: Run): RunNotes {
    const { self: agent, claim, envelope } = run;
    return new RunNotes(this.#parts, { id: envelope.id, agent, attempt: claim.attempt });
  }

  log(run: Run, level: LogLevel, text: string, data: unknown): void {
    const { reports } = this.#parts;
    run.note(toLogNote(this.now(), level, text, data));
    if (reports.active)
      reports.emit({ type: "log.written", level, agent: run.self, envelope: run.envelope, text, data });
  }

  atDeadline(run: Run, expire: () => void): Cancel {
    const left = (run.deadline as number) - this.#parts.clock.now();
    const timer = this.#parts.timers.set(Math.max(0, left), expire);
    return () => timer.done();
  }
}

/** The arguments of a call or publish, as they were given. */
type Request = readonly unknown[];

/** Longest start of an agent. */
const INIT_TIMEOUT = 30_000;

function slowStart(self: Address): HermodError {
  return new HermodError("HERMOD_TIMEOUT", `init of ${self} has not ended in ${INIT_TIMEOUT} ms`, {
    hint: "Start slow work from a handler, or let init heed its signal.",
  });
}

function endedStart(): HermodError {
  return new HermodError("HERMOD_CLOSED", "the system was closed while the agent started");
}

/** @throws ExpiredError once nothing of a handler's work can end in time. */
function checkTime({ bound, envelope }: Run, what: string, now: number): void {
  if (bound === undefined || now <= bound) return;
  throw new ExpiredError(`the ${what} was not sent: the deadline of message ${envelope.id} has passed`);
}

/** @throws HermodError HERMOD_BAD_OPTION. */
function toProgress(fraction: unknown, note: unknown): { readonly fraction: number; readonly note?: string } {
  if (typeof fraction !== "number" || !(fraction >= 0 && fraction <= 1))
    throw new HermodError(
      "HERMOD_BAD_OPTION",
      `progress must be a number from 0 to 1, got ${show(fraction)}`,
      {
        details: { option: "progress", received: show(fraction) },
      },
    );
  return { fraction, ...(note !== undefined && { note: aText("progress note", note) }) };
}

/** What the handler sends now is committed with its delivery. */
function isTransactional({ envelope, over }: Run): boolean {
  return envelope.delivery === "exactly-once" && !over;
}

/** An agent with events publishes them by their own names; a name with a dot is always a topic. */
function named({ contract }: AgentDefinition, given: Request): Request {
  const [to, ...rest] = given;
  if (typeof to !== "string" || contract === undefined || contract.events.size === 0) return given;
  if (!contract.events.has(to) && to.includes(".")) return given;
  eventOf(contract, to);
  return [contract, to, ...rest];
}

function abandoned({ self }: Run): HermodError {
  return new HermodError(
    "HERMOD_CLOSED",
    `${self} was restarted while its handler ran: that one sends nothing more`,
  );
}

function ended({ self }: Run): HermodError {
  return new HermodError(
    "HERMOD_CLOSED",
    `the system of ${self} was closed while its handler ran: it sends nothing more`,
  );
}

function checkAnswerable({ envelope, answered }: Run): void {
  if (answered) throw new HermodError("HERMOD_SETTLED", `message ${envelope.id} is answered already`);
  if (expectsAnswer(envelope) || hasAsker(envelope)) return;
  throw new HermodError("HERMOD_BAD_OPTION", `message ${envelope.id} expects no answer`);
}
