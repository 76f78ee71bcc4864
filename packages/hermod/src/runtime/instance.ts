/** Instance: one agent at work, from one start to the next. A pool has several of one definition behind one mailbox. */
import type { AgentDefinition } from "../agent/agent.ts";
import type { Address } from "../core/address.ts";
import { isControl, type Envelope } from "../core/envelope.ts";
import type { HermodError } from "../core/errors.ts";
import type { Claim } from "../core/store.ts";
import type { Exit } from "../core/supervision.ts";
import { busyWith, interruptedBy, meet } from "./busy.ts";
import { Cell, cellKey } from "./cell.ts";
import type { Cells } from "./cells.ts";
import type { Consumer } from "./dispatcher.ts";
import type { Guard } from "./guard.ts";
import { AgentStatistics } from "./statistics.ts";

/** One delivery while its handler works, as its agent sees it. */
export interface Running {
  readonly claim: Claim;
  readonly envelope: Envelope;
  readonly deadline: number | undefined;
  /** When it was told to stop, UTC milliseconds. */
  readonly abortedAt: number | undefined;
  /** True once the handler has answered by itself. */
  readonly answered: boolean;
  /** True while what has become of it is being stored: its handler has ended. */
  readonly settling: boolean;
  /** Why the handler was told to make room for another message. */
  interruption: HermodError | undefined;
  /** Messages that are to run when this one has ended. */
  readonly followers: readonly Claim[] | undefined;
  readonly inHandCount: number;
  /** How many people it waits for, however long that takes. */
  readonly asking: number;
  /** The calls whose replies it has not yet. */
  readonly waitsFor: readonly Envelope[];
  /** Tells the handler to stop. */
  abort(reason: unknown): void;
  /** Hands a message to the handler. */
  steer(claim: Claim): void;
  /** Lets a message run after this one. */
  follow(claim: Claim): void;
  takeFollowers(): readonly Claim[];
  inHand(): Iterable<Claim>;
  /** What it is told when its deadline passes. */
  expired(): HermodError;
}

/** What carries out what an instance decides. */
export interface Delivering {
  /** Begins the handling of a claimed message. */
  begin(instance: Instance, claim: Claim): void;
  /** Turns a claimed message away. */
  refuse(instance: Instance, claim: Claim, error: HermodError): void;
  /** Gives a claimed message back, without an attempt used. */
  release(instance: Instance, claim: Claim): void;
  /** True when its deadline has passed: its store sets it aside. */
  isExpired(claim: Claim): boolean;
  interrupted(envelope: Envelope, by: Envelope): void;
  steered(envelope: Envelope, into: Envelope): void;
  cells(instance: Instance): Cells;
}

/** Messages that an agent may have in hand besides those that run. */
const MOST_IN_HAND = 100;

/** What most of a hundred thousand agents never need. */
class Rare {
  guard: Guard | undefined;
  leaving = false;
  paused = false;
  /** The states of those who have several. */
  cells: Cells | undefined;
  /** Claimed messages that wait for a place. */
  held: Claim[] | undefined;
  idle: (() => void) | undefined;
  dry: (() => void) | undefined;
  replyTo: Address | undefined;
}

/** One agent at work: its definition, what runs now, its states and its numbers. */
export class Instance implements Consumer {
  readonly definition: AgentDefinition;
  /** Its own name: that of the agent, or of the member of a pool. */
  readonly address: Address;
  queued = false;
  claiming = false;
  stopped = false;
  /** Since when it takes messages, UTC milliseconds. */
  startedAt = 0;
  /** Deliveries whose handler runs now; control messages do not take a place. */
  ordinary = 0;
  /** Who claims for it: itself, or its pool. */
  line: Consumer = this;
  #running: Running[] | undefined;
  #statistics: AgentStatistics | undefined;
  #cell: Cell | undefined;
  #rare: Rare | undefined;
  /** Ends the watch on the mailbox. */
  unwatch: () => void = () => undefined;
  /** Told when it ends by itself. */
  exited: ((instance: Instance, exit: Exit, error: unknown, message: string) => void) | undefined;
  readonly #parts: Delivering;

  constructor(definition: AgentDefinition, parts: Delivering, address: Address = definition.address) {
    this.definition = definition;
    this.address = address;
    this.#parts = parts;
  }

  // Made when first needed: most of a hundred thousand agents are idle.

