/**
 * The memory store: the reference that every other store is compared with. It keeps everything in this process, forgets it
 * when the process ends, and answers without promises.
 */
import { mailboxOf, type Address } from "../core/address.ts";
import type { Clock } from "../core/clock.ts";
import { toMs, type Duration } from "../core/duration.ts";
import { isControl, isVolatile, type Envelope } from "../core/envelope.ts";
import { HermodError, type ErrorRecord } from "../core/errors.ts";
import { matches, type Filter } from "../core/filter.ts";
import { MOST_CONTROL, type ClaimTerms, type OpenClaim } from "../core/mailbox.ts";
import type { Maybe } from "../core/maybe.ts";
import { checkOptions, wholeNumber } from "../core/options.ts";
import { Ring } from "../core/ring.ts";
import type { DeadReason, Settlement } from "../core/settlement.ts";
import {
  SETTLED,
  STALE,
  STORED,
  type Answer,
  type Appended,
  type AppendedAll,
  type Attempt,
  type Claim,
  type DeadLetter,
  type DelayedMessage,
  type MailboxRule,
  type MessageRecord,
  type OpenStore,
  type Operated,
  type Operation,
  type Paged,
  type Query,
  type Settled,
  type StateChange,
  type StateRecord,
  type Store,
  type StoreEnv,
} from "../core/store.ts";
import type { MailboxCounts } from "../core/numbers.ts";
import { marksOf } from "../core/dedupe.ts";
import { Alarm } from "./memory/alarm.ts";
import { Bindings } from "./memory/bindings.ts";
import { Box, type Waiter } from "./memory/box.ts";
import { Graveyard, type GraveyardBounds } from "./memory/graveyard.ts";
import { History, type Indexed, type Retention } from "./memory/history.ts";
import { Plan } from "./memory/plan.ts";
import { compare, Recent } from "./memory/recent.ts";

/** Options of the memory store. */
export interface MemoryOptions {
  /** Bounds of the message history; default 10,000 messages and 64 MiB. `false` keeps none. */
  readonly history?: false | { readonly count?: number; readonly bytes?: number };
  /** Most payload that waits in all mailboxes together, in the codec's measure; default 268,435,456 (256 MiB). */
  readonly budget?: number;
  /** How long a repeated id or idempotency key is recognised; default "5m". */
  readonly dedupe?: Duration;
  /** Bounds of the dead letters: most of them (default 10,000) and how long they are kept (default "30d"). What goes is reported. */
  readonly deadLetters?: { readonly count?: number; readonly age?: Duration };
}

interface MemoryLimits {
  readonly history: Retention;
  readonly budget: number;
  readonly dedupe: number;
  readonly deadLetters: GraveyardBounds;
}

const MIB = 2 ** 20;
/** A sender waits this long for room when its message has no deadline. */
const ROOM_WAIT = 30_000;
type Full = Appended & { readonly status: "full" };
const UNKNOWN: Appended = Object.freeze({ status: "unknown" });
const DROPPED: Appended = Object.freeze({ status: "dropped" });

/**
 * A store in this process's memory: the default of `start`.
 * @throws HermodError HERMOD_BAD_OPTION naming the option.
 */
export function memory(options: MemoryOptions = {}): OpenStore {
  const limits = toLimits(options);
  return (env) => new MemoryStore(env, limits);
}

function toLimits(options: MemoryOptions): MemoryLimits {
  checkOptions("memory", options, ["history", "budget", "dedupe", "deadLetters"]);
  return {
    history: toRetention(options.history ?? {}),
    budget: wholeNumber("memory.budget", options.budget ?? 256 * MIB, 1),
    dedupe: toMs(options.dedupe ?? "5m", "memory.dedupe"),
    deadLetters: toBounds(options.deadLetters ?? {}),
  };
}

function toBounds(deadLetters: { readonly count?: number; readonly age?: Duration }): GraveyardBounds {
  checkOptions("memory.deadLetters", deadLetters, ["count", "age"]);
  return {
    count: wholeNumber("memory.deadLetters.count", deadLetters.count ?? 10_000, 1),
    age: toMs(deadLetters.age ?? "30d", "memory.deadLetters.age"),
  };
}

