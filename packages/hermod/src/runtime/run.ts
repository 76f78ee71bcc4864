/** Run: one delivery while its handler works; what the handler sees of it is its context. */
import type { Context, LogLine } from "../agent/context.ts";
import type { AgentDefinition } from "../agent/agent.ts";
import type { Spending } from "../agent/spending.ts";
import { handlingOf, type Handling } from "../agent/handling.ts";
import type { Address } from "../core/address.ts";
import type { Budget } from "../core/budget.ts";
import type { Ticket } from "../core/breaker.ts";
import type { Cancel } from "../core/clock.ts";
import { isControl, isExpired, isNotice, type Envelope } from "../core/envelope.ts";
import { ExpiredError, TimeoutError, type HermodError } from "../core/errors.ts";
import type { Model } from "../core/model.ts";
import type { LogLevel, Note } from "../core/note.ts";
import type { Claim } from "../core/store.ts";
import type { TaskEnd } from "../core/tasklog.ts";
import type { Cell } from "./cell.ts";
import type { Instance, Running } from "./instance.ts";
import type { Window } from "./credit.ts";
import type { RunNotes } from "./runnotes.ts";
import type { Child, Origin } from "./send.ts";
import { committedState, frozenState } from "./state.ts";

/** What a run asks of the system around it. */
export interface RunHost {
  modelOf(run: Run): Model;
  call(run: Run): Context["call"];
  /** Where replies to the run's calls go. */
  replyTo(run: Run): Address;
  cast(run: Run): Context["cast"];
  task(run: Run): Context["task"];
  ask(run: Run): Context["ask"];
  spending(run: Run): Spending;
  history(run: Run, limit: number | undefined): Promise<readonly Envelope[]>;
  progress(run: Run, fraction: number, note: string | undefined): Promise<void>;
  publish(run: Run): Context["publish"];
  init(definition: AgentDefinition, self: Address): Promise<void>;
  reply(run: Run, value: unknown): Promise<void>;
  log(run: Run, level: LogLevel, text: string, data: unknown): void;
  /** Where what is kept of a run is gathered. */
  notes(run: Run): RunNotes;
  /** UTC milliseconds. */
  now(): number;
  /** Calls `expire` at the run's deadline. */
  atDeadline(run: Run, expire: () => void): Cancel;
}

/** A message that was handed to a running handler. */
interface Steered {
  readonly claim: Claim;
  seen: boolean;
}

const none: readonly Claim[] = Object.freeze([]);

export class Run implements Context<unknown>, Running, Origin {
  readonly instance: Instance;
  readonly claim: Claim;
  readonly handling: Handling | undefined;
  /** True once the handler has answered by itself. */
  answered = false;
  /** What it has answered by itself. */
  early: { readonly value: unknown } | undefined;
  /** True once the handler has ended: its context sends nothing more into the delivery's transaction. */
  over = false;
  /** True while what has become of it is being stored: its handler has ended. */
  settling = false;
  /** True once its place was given to the next message, while its settlement is being stored. */
  yielded = false;
  /** True once the delivery was settled without its handler, which may still run: what it does counts for nothing. */
  abandoned = false;
  /** True when the agent ends after this message. */
  last = false;
  /** Why the handler was told to make room for another message. */
  interruption: HermodError | undefined;
  /** Outputs of an exactly-once delivery, kept until they are committed with it. */
  outputs: Envelope[] | undefined;
  /** Outputs that are not ready yet: they are being intercepted or routed. */
  keeping: Set<Promise<unknown>> | undefined;
  /** How many outputs it has named. */
  places = 0;
  /** The state it works on. */
  cell: Cell | undefined;
  /** When the handler began, where it is measured. */
  startedAt: number | undefined;
  /** When it was told to stop, UTC milliseconds. */
  abortedAt: number | undefined;
  /** Why its message is not to be tried again: somebody cancelled it. */
  cancellation: HermodError | undefined;
  /** Errors that put its message off: where the handler ends with one of them, it comes again at this time, UTC milliseconds. */
  putOff: Map<unknown, number> | undefined;
  /** Which attempt of its task it is, as the task's log counts. */
  attempt: number;
  /** The end of its task, recorded with its settlement. */
  taskEnd: TaskEnd | undefined;
  /** How far its generator may go ahead of readers. */
  window: Window | undefined;
  /** True once the end of its task is recorded. */
  hasEnd = false;
  /** The era of the agent's breaker that it began in. */
  ticket: Ticket | undefined;
  /** Place among the running ones of its agent. */
  place = -1;
  /** Messages that are to run when this one has ended. */
  followers: Claim[] | undefined;
  asking = 0;
  #notes: RunNotes | undefined;
  #steered: Steered[] | undefined;
  readonly #host: RunHost;
  #controller: AbortController | undefined;
  #aborted: { readonly reason: unknown } | undefined;
  #forget: Cancel | undefined;
  #hops: readonly Address[] | undefined;
  /** What it has started and what ends with it. */
  #children: Set<Child> | undefined;
  #model: Model | undefined;
  /** Until when its message may be worked on, and by when its task must have shown progress, UTC milliseconds. */
  readonly #due: number | undefined;
  #idleUntil: number | undefined;