  get running(): Running[] {
    return (this.#running ??= []);
  }

  get statistics(): AgentStatistics {
    return (this.#statistics ??= new AgentStatistics());
  }

  set statistics(statistics: AgentStatistics) {
    this.#statistics = statistics;
  }

  /** True while a handler of it runs. */
  get busy(): boolean {
    return this.#running !== undefined && this.#running.length > 0;
  }

  /** Its circuit breaker, where it has one. */
  get guard(): Guard | undefined {
    return this.#rare?.guard;
  }

  set guard(guard: Guard | undefined) {
    this.#more.guard = guard;
  }

  /** True while it ends by itself: its last message is being settled. */
  get leaving(): boolean {
    return this.#rare?.leaving === true;
  }

  set leaving(leaving: boolean) {
    this.#more.leaving = leaving;
  }

  /** True while it is to take nothing but control messages. */
  get paused(): boolean {
    return this.#rare?.paused === true;
  }

  set paused(paused: boolean) {
    this.#more.paused = paused;
  }

  /** Called when nothing runs any more. */
  get idle(): (() => void) | undefined {
    return this.#rare?.idle;
  }

  set idle(idle: (() => void) | undefined) {
    this.#more.idle = idle;
  }

  /** Called when its mailbox had nothing for it. */
  get dry(): (() => void) | undefined {
    return this.#rare?.dry;
  }

  set dry(dry: (() => void) | undefined) {
    this.#more.dry = dry;
  }

  /** Where replies to its calls go, made at its first call. */
  get replyTo(): Address | undefined {
    return this.#rare?.replyTo;
  }

  set replyTo(replyTo: Address | undefined) {
    this.#more.replyTo = replyTo;
  }

  get #more(): Rare {
    return (this.#rare ??= new Rare());
  }

  get lease(): number {
    return this.definition.lease;
  }

  /** True while its busy rule wants to know what comes for those that run, and its hands are not full. */
  get beside(): boolean {
    return this.meets && this.#inHand() < MOST_IN_HAND;
  }

  /** True for an agent whose busy rule decides about messages that come while it works. */
  get meets(): boolean {
    const { busy, apart } = this.definition.work;
    return busy === "interrupt" || busy === "steer" || (busy === "reject" && apart !== "none");
  }

  room(): number {
    if (this.stopped || this.leaving) return -1;
    if (this.paused) return 0;
    const free = this.definition.work.concurrency - this.ordinary;
    const admitted = this.guard === undefined ? free : Math.min(free, this.guard.room());
    if (!this.beside) return admitted;
    if (this.#rare?.held?.length) return 0;
    return free <= 0 && this.guard?.room() !== 0 ? 1 : admitted;
  }

  take(claim: Claim): void {
    const { envelope } = claim;
    // One that was claimed together with this one may have ended the agent.
    if (this.stopped || this.leaving) return this.#parts.release(this, claim);
    // It was paused, or its breaker has opened, while this one was claimed, or while it waited in hand.
    const rests = this.paused || this.guard?.room() === 0;
    if (rests && !isControl(envelope)) return this.#parts.release(this, claim);
    if (!this.meets || isControl(envelope)) return this.#parts.begin(this, claim);
    const run = this.#likeOf(envelope);
    const isFree = this.definition.work.concurrency > this.ordinary;
    const meeting = meet(this.definition.work.busy, envelope, run?.envelope, isFree);
    if (run === undefined) {
      if (meeting === "begin") return this.#parts.begin(this, claim);
      return void (this.#more.held ??= []).push(claim);
    }
    if (meeting === "refuse") return this.#parts.refuse(this, claim, busyWith(run.envelope, this.address));
    // What follows the running one already must not be overtaken.
    if (meeting === "steer" && !run.followers?.length) return this.#steer(run, claim);
    run.follow(claim);
    if (meeting === "interrupt") this.#interrupt(run, envelope);
  }

  /** A run has ended: what waited for it, or for a place, has its turn. */
  proceed(run: Running): void {
    const next = [...run.takeFollowers(), ...this.#takeHeld()];
    for (const claim of next) {
      const isOver = this.stopped || this.leaving || this.#parts.isExpired(claim);
      if (isOver) this.#parts.release(this, claim);
      else this.take(claim);
    }
  }

  /** Gives back what waits in hand. */
  letGo(): void {
    for (const claim of this.#takeHeld()) this.#parts.release(this, claim);
  }

  /** The claims whose leases are to be kept, those of running messages aside. */
  *inHand(): IterableIterator<Claim> {
    yield* this.#rare?.held ?? [];
    for (const run of this.#running ?? []) yield* run.inHand();
  }

  /** The state that a message works on, in use from now on. */
  enter(envelope: Envelope): Cell {
    const { work } = this.definition;
    if (work.apart === "none") return (this.#cell ??= new Cell(this.address));
    return (this.#more.cells ??= this.#parts.cells(this)).enter(cellKey(this.address, work, envelope));
  }

  /** A message has ended its work on a state. */
  leave(cell: Cell): void {
    this.#rare?.cells?.leave(cell);
  }

  /** Takes a state out of use: the next message begins with the committed one. */
  drop(cell: Cell): void {
    this.#rare?.cells?.drop(cell);
    if (this.#cell === cell) this.#cell = undefined;
  }

  /** Puts all states away. */
  forget(): void {
    this.#rare?.cells?.clear();
    this.#cell = undefined;
  }

  #takeHeld(): readonly Claim[] {
    const held = this.#rare?.held ?? [];
    if (this.#rare) this.#rare.held = undefined;
    return held;
  }

  #inHand(): number {
    let count = 0;
    for (const run of this.#running ?? []) count += run.inHandCount;
    return count;
  }

  /** The run of the same conversation, key or agent. */
  #likeOf(envelope: Envelope): Running | undefined {
    const { work } = this.definition;
    const key = cellKey(this.address, work, envelope);
    return this.running.find(
      (run) => !isControl(run.envelope) && cellKey(this.address, work, run.envelope) === key,
    );
  }

  #steer(run: Running, claim: Claim): void {
    run.steer(claim);
    this.#parts.steered(claim.envelope, run.envelope);
  }

  #interrupt(run: Running, by: Envelope): void {
    if (run.interruption !== undefined) return;
    run.interruption = interruptedBy(by, this.address);
    run.abort(run.interruption);
    this.#parts.interrupted(run.envelope, by);
  }
}