function toRetention(history: false | { readonly count?: number; readonly bytes?: number }): Retention {
  if (history === false) return { count: 0, bytes: 0 };
  checkOptions("memory.history", history, ["count", "bytes"]);
  return {
    count: wholeNumber("memory.history.count", history.count ?? 10_000, 1),
    bytes: wholeNumber("memory.history.bytes", history.bytes ?? 64 * MIB, 1),
  };
}

class MemoryStore implements Store {
  readonly level = Object.freeze({ name: "memory", durable: false });
  readonly #env: StoreEnv;
  readonly #clock: Clock;
  readonly #budget: number;
  readonly #boxes = new Map<string, Box>();
  readonly #history: History;
  readonly #recent: Recent;
  readonly #graveyard: Graveyard;
  readonly #bindings = new Bindings();
  readonly #states = new Map<string, StateRecord>();
  /** Watchers of addresses that nobody has announced yet. */
  readonly #early = new Map<string, Set<() => void>>();
  readonly #parts = new Map<string, unknown[]>();
  readonly #spent = new Map<string, Record<string, number>>();
  readonly #due: Alarm<Box>;
  readonly #leases: Alarm<Box>;
  readonly #terms: { -readonly [K in keyof ClaimTerms]: ClaimTerms[K] };
  #bytes = 0;
  #token = 0;
  /** What a claim found past its deadline: told of after the claim, since whoever hears of it may use the store. */
  #expired: Omit<DeadLetter, "id" | "diedAt">[] = [];
  #closed = false;