  constructor(instance: Instance, claim: Claim, host: RunHost) {
    this.instance = instance;
    this.claim = claim;
    this.attempt = claim.attempt;
    this.handling = handlingOf(instance.definition, claim.envelope);
    this.#host = host;
    this.#due = claim.envelope.deadline;
    if (claim.envelope.task?.idle !== undefined) this.#idleUntil = this.#nextIdle();
  }

  get call(): Context["call"] {
    return this.#host.call(this);
  }

  get cast(): Context["cast"] {
    return this.#host.cast(this);
  }

  get task(): Context["task"] {
    return this.#host.task(this);
  }

  get ask(): Context["ask"] {
    return this.#host.ask(this);
  }

  get history(): Context["history"] {
    return (limit) => this.#host.history(this, limit);
  }

  get progress(): Context["progress"] {
    return (fraction, note) => this.#host.progress(this, fraction, note);
  }

  get publish(): Context["publish"] {
    return this.#host.publish(this);
  }

  get reply(): (value: unknown) => Promise<void> {
    return (value) => this.#host.reply(this, value);
  }

  // What runs beside another handler commits nothing: it sees the state and cannot change it; a call back sees it as it is committed.
  get state(): unknown {
    const { envelope } = this.claim;
    if (!isControl(envelope)) return this.cell?.value;
    const { cell } = this;
    const { state: first } = this.instance.definition;
    if (cell === undefined || first === undefined || isNotice(envelope)) return frozenState(cell?.value);
    return frozenState(committedState(cell, first));
  }