  constructor(env: StoreEnv, limits: MemoryLimits) {
    this.#env = env;
    this.#clock = env.clock;
    this.#budget = limits.budget;
    this.#history = new History(limits.history);
    this.#recent = new Recent(limits.dedupe);
    this.#graveyard = new Graveyard(limits.deadLetters, env.reports);
    this.#due = new Alarm(env.clock, (box) => this.#ripen(box));
    this.#leases = new Alarm(env.clock, (box) => this.#endLeases(box), true);
    // One object for all claims: a claim a message must not allocate its terms.
    this.#terms = {
      now: 0,
      lease: 0,
      where: undefined,
      token: () => ++this.#token,
      expired: (envelope, attempts, generation) => void this.#expired.push({ envelope, attempts, generation, reason: "expired" }),
    };
  }

  append(envelope: Envelope, fresh = false): Maybe<Appended> {
    const known = fresh && envelope.idempotencyKey === undefined ? undefined : this.#known(envelope);
    if (known) return known;
    if (envelope.to === undefined) return this.#publish(envelope, fresh);
    const box = this.#boxes.get(mailboxOf(envelope.to));
    if (box === undefined) return UNKNOWN;
    const full = this.#full(box, envelope);
    if (full === undefined) return this.#keep(box, envelope, fresh);
    if (box.rule.overflow === "wait" && full.limit !== "store") return this.#waitForRoom(box, envelope, full);
    return this.#carryOut(envelope, this.#overflow(box, envelope, full), fresh);
  }

  appendAll(envelopes: readonly Envelope[]): AppendedAll {
    const answers = this.#plan(envelopes, false);
    const refused = this.#refusedOf(envelopes, answers);
    if (refused) return refused;
    envelopes.forEach((envelope, at) => this.#carryOut(envelope, answers[at] as Appended, false));
    return { status: "stored", answers };
  }

  claim(mailbox: Address, max: number, lease: number, out: Claim[], where?: Filter): number {
    const box = this.#boxes.get(mailbox);
    if (box === undefined) return 0;
    const terms = this.#terms;
    terms.now = this.#clock.now();
    terms.lease = lease;
    terms.where = where;
    const before = box.bytes;
    const count = box.claim(max, terms, out);
    this.#bytes -= before - box.bytes;
    this.#admitWaiters(box);
    if (box.nextDue !== undefined) this.#due.set(box, box.nextDue);
    if (count > 0 && terms.now + lease < box.leasesEnd) this.#watchLeases(box, terms.now + lease);
    if (this.#expired.length > 0) this.#buryExpired(box);
    return count;
  }

  extend(claim: Claim, lease: number): boolean {
    const box = this.#boxes.get(claim.mailbox);
    if (!box?.isOpen(claim)) return false;
    claim.leaseUntil = this.#clock.now() + lease;
    this.#watchLeases(box, claim.leaseUntil);
    return true;
  }

  settle(claim: Claim, settlement: Settlement, outputs: readonly Envelope[], state?: StateChange): Settled {
    const box = this.#boxes.get(claim.mailbox);
    if (!box?.isOpen(claim)) return STALE;
    if (state && state.base !== (this.#states.get(state.key)?.version ?? 0)) return this.#undo(box, claim);
    if (outputs.length > 0) {
      const fresh = claim.envelope.delivery !== "exactly-once";
      const answers = this.#plan(outputs, fresh);
      const refused = this.#refusedOf(outputs, answers);
      if (refused) return refused;
      outputs.forEach((output, index) => this.#carryOut(output, answers[index] as Appended, fresh));
    }
    if (state?.json !== undefined) this.#states.set(state.key, { json: state.json, version: claim.token });
    this.#leave(box, claim, settlement);
    return SETTLED;
  }

  bury(envelope: Envelope, reason: DeadReason, error?: ErrorRecord): void {
    this.#history.add(envelope);
    this.#die({ envelope, mailbox: undefined, reason, error, attempts: [], generation: 0 });
  }

  load(key: string): StateRecord | undefined {
    return this.#states.get(key);
  }

  announce(mailbox: Address, rule: MailboxRule): void {
    if (rule.overflow === "spill") {
      throw new HermodError("HERMOD_UNSUPPORTED", `mailbox ${mailbox}: the memory store has nowhere to spill to`, {
        hint: 'Use a durable store, or another rule: "reject", "wait", "drop-newest", "drop-oldest".',
      });
    }
    const box = this.#boxes.get(mailbox);
    if (box) this.#adopt(box, rule);
    const announced = box ?? this.#open(mailbox, rule);
    announced.served = true;
  }

  withdraw(mailbox: Address): void {
    const box = this.#boxes.get(mailbox);
    if (box) box.served = false;
  }

  directory(): readonly Address[] {
    return [...this.#boxes.values()].map(({ address }) => address);
  }

  bind(pattern: string, mailbox: Address, lease = Infinity): void {
    this.#bindings.add(pattern, mailbox, this.#clock.now() + lease);
  }

  unbind(pattern: string, mailbox: Address): void {
    this.#bindings.delete(pattern, mailbox);
  }

  record(id: string, part: unknown): number {
    const parts = this.#parts.get(id) ?? [];
    this.#parts.set(id, parts);
    return parts.push(part);
  }

  parts(id: string, after: number, limit: number): readonly unknown[] {
    return (this.#parts.get(id) ?? []).slice(after, after + limit);
  }

  spend(
    conversation: string,
    amounts: Readonly<Record<string, number>>,
    limits: Readonly<Record<string, number>>,
  ): string | undefined {
    const spent: Record<string, number> = { ...this.#spent.get(conversation) };
    for (const [name, amount] of Object.entries(amounts)) {
      spent[name] = (spent[name] ?? 0) + amount;
      if (spent[name] > (limits[name] ?? Infinity)) return name;
    }
    this.#spent.set(conversation, spent);
    return undefined;
  }

  watch(mailbox: Address, wake: () => void): () => void {
    const box = this.#boxes.get(mailbox);
    if (box) return box.watch(wake);
    const early = this.#early.get(mailbox) ?? new Set();
    this.#early.set(mailbox, early.add(wake));
    return () => {
      early.delete(wake);
      this.#boxes.get(mailbox)?.unwatch(wake);
    };
  }

  read<Q extends Query>(query: Q): Answer<Q> {
    return this.#read(query) as Answer<Q>;
  }

  operate(operation: Operation): Operated {
    switch (operation.type) {
      case "redrive":
        return this.#redrive(operation);
      case "discard":
        return this.#graveyard.delete(operation.id) ? done(1) : { status: "missing" };
      case "remove":
        return this.#remove(operation.mailbox);
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#due.close();
    this.#leases.close();
    for (const box of this.#boxes.values()) {
      for (const waiter of box.waiters ?? []) this.#refuseWaiter(waiter, { status: "full", limit: "count", most: box.rule.count });
      box.waiters = undefined;
      if (box.waiting > 0) this.#env.reports.emit({ type: "mailbox.abandoned", mailbox: box.address, waiting: box.waiting });
    }
  }

  /** Another rule may let in who waits, and free what a key kept back. */
  #adopt(box: Box, rule: MailboxRule): void {
    box.adopt(rule);
    this.#admitWaiters(box);
    box.wake();
  }

  #open(mailbox: Address, rule: MailboxRule): Box {
    const box = new Box(mailbox, rule);
    this.#boxes.set(mailbox, box);
    for (const wake of this.#early.get(mailbox) ?? []) box.watch(wake);
    this.#early.delete(mailbox);
    return box;
  }

  // Appending

  #known(envelope: Envelope): Appended | undefined {
    const recent = this.#recent.look(envelope, this.#clock.now());
    if (recent) return recent;
    const earlier = this.#history.find(marksOf(envelope));
    return earlier && compare(earlier, envelope);
  }

  /** Why there is no room for a message, beside what is planned; where others wait for room, it is the same as for the first. */
  #full(box: Box, envelope: Envelope, plan?: Plan): Full | undefined {
    const limit = box.fullness(envelope, plan?.loadOf(box));
    if (limit) return { status: "full", limit, most: isControl(envelope) ? MOST_CONTROL : box.rule[limit] };
    if (isControl(envelope)) return undefined;
    const first = box.waiters?.at(0)?.envelope;
    return first === undefined || first === envelope ? this.#beyondBudget(envelope, envelope.size, plan) : this.#full(box, first);
  }

  #beyondBudget(envelope: Envelope, size: number, plan?: Plan): Full | undefined {
    if (this.#bytes + (plan?.bytes ?? 0) + size <= this.#budget || isControl(envelope) || envelope.verb === "reply") return undefined;
    return { status: "full", limit: "store", most: this.#budget };
  }

  /** What the mailbox's rule makes of a message for which there is no room. */
  #overflow(box: Box, envelope: Envelope, full: Full, plan?: Plan): Appended {
    if (isControl(envelope) || full.limit === "store") return full;
    if (box.rule.overflow === "drop-newest") return DROPPED;
    return box.rule.overflow === "drop-oldest" && box.canMakeRoom(envelope, plan?.loadOf(box)) ? STORED : full;
  }

  #dropNewest(box: Box, envelope: Envelope): void {
    this.#history.add(envelope);
    this.#die({ envelope, mailbox: box.address, reason: "overflow", error: undefined, attempts: [], generation: 0 }, true);
  }

  /** Makes room by the oldest messages. */
  #dropOldest(box: Box, envelope: Envelope): void {
    while (box.fullness(envelope)) {
      const evicted = box.evictOldest();
      if (evicted === undefined) return;
      this.#bytes -= evicted.envelope.size;
      const { attempts, generation } = evicted.past;
      const mailbox = box.address;
      this.#die({ envelope: evicted.envelope, mailbox, reason: "overflow", error: undefined, attempts, generation }, true);
    }
  }

  #keep(box: Box, envelope: Envelope, fresh: boolean): Appended {
    const now = fresh && envelope.notBefore === undefined && envelope.idempotencyKey === undefined ? 0 : this.#clock.now();
    box.offer(envelope, now);
    this.#bytes += envelope.size;
    if (!fresh || envelope.idempotencyKey !== undefined) this.#recent.add(envelope, now);
    this.#history.add(envelope);
    if (envelope.notBefore !== undefined && box.nextDue !== undefined) this.#due.set(box, box.nextDue);
    box.wake();
    return STORED;
  }

  #publish(envelope: Envelope, fresh: boolean): Appended {
    const boxes = this.#bound(envelope, this.#clock.now());
    if (boxes.length === 0) return UNKNOWN;
    return this.#beyondBudget(envelope, envelope.size * boxes.length) ?? this.#spread(boxes, envelope, fresh);
  }

  #spread(boxes: readonly Box[], envelope: Envelope, fresh: boolean): Appended {
    const now = this.#clock.now();
    if (!fresh || envelope.idempotencyKey !== undefined) this.#recent.add(envelope, now);
    for (const box of boxes) this.#copyTo(box, envelope, now);
    return STORED;
  }

  #copyTo(box: Box, envelope: Envelope, now: number): void {
    const mailbox = box.address;
    this.#history.add(envelope, mailbox);
    const full = this.#full(box, envelope);
    if (full && full.limit !== "store" && this.#overflow(box, envelope, full) !== STORED) {
      return this.#die({ envelope, mailbox, reason: "overflow", error: undefined, attempts: [], generation: 0 }, true);
    }
    if (full) this.#dropOldest(box, envelope);
    box.offer(envelope, now);
    this.#bytes += envelope.size;
    if (box.nextDue !== undefined) this.#due.set(box, box.nextDue);
    box.wake();
  }

  #bound(envelope: Envelope, now: number): Box[] {
    const addresses = envelope.topic === undefined ? [] : this.#bindings.match(envelope.topic, now);
    return addresses.map((address) => this.#boxes.get(address)).filter((box) => box !== undefined);
  }

  #waitForRoom(box: Box, envelope: Envelope, full: Appended): Promise<Appended> {
    const now = this.#clock.now();
    const wait = (envelope.deadline ?? now + ROOM_WAIT) - now;
    return new Promise((resolve) => {
      const waiter: Waiter = {
        envelope,
        answer: resolve,
        cancel: this.#clock.after(wait, () => this.#giveUp(box, waiter, full)),
      };
      (box.waiters ??= new Ring()).push(waiter);
    });
  }

  #giveUp(box: Box, waiter: Waiter, full: Appended): void {
    const at = [...(box.waiters ?? [])].indexOf(waiter);
    if (at >= 0) box.waiters?.removeAt(at);
    waiter.answer(full);
    this.#admitWaiters(box);
  }

  #refuseWaiter(waiter: Waiter, full: Appended): void {
    waiter.cancel();
    waiter.answer(full);
  }

  /** Lets in who waits, in order, as long as there is room; for a full store nobody waits. */
  #admitWaiters(box: Box): void {
    for (let waiter = box.waiters?.at(0); waiter; waiter = box.waiters?.at(0)) {
      const full = this.#full(box, waiter.envelope);
      if (full && full.limit !== "store") return;
      box.waiters?.shift();
      if (box.waiters?.length === 0) box.waiters = undefined;
      waiter.cancel();
      // The same message may have come twice while both waited.
      waiter.answer(this.#known(waiter.envelope) ?? full ?? this.#keep(box, waiter.envelope, false));
    }
  }

  /** What `append` would answer for each, taken together; nothing is changed. */
  #plan(envelopes: readonly Envelope[], fresh: boolean): Appended[] {
    const plan = envelopes.length > 1 ? new Plan() : undefined;
    return envelopes.map((envelope) => this.#planOne(envelope, fresh, plan));
  }

  #refusedOf(envelopes: readonly Envelope[], answers: readonly Appended[]): (AppendedAll & Settled & { status: "refused" }) | undefined {
    const at = answers.findIndex((answer) => !isKept(answer));
    return at < 0 ? undefined : { status: "refused", output: envelopes[at] as Envelope, answer: answers[at] as Appended };
  }

  #planOne(envelope: Envelope, fresh: boolean, plan?: Plan): Appended {
    const known = fresh && envelope.idempotencyKey === undefined ? undefined : (this.#known(envelope) ?? plan?.twinOf(envelope));
    if (known) return known;
    const boxes = this.#boxesFor(envelope);
    if (boxes.length === 0) return UNKNOWN;
    const answer = envelope.to === undefined ? this.#planCopies(boxes, envelope, plan) : this.#planFor(boxes[0] as Box, envelope, plan);
    if (isKept(answer)) plan?.remember(envelope);
    return answer;
  }

  #planFor(box: Box, envelope: Envelope, plan?: Plan): Appended {
    const full = this.#full(box, envelope, plan);
    const answer = full === undefined ? STORED : this.#overflow(box, envelope, full, plan);
    if (answer === STORED) plan?.add(box, envelope);
    return answer;
  }

  /** A mailbox that is full will turn its own copy away, so only the store's budget speaks against a publish. */
  #planCopies(boxes: readonly Box[], envelope: Envelope, plan?: Plan): Appended {
    const full = this.#beyondBudget(envelope, envelope.size * boxes.length, plan);
    if (full) return full;
    for (const box of boxes) this.#planFor(box, envelope, plan);
    return STORED;
  }

  #boxesFor(envelope: Envelope): readonly Box[] {
    if (envelope.to === undefined) return this.#bound(envelope, this.#clock.now());
    const box = this.#boxes.get(mailboxOf(envelope.to));
    return box ? [box] : [];
  }

  /** Does what the answer to a message promises; its room was looked for before. */
  #carryOut(envelope: Envelope, answer: Appended, fresh: boolean): Appended {
    if (answer !== STORED && answer !== DROPPED) return answer;
    if (envelope.to === undefined) return this.#spread(this.#boxesFor(envelope), envelope, fresh);
    const box = this.#boxes.get(mailboxOf(envelope.to)) as Box;
    if (answer === DROPPED) this.#dropNewest(box, envelope);
    else {
      if (box.rule.overflow === "drop-oldest" && !isControl(envelope)) this.#dropOldest(box, envelope);
      this.#keep(box, envelope, fresh);
    }
    return answer;
  }

  // Settling

  /** Takes back a settlement that was built on a state which is not the last one. */
  #undo(box: Box, claim: OpenClaim): Settled {
    this.#again(box, claim, undefined, undefined);
    return { status: "undone", cause: "state" };
  }

  #leave(box: Box, claim: OpenClaim, settlement: Settlement): void {
    const { envelope } = claim;
    switch (settlement.type) {
      case "ack":
        this.#history.ended(claim, "done", "acked", this.#clock.now());
        return this.#gone(box, claim);
      case "fail":
        this.#history.ended(claim, "failed", "failed", this.#clock.now(), settlement.error);
        return this.#gone(box, claim);
      case "dead": {
        const { reason, error } = settlement;
        const attempts = [...box.attemptsOf(envelope), this.#note(claim, "dead", "dead", error)];
        this.#die({ envelope, mailbox: box.address, reason, error, attempts, generation: claim.generation });
        return this.#gone(box, claim);
      }
      case "retry":
        return this.#again(box, claim, settlement.at, this.#note(claim, "waiting", "retried", settlement.error));
      case "release":
        return this.#again(box, claim, settlement.at, undefined);
    }
  }

  #gone(box: Box, claim: OpenClaim): void {
    if (box.leave(claim, { type: "gone" })) box.wake();
  }

  #again(box: Box, claim: OpenClaim, at: number | undefined, attempt: Attempt | undefined): void {
    box.leave(claim, { type: "again", ...(at !== undefined && { at }), ...(attempt && { attempt }) });
    this.#bytes += claim.envelope.size;
    if (box.nextDue !== undefined) this.#due.set(box, box.nextDue);
    box.wake();
  }

  #note(claim: Claim, state: MessageRecord["state"], outcome: Attempt["outcome"], error?: ErrorRecord): Attempt {
    const { attempt: number, startedAt } = claim;
    const endedAt = this.#clock.now();
    this.#history.ended(claim, state, outcome, endedAt, error);
    return { number, startedAt, endedAt, outcome, ...(error && { error }) };
  }

  #watchLeases(box: Box, at: number): void {
    box.leasesEnd = Math.min(box.leasesEnd, at);
    this.#leases.set(box, at);
  }

  #endLeases(box: Box): void {
    box.leasesEnd = Infinity;
    for (const claim of box.outlived(this.#clock.now())) this.#endLease(box, claim);
    const next = box.running.reduce((least, { leaseUntil }) => Math.min(least, leaseUntil), Infinity);
    if (next < Infinity) this.#watchLeases(box, next);
  }

  /** Lets stand in line what is due, so that the next time can be waited for whether somebody claims or not. */
  #ripen(box: Box): void {
    box.ripen(this.#clock.now());
    if (box.nextDue !== undefined) this.#due.set(box, box.nextDue);
    box.wake();
  }

  #endLease(box: Box, claim: OpenClaim): void {
    const { envelope, attempt: number } = claim;
    const attempt = this.#note(claim, "waiting", "lease-expired");
    if (this.#env.reports.active) {
      this.#env.reports.emit({ type: "lease.expired", envelope, mailbox: box.address, attempt: number });
    }
    if (!isVolatile(envelope)) return this.#again(box, claim, undefined, attempt);
    const attempts = [...box.attemptsOf(envelope), attempt];
    this.#die({ envelope, mailbox: box.address, reason: "exhausted", error: undefined, attempts, generation: claim.generation });
    this.#gone(box, claim);
  }

  // Dead letters

  #buryExpired(box: Box): void {
    const expired = this.#expired;
    this.#expired = [];
    for (const dead of expired) this.#die({ ...dead, mailbox: box.address, error: undefined }, true);
  }

  /** Keeps a dead letter; `tell` when nobody but the store knows of it. */
  #die(dead: Omit<DeadLetter, "id" | "diedAt" | "mailbox" | "error"> & Loose, tell = false): void {
    const { envelope, mailbox, reason, error, attempts, generation } = dead;
    const letter: DeadLetter = {
      id: `${envelope.id}@${mailbox ?? "nobody"}`,
      envelope,
      ...(mailbox && { mailbox }),
      reason,
      ...(error && { error }),
      attempts,
      diedAt: this.#clock.now(),
      generation,
    };
    this.#graveyard.add(letter);
    this.#history.moved(envelope, mailbox, "dead");
    if (this.#env.reports.active) {
      this.#env.reports.emit({ type: "message.buried", envelope, reason, ...(mailbox && { mailbox }) });
    }
    if (tell) this.#env.died(letter);
  }

  #redrive({ id, force, dryRun }: Operation & { type: "redrive" }): Operated {
    const letter = this.#graveyard.get(id);
    if (letter === undefined) return { status: "missing" };
    const { envelope, generation } = letter;
    const address = letter.mailbox ?? envelope.to;
    const box = address === undefined ? undefined : this.#boxes.get(mailboxOf(address));
    const now = this.#clock.now();
    if (box === undefined) return { status: "no-recipient" };
    if (envelope.deadline !== undefined && now > envelope.deadline) return { status: "expired" };
    if (generation >= 2 && !force) return { status: "needs-force" };
    if (this.#full(box, envelope)) return { status: "full" };
    if (dryRun) return done(1);
    this.#graveyard.delete(id);
    this.#bytes += envelope.size;
    this.#history.moved(envelope, letter.mailbox, "waiting");
    box.offer(envelope, now, { attempts: [], generation: generation + 1 });
    if (box.nextDue !== undefined) this.#due.set(box, box.nextDue);
    box.wake();
    return done(1);
  }

  #remove(mailbox: Address): Operated {
    const box = this.#boxes.get(mailbox);
    if (box === undefined) return { status: "missing" };
    this.#boxes.delete(mailbox);
    this.#bytes -= box.bytes;
    const left = box.clear();
    for (const { envelope, past } of left) {
      this.#die({ envelope, mailbox, reason: "stopped", error: undefined, ...past }, true);
    }
    for (const waiter of box.waiters ?? []) this.#refuseWaiter(waiter, UNKNOWN);
    return done(left.length);
  }

  // Reading

  #read(query: Query): Paged<unknown> {
    const limit = query.type === "counts" ? Infinity : pageSize(query.limit);
    switch (query.type) {
      case "history":
        return this.#readHistory(query, limit);
      case "waiting":
        return this.#readWaiting(query, limit);
      case "delayed":
        return this.#readDelayed(query, limit);
      case "dead":
        return this.#readDead(query, limit);
      case "counts":
        return { items: this.#counts(query.mailbox) };
    }
  }

  #readHistory(query: Query & { type: "history" }, limit: number): Paged<MessageRecord> {
    const now = this.#clock.now();
    const found = function* (records: Iterable<Indexed>, store: MemoryStore) {
      for (const record of records) {
        const { envelope, mailbox, attempts, sequence } = record;
        const state = record.state === "waiting" && store.#isRunning(record) ? "running" : record.state;
        const error = attempts.at(-1)?.error?.message;
        const subject = { envelope, state, attempts: attempts.length, ...(error !== undefined && { error }) };
        if (!query.where || matches(query.where, subject, now)) {
          const item: MessageRecord = { envelope, ...(mailbox && { mailbox }), state, attempts: [...attempts] };
          yield { item, sequence };
        }
      }
    };
    return page(found(this.#history.list(cursor(query.after), query.conversation, query.agent), this), limit);
  }

  #isRunning({ envelope, mailbox }: Indexed): boolean {
    const box = mailbox && this.#boxes.get(mailbox);
    return box ? box.running.some((claim) => claim.envelope === envelope) : false;
  }

  #readDelayed({ mailbox, where, after }: Query & { type: "delayed" }, limit: number): Paged<DelayedMessage> {
    const now = this.#clock.now();
    const all = (this.#boxes.get(mailbox)?.delayed() ?? []).map((item, at) => ({ item, sequence: at + 1 }));
    const fits = ({ envelope, attempts }: DelayedMessage): boolean => !where || matches(where, { envelope, attempts: attempts.length }, now);
    const from = cursor(after);
    return page(all.filter(({ item, sequence }) => sequence > from && fits(item)), limit);
  }

  #readWaiting({ mailbox, where, after }: Query & { type: "waiting" }, limit: number): Paged<Envelope> {
    const now = this.#clock.now();
    const from = cursor(after);
    const found = function* (contents: Iterable<Envelope>) {
      let sequence = 0;
      for (const item of contents) {
        if (++sequence > from && (!where || matches(where, { envelope: item }, now))) yield { item, sequence };
      }
    };
    return page(found(this.#boxes.get(mailbox)?.contents() ?? []), limit);
  }

  #readDead({ where = [], after }: Query & { type: "dead" }, limit: number): Paged<DeadLetter> {
    const graves = this.#graveyard.list(cursor(after), where, this.#clock.now());
    const found = function* () {
      for (const { letter, sequence } of graves) yield { item: letter, sequence };
    };
    return page(found(), limit);
  }

  #counts(mailbox: Address | undefined): MailboxCounts[] {
    if (mailbox === undefined) return [...this.#boxes.values()].map((box) => box.counts());
    const box = this.#boxes.get(mailbox);
    return box ? [box.counts()] : [];
  }
}

/** Fields that a dead letter lacks rather than having them undefined. */
interface Loose {
  readonly mailbox: Address | undefined;
  readonly error: ErrorRecord | undefined;
}

function isKept({ status }: Appended): boolean {
  return status === "stored" || status === "dropped" || status === "duplicate";
}

function done(count: number): Operated {
  return { status: "done", count };
}

function pageSize(limit: number | undefined): number {
  return limit === undefined ? 100 : wholeNumber("limit", limit, 1, 1000);
}

function cursor(after: string | undefined): number {
  if (after === undefined) return 0;
  const sequence = Number(after);
  if (Number.isSafeInteger(sequence) && sequence >= 0 && after !== "") return sequence;
  throw new HermodError("HERMOD_BAD_OPTION", `after must be a cursor of an earlier page, got ${JSON.stringify(after)}`);
}

/** The first items, with the cursor of the last one when there are more. */
function page<T>(found: Iterable<{ readonly item: T; readonly sequence: number }>, limit: number): Paged<T> {
  const items: T[] = [];
  let last = 0;
  for (const { item, sequence } of found) {
    if (items.length === limit) return { items, next: String(last) };
    items.push(item);
    last = sequence;
  }
  return { items };
}