  get model(): Model {
    return (this.#model ??= this.#host.modelOf(this));
  }

  // An AbortController a message would be waste: it is made when somebody looks, and then the deadline is watched.
  get signal(): AbortSignal {
    if (this.#controller) return this.#controller.signal;
    this.#controller = new AbortController();
    if (this.#aborted) this.#controller.abort(this.#aborted.reason);
    else if (this.deadline !== undefined) this.#watch();
    return this.#controller.signal;
  }

  /** Its message's, or the time by which its task must have shown progress. */
  get deadline(): number | undefined {
    if (this.#idleUntil === undefined) return this.#due;
    return this.#due === undefined ? this.#idleUntil : Math.min(this.#due, this.#idleUntil);
  }

  get conversation(): string {
    return this.claim.envelope.conversationId;
  }

  get envelope(): Envelope {
    return this.claim.envelope;
  }

  get idempotencyKey(): string {
    return this.claim.envelope.idempotencyKey ?? this.claim.envelope.id;
  }

  get log(): Context["log"] {
    const line =
      (level: LogLevel): LogLine =>
      (text, data) =>
        this.#host.log(this, level, text, data);
    return { debug: line("debug"), info: line("info"), warn: line("warn"), error: line("error") };
  }

  get steered(): () => readonly Envelope[] {
    return () => this.#takeSteered();
  }

  // Of an instance that the agent does not have it says so itself: whoever asked expects the answer from there.
  get self(): Address {
    const { envelope, mailbox } = this.claim;
    const { to } = envelope;
    const { definition } = this.instance;
    const isInstance = definition.work.apart === "key" || to !== mailbox;
    return isInstance && to !== undefined ? to : definition.address;
  }

  // As the origin of what the handler sends

  get from(): Address {
    return this.self;
  }

  get replyTo(): Address {
    return this.#host.replyTo(this);
  }

  get conversationId(): string {
    return this.claim.envelope.conversationId;
  }

  get causeId(): string {
    return this.claim.envelope.id;
  }

  get hops(): readonly Address[] {
    return (this.#hops ??= Object.freeze([...this.claim.envelope.hops, this.self]));
  }

  // Who has its answer waits no longer.
  get waits(): number {
    return this.answered ? 0 : this.claim.envelope.waits;
  }

  get bound(): number | undefined {
    return this.#due;
  }

  get limits(): Budget | undefined {
    return this.claim.envelope.budget;
  }

  get budget(): Spending {
    return this.#host.spending(this);
  }

  get trace(): string | undefined {
    return this.claim.envelope.trace;
  }

  /** Tells the handler to stop, and what it has started with it. */
  abort(reason: unknown): void {
    if (this.#aborted) return;
    this.#aborted = { reason };
    this.abortedAt = this.#host.now();
    this.#controller?.abort(reason);
    for (const child of [...(this.#children ?? [])]) if (this.#isOver || !child.isTask) child.cancel(reason);
  }

  /** False for a delivery that is to run again: it finds the tasks of this one. */
  get #isOver(): boolean {
    return this.cancellation !== undefined || this.interruption !== undefined || this.isExpired;
  }

  /** @throws why it was told to stop, or that its deadline has passed. */
  throwIfAborted(): void {
    if (this.#aborted === undefined && this.deadline !== undefined && this.now() > this.deadline)
      throw this.expired();
    // A signal is what throws a reason that is no error.
    if (this.#aborted) this.signal.throwIfAborted();
  }

  /** Ends it for good: nobody wants it any longer. */
  cancel(reason: HermodError): void {
    this.cancellation ??= reason;
    this.abort(reason);
  }

  get running(): this {
    return this;
  }

  get waitsFor(): readonly Envelope[] {
    return [...(this.#children ?? [])].flatMap(({ call }) => call ?? []);
  }

  adopt(child: Child): () => void {
    const children = (this.#children ??= new Set());
    children.add(child);
    // What was being handed out when it was ended ends with it.
    if (this.#aborted && child.isTask && this.#isOver) child.cancel(this.#aborted.reason);
    return () => children.delete(child);
  }

  /** Its task has shown progress. */
  progressed(): void {
    if (this.#idleUntil !== undefined) this.#idleUntil = this.#nextIdle();
  }

  #nextIdle(): number {
    return this.#host.now() + (this.claim.envelope.task?.idle as number);
  }

  now(): number {
    return this.#host.now();
  }

  /** True once the deadline of its message has passed. */
  get isExpired(): boolean {
    return isExpired(this.claim.envelope, this.#host.now());
  }

  /** Keeps a note beside its message; one that comes when the handler has ended belongs to nothing. */
  note(note: Note): void {
    if (!this.over) (this.#notes ??= this.#host.notes(this)).add(note);
  }

  /** Records what was noted so far. */
  flushNotes(): void {
    this.#notes?.flush();
  }

  /** Keeps the delivery open until an output is ready. */
  keep<T>(output: Promise<T>): Promise<T> {
    (this.keeping ??= new Set()).add(output);
    return output;
  }

  /** Ends when the outputs that are being made are ready or refused. */
  async kept(): Promise<void> {
    const pending = this.keeping ?? new Set<Promise<unknown>>();
    this.keeping = undefined;
    await Promise.allSettled(pending);
  }

  /** Hands a message to the handler. */
  steer(claim: Claim): void {
    (this.#steered ??= []).push({ claim, seen: false });
  }

  /** Lets a message run after this one. */
  follow(claim: Claim): void {
    (this.followers ??= []).push(claim);
  }

  /** True when messages were handed to the handler. */
  get hasSteered(): boolean {
    return this.#steered !== undefined;
  }

  /** The messages that the handler has seen, which are settled as its own is. */
  takeSeen(): readonly Claim[] {
    const steered = this.#steered;
    if (steered === undefined) return none;
    this.#steered = steered.filter(({ seen }) => !seen);
    return steered.filter(({ seen }) => seen).map(({ claim }) => claim);
  }

  /** What runs after it: what was handed to it and not settled with it, and what was to follow it. */
  takeFollowers(): readonly Claim[] {
    const steered = (this.#steered ?? []).map(({ claim }) => claim);
    const followers = this.followers ?? [];
    this.#steered = this.followers = undefined;
    return [...steered, ...followers];
  }

  get inHandCount(): number {
    return (this.followers?.length ?? 0) + (this.#steered?.length ?? 0);
  }

  *inHand(): IterableIterator<Claim> {
    yield* this.followers ?? [];
    for (const { claim } of this.#steered ?? []) yield claim;
  }

  /** Ends the run: its deadline is watched no more. */
  end(): void {
    this.over = true;
    this.#forget?.();
  }

  /** Progress moves the deadline: it is looked at again when it was to have come. */
  #watch(): void {
    this.#forget = this.#host.atDeadline(this, () => {
      if (this.#host.now() < (this.deadline as number)) this.#watch();
      else this.abort(this.expired());
    });
  }

  #takeSteered(): readonly Envelope[] {
    const now = this.#host.now();
    const fresh = (this.#steered ?? []).filter(({ claim, seen }) => !seen && !isExpired(claim.envelope, now));
    for (const steered of fresh) steered.seen = true;
    return fresh.map(({ claim }) => claim.envelope);
  }

  /** What it is told when its deadline passes. */
  expired(): HermodError {
    const { envelope, self } = this;
    const idle = envelope.task?.idle;
    if (idle !== undefined && this.deadline !== envelope.deadline) return idled(envelope.id, self, idle);
    return new ExpiredError(`the deadline of message ${envelope.id} has passed while ${self} handled it`, {
      details: { message: envelope.id },
    });
  }
}

function idled(id: string, self: Address, idle: number): TimeoutError {
  return new TimeoutError(`task ${id} showed no progress for ${idle} ms while ${self} handled it`, {
    details: { task: id, idle },
    hint: "Call ctx.progress(fraction) more often, yield parts, or allow a longer `idle`.",
  });
}
