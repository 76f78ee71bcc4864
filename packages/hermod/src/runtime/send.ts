/**
 * Send: from what somebody wants to say to a stored envelope.
 *
 *   draft → envelope (id, time, hops) → outgoing interceptors → store.append ─→ stored: the sender is told
 *                                                                            └→ an error that says why not
 */
import { mailboxOf, type Address } from "../core/address.ts";
import { narrower, toBudget, type Budget, type BudgetOptions } from "../core/budget.ts";
import type { Clock } from "../core/clock.ts";
import type { Copier } from "../core/codec.ts";
import {
  ENVELOPE_VERSION,
  LAST_TIME,
  amend,
  noMetadata,
  isInquiry,
  seal,
  type DeliveryMode,
  type Envelope,
  type MessageType,
  type Metadata,
  type Priority,
  type Publication,
  type Verb,
} from "../core/envelope.ts";
import { HermodError, NoAgentError, OverloadedError, toRecord } from "../core/errors.ts";
import type { IdSource } from "../core/id.ts";
import { endless, type LoopLimits } from "../core/loop.ts";
import { chain, isPromise, type Maybe } from "../core/maybe.ts";
import { RecentMap } from "../core/recentmap.ts";
import { suggestion } from "../core/nearest.ts";
import type { RetryPolicy } from "../core/retry.ts";
import type { TaskTerms } from "../core/taskterms.ts";
import { defaultMailboxRule, type Appended, type AppendedAll, type Store } from "../core/store.ts";
import { storeError } from "./asking.ts";
import { boundTo } from "./bound.ts";
import { overdue, spent } from "./budgets.ts";
import type { Interceptors } from "./interceptors.ts";
import { Publications } from "./publications.ts";
import type { Reports } from "./reports.ts";
import type { Running } from "./instance.ts";
import type { Routing } from "./routing.ts";
import type { Statistics } from "./statistics.ts";

/** Where a message comes from: its sender, and the message whose handling sends it. */
export interface Origin {
  readonly from: Address;
  /** Where replies to its calls go. */
  readonly replyTo: Address;
  readonly conversationId: string | undefined;
  readonly causeId: string | undefined;
  readonly hops: readonly Address[];
  /** How many of the last hops before it wait for what it does. */
  readonly waits: number;
  readonly trace: string | undefined;
  /** The deadline that what it starts inherits, UTC milliseconds. */
  readonly bound: number | undefined;
  /** What the conversation of what it sends may spend. */
  readonly limits: Budget | undefined;
  /** The handler at work, where it is one. */
  readonly running?: Running;
  /** Takes what is to end with the work that starts it; gives what lets it go. Absent where nothing ends it. */
  adopt?(child: Child): () => void;
}

/** Something that was started by the handling of a message. */
export interface Child {
  /** True for what outlives the process that started it. */
  readonly isTask: boolean;
  /** The call, where it is one. */
  readonly call?: Envelope;
  cancel(reason: unknown): void;
}

/** What somebody wants to say; everything else about the message follows from the origin, the clock and the id source. */
export interface Draft {
  readonly verb: Verb;
  readonly type: MessageType;
  readonly operation: string;
  readonly to: Address | undefined;
  readonly payload: unknown;
  readonly priority: Priority;
  readonly delivery: DeliveryMode;
  readonly id?: string | undefined;
  readonly topic?: string | undefined;
  readonly retry?: RetryPolicy | undefined;
  readonly replyTo?: Address | undefined;
  readonly inReplyTo?: string | undefined;
  readonly correlationId?: string | undefined;
  readonly conversationId?: string | undefined;
  readonly idempotencyKey?: string | undefined;
  readonly orderKey?: string | undefined;
  /** UTC milliseconds. */
  readonly notBefore?: number | undefined;
  /** Milliseconds from now until it may be handed out. */
  readonly delay?: number | undefined;
  /** Milliseconds from now; the deadline of the origin still holds for calls and tasks. */
  readonly timeout?: number | undefined;
  readonly trace?: string | undefined;
  readonly metadata?: Metadata | undefined;
  readonly task?: TaskTerms | undefined;
  /** True where the deadline of the origin does not hold for a task. */
  readonly detached?: boolean | undefined;
  readonly budget?: BudgetOptions | undefined;
}

/** What sending needs. */
export interface SendParts {
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly store: Store;
  readonly copier: Copier;
  readonly metadataCopier: Copier;
  readonly interceptors: Interceptors;
  readonly reports: Reports;
  readonly statistics: Statistics;
  readonly routing: Routing;
  readonly loops: LoopLimits;
  /** The system's own address. */
  readonly self: Address;
}

/** From how many milliseconds on a message sent for later begins a chain of its own. */
const LATER = 1000;
/** Tasks that are known to be new. */
const MOST_NEW = 10_000;

export class Sender {
  readonly #parts: SendParts;
  /** The places of what is published. */
  readonly publications: Publications;
  /** Tasks that were sent here and are not cancelled: before their first attempt nothing is recorded of them. The oldest are forgotten. */
  readonly tasks = new RecentMap<string, true>(MOST_NEW);
  /** The shortest chain that may be without end. */
  readonly #shortest: number;
  #sequence = 0;

  constructor(parts: SendParts) {
    this.#parts = parts;
    this.publications = new Publications(parts.self);
    this.#shortest = Math.min(parts.loops.hops, parts.loops.pingPong);
  }

  /** The next number of this sender. */
  next(): number {
    return ++this.#sequence;
  }

  /** The sealed envelope of a draft; its payload is checked, measured, copied and frozen here. */
  seal(draft: Draft, origin: Origin): Envelope {
    const { clock, ids, copier } = this.#parts;
    const now = clock.now();
    const payload = copier.copy(draft.payload);
    const size = copier.size;
    const id = draft.id ?? ids.next(now);
    const budget = budgetOf(draft, origin, now);
    const due = draft.delay === undefined ? draft.notBefore : Math.min(now + draft.delay, LAST_TIME);
    return seal({
      v: ENVELOPE_VERSION,
      id,
      verb: draft.verb,
      type: draft.type,
      operation: draft.operation,
      from: origin.from,
      to: draft.to,
      topic: draft.topic,
      payload,
      priority: draft.priority,
      delivery: draft.delivery,
      retry: draft.retry,
      replyTo: draft.replyTo,
      inReplyTo: draft.inReplyTo,
      correlationId: draft.correlationId ?? (draft.verb === "call" ? id : undefined),
      causeId: origin.causeId,
      conversationId: draft.conversationId ?? origin.conversationId ?? id,
      idempotencyKey: draft.idempotencyKey,
      orderKey: draft.orderKey,
      sequence: this.next(),
      // Its place is known when it is stored: what is refused on the way must leave no gap.
      published: this.#placeOf(draft),
      sentAt: now,
      notBefore: due,
      deadline: deadlineOf(draft, origin, due ?? now, budget),
      // What is sent for later cannot run away: its chain begins anew.
      hops:
        due !== undefined && due - now >= LATER && origin.hops.length > 1
          ? origin.hops.slice(-1)
          : origin.hops,
      waits: draft.verb === "call" ? Math.min(origin.hops.length, origin.waits + 1) : 0,
      trace: draft.trace ?? origin.trace,
      metadata: this.#metadata(draft.metadata),
      size,
      task: draft.task,
      budget,
    });
  }

  /** Numbered at once where nothing on its way can keep it from being stored; otherwise when it is. */
  #placeOf({ verb, id, topic }: Draft): Publication | undefined {
    if (verb !== "publish" || id !== undefined || topic === undefined) return undefined;
    const { interceptors, routing } = this.#parts;
    return interceptors.isSilent && routing.none ? this.publications.next(topic) : undefined;
  }

  /** A frozen copy of plain data, as a payload would be. @throws HermodError HERMOD_BAD_PAYLOAD or HERMOD_TOO_LARGE. */
  copied<T>(value: T): T {
    return this.#parts.copier.copy(value);
  }

  /** As `seal`. @throws LoopError for a message of a chain without end, BudgetError when its conversation's time is over; counted and reported. */
  sealOnward(draft: Draft, origin: Origin): Envelope {
    const envelope = this.seal(draft, origin);
    const { loops } = this.#parts;
    const endlessly = envelope.hops.length < this.#shortest ? undefined : endless(envelope, loops);
    const error = endlessly ?? overdue(envelope);
    if (error === undefined) return envelope;
    this.publications.takeBack(envelope);
    throw this.refused(envelope, error);
  }

  /** Seals, intercepts, routes and stores; gives the envelope as stored, or throws why it was not. */
  send(draft: Draft, origin: Origin, hold = false): Maybe<Envelope> {
    const fresh = draft.id === undefined;
    const envelope = this.#parts.interceptors.send(this.sealOnward(draft, origin));
    if (!isPromise(envelope)) return this.post(envelope as Envelope, hold, fresh);
    return (envelope as Promise<Envelope>).then((ready) => this.post(ready, hold, fresh));
  }

  /** Stores a message for its recipient; one that names none goes to whom the routes name, and to its topic. */
  post(envelope: Envelope, hold: boolean, fresh: boolean): Maybe<Envelope> {
    if (envelope.to !== undefined || this.#parts.routing.none) return this.store(envelope, hold, fresh);
    return chain(this.spread(envelope), (copies) => {
      if (copies.length > 1) return this.#storeAll(envelope, copies, hold);
      return chain(this.store(copies[0] as Envelope, hold, fresh), ({ id }) => identified(envelope, id));
    });
  }

  /** What is to be stored for a message: itself, or a copy for each destination that its routes name. */
  spread(envelope: Envelope): Maybe<readonly Envelope[]> {
    const { routing } = this.#parts;
    const { topic } = envelope;
    if (envelope.to !== undefined || routing.none) return [envelope];
    return chain(this.#destinations(envelope), (copies) => {
      if (copies.length === 0) return [envelope];
      if (topic === undefined) return copies;
      const subscribers = this.#ask("read", () => boundTo(this.#parts.store, topic));
      return chain(subscribers, (bound) => beside(envelope, bound, copies));
    });
  }

  /** @throws HermodError HERMOD_ROUTER, counted and reported. */
  #destinations(envelope: Envelope): Maybe<readonly Envelope[]> {
    const failed = (error: unknown): never => {
      throw error instanceof HermodError ? this.refused(envelope, error) : error;
    };
    try {
      const copies = this.#parts.routing.destinations(envelope);
      return isPromise(copies) ? (copies as Promise<readonly Envelope[]>).catch(failed) : copies;
    } catch (error) {
      return failed(error);
    }
  }

  /** All of them or none. */
  #storeAll(envelope: Envelope, drafted: readonly Envelope[], hold: boolean): Maybe<Envelope> {
    const copies = drafted.map((copy) => this.publications.number(copy));
    for (const copy of copies) this.own(copy);
    return chain(
      this.#ask("appendAll", () => this.#parts.store.appendAll(copies)),
      (answer) => {
        if (answer.status === "refused") return this.#refusedAll(envelope, copies, hold, answer);
        const ids = copies.map((copy, at) => this.#noted(copy, answer.answers[at] as Appended).id);
        const kept = copies.find(({ to }) => to === undefined) ?? envelope;
        return identified(kept, ids.every((id) => id === ids[0]) ? (ids[0] as string) : kept.id);
      },
    );
  }

  /** One of them was not taken: held where that was asked for, left out where its subscribers have gone meanwhile. */
  #refusedAll(
    envelope: Envelope,
    copies: readonly Envelope[],
    hold: boolean,
    { output, answer }: AppendedAll & { readonly status: "refused" },
  ): Maybe<Envelope> {
    const { to } = output;
    if (answer.status === "unknown" && to !== undefined && hold)
      return this.#makeMailbox(to).then(() => this.#storeAll(envelope, copies, hold));
    for (const copy of copies) this.publications.takeBack(copy);
    if (answer.status !== "unknown" || to !== undefined) return this.#refuse(output, answer);
    const addressed = copies.filter((copy) => copy.to !== undefined);
    return this.#storeAll(envelope, addressed, hold);
  }

  /** What the store answers. @throws HermodError HERMOD_STORE, reported, when it fails. */
  #ask<T>(step: string, question: () => Maybe<T>): Maybe<T> {
    try {
      const answer = question();
      if (!isPromise(answer)) return answer;
      return (answer as Promise<T>).catch((error: unknown) => {
        throw this.#storeFailed(step, error);
      });
    } catch (error) {
      throw this.#storeFailed(step, error);
    }
  }

  /** The envelope as the outgoing interceptors leave it. */
  intercepted(envelope: Envelope): Maybe<Envelope> {
    return this.#parts.interceptors.send(envelope);
  }

  /** Notes a task that this process hands out: nobody can have cancelled it before. One with a key may be there already. */
  own({ verb, id, idempotencyKey }: Envelope): void {
    if (verb === "task" && idempotencyKey === undefined) this.tasks.set(id, true);
  }

  /** Stores an envelope that is ready. */
  store(envelope: Envelope, hold: boolean, fresh: boolean): Maybe<Envelope> {
    const numbered = this.publications.number(envelope);
    if (fresh) this.own(envelope);
    const answer = this.#ask("append", () => this.#parts.store.append(numbered, fresh));
    if (!isPromise(answer)) return this.#judge(numbered, answer as Appended, hold);
    return (answer as Promise<Appended>).then(
      (ready) => this.#judge(numbered, ready, hold),
      (error: unknown) => {
        this.publications.takeBack(numbered);
        throw error;
      },
    );
  }

  /** Counts and reports a message that is stored. */
  stored(envelope: Envelope): Envelope {
    if (!isInquiry(envelope)) this.#parts.statistics.routed++;
    if (this.#parts.reports.active) this.#parts.reports.emit({ type: "message.sent", envelope });
    return envelope;
  }

  /** The error for an answer that refuses a message. */
  async refusal(envelope: Envelope, answer: Appended): Promise<HermodError> {
    const to = envelope.to ?? envelope.topic ?? "";
    switch (answer.status) {
      case "unknown":
        return noAgent(to, await this.#parts.store.directory());
      case "full":
        return overloaded(to, answer);
      case "conflict":
        return conflict(envelope, answer.id);
      case "spent":
        return spent(envelope, "messages", envelope.budget?.messages ?? 0, answer.sent);
      default:
        return new OverloadedError(`${to} did not take the message`);
    }
  }

  #metadata(metadata: Metadata | undefined): Metadata {
    return metadata === undefined ? noMetadata : this.#parts.metadataCopier.copy(metadata);
  }

  #judge(envelope: Envelope, answer: Appended, hold: boolean): Maybe<Envelope> {
    if (answer.status === "stored" || answer.status === "duplicate" || answer.status === "dropped")
      return this.#noted(envelope, answer);
    if (answer.status !== "unknown") this.publications.takeBack(envelope);
    if (answer.status === "unknown" && hold && envelope.to) return this.#hold(envelope, envelope.to);
    if (answer.status === "unknown" && envelope.to === undefined && envelope.topic !== undefined)
      return this.#unheard(envelope);
    return this.#refuse(envelope, answer);
  }

  /** Counts a message that the store has. One that it dropped is a dead letter, of which its asker hears as of any other. */
  #noted(envelope: Envelope, answer: Appended): Envelope {
    if (answer.status !== "duplicate") return this.stored(envelope);
    this.publications.takeBack(envelope);
    return this.#duplicate(envelope, answer.id);
  }

  #duplicate(envelope: Envelope, id: string): Envelope {
    // It was there before, and may be of another process.
    this.tasks.delete(envelope.id);
    this.#parts.statistics.duplicates++;
    if (this.#parts.reports.active) this.#parts.reports.emit({ type: "message.duplicated", envelope, id });
    return identified(envelope, id);
  }

  /** Sees to it that the recipient has a mailbox, also when it is not there yet. */
  async expect(envelope: Envelope): Promise<Envelope> {
    const { to } = envelope;
    const known = await this.#parts.store.directory();
    if (to !== undefined && !known.includes(mailboxOf(to))) await this.#makeMailbox(to);
    return envelope;
  }

  async #hold(envelope: Envelope, to: Address): Promise<Envelope> {
    await this.#makeMailbox(to);
    return this.store(envelope, false, true);
  }

  async #makeMailbox(to: Address): Promise<void> {
    const mailbox = mailboxOf(to);
    await this.#parts.store.announce(mailbox, defaultMailboxRule);
    await this.#parts.store.withdraw(mailbox);
  }

  /** Nobody listens: kept as a dead letter, which is no trouble of the publisher's. */
  #unheard(envelope: Envelope): Maybe<Envelope> {
    const buried = this.#ask("bury", () => this.#parts.store.bury(envelope, "no-subscriber"));
    return chain(buried, () => envelope);
  }

  /** Counts and reports a message that is not sent; gives the error. */
  refused<E extends HermodError>(envelope: Envelope, error: E): E {
    const { statistics, reports } = this.#parts;
    statistics.refused++;
    if (reports.active) reports.emit({ type: "message.refused", envelope, code: error.code });
    return error;
  }

  async #refuse(envelope: Envelope, answer: Appended): Promise<never> {
    const error = this.refused(envelope, await this.refusal(envelope, answer));
    if (answer.status === "unknown" && envelope.to === undefined)
      await this.#parts.store.bury(envelope, "no-recipient", toRecord(error));
    throw error;
  }

  #storeFailed(step: string, cause: unknown): HermodError {
    const error = storeError(step, cause);
    if (error !== cause) this.#parts.reports.emit({ type: "store.failed", step, error: cause });
    return error;
  }
}

/** The message under the id that it was stored with. */
function identified(envelope: Envelope, id: string): Envelope {
  return id === envelope.id ? envelope : amend(envelope, { id, correlationId: envelope.correlationId && id });
}

/** The published message first, unless all its subscribers are destinations; then the other destinations. */
function beside(
  envelope: Envelope,
  subscribers: ReadonlySet<Address | undefined>,
  copies: readonly Envelope[],
): readonly Envelope[] {
  const others = copies.filter(({ to }) => !subscribers.has(to));
  return subscribers.size === 0 ? others : [envelope, ...others];
}

/** A call or task shrinks to the deadline of the message being handled; other messages live on their own. None outlives its budget's time. */
function deadlineOf(
  draft: Draft,
  origin: Origin,
  now: number,
  budget: Budget | undefined,
): number | undefined {
  const { verb, timeout, detached } = draft;
  const own = timeout === undefined ? Infinity : Math.min(now + timeout, LAST_TIME);
  const inherits = verb === "call" || (verb === "task" && detached !== true);
  const least = Math.min(own, (inherits ? origin.bound : undefined) ?? Infinity, budget?.until ?? Infinity);
  return least === Infinity ? undefined : least;
}

/** A budget bounds one conversation, and what goes on in it cannot widen it. */
function budgetOf({ budget, conversationId }: Draft, origin: Origin, now: number): Budget | undefined {
  const isOther = conversationId !== undefined && conversationId !== origin.conversationId;
  const outer = isOther ? undefined : origin.limits;
  return budget === undefined ? outer : narrower(outer, toBudget(budget, now));
}

export function noAgent(to: string, known: readonly Address[]): NoAgentError {
  const named = known.filter((address) => !address.startsWith("~"));
  if (to === "")
    return new NoAgentError("the message names no recipient and no route takes it", {
      details: { known: named },
    });
  const list = named.slice(0, 20).join(", ") || "none";
  return new NoAgentError(`no agent "${to}".${suggestion(to, named)} Known: ${list}`, {
    details: { to, known: named.slice(0, 100) },
  });
}

function overloaded(to: string, { limit, most }: Appended & { status: "full" }): OverloadedError {
  if (limit === "total") return busy(to, most);
  const where = limit === "store" ? "the store's budget" : `mailbox ${to}`;
  const unit = limit === "count" ? "messages" : "bytes";
  const room = most === undefined ? "" : `: it holds ${most} ${unit}`;
  return new OverloadedError(`${where} is full${room}`, { details: { to, limit, most } });
}

function busy(to: string, most: number | undefined): OverloadedError {
  return new OverloadedError(`${to} is busy, and takes no other message meanwhile`, {
    details: { to, limit: "total", most },
    hint: 'Try again later, or choose another busy rule: "queue", "interrupt", "steer".',
  });
}

function conflict(envelope: Envelope, id: string): HermodError {
  const mark = envelope.idempotencyKey ?? envelope.id;
  return new HermodError("HERMOD_CONFLICT", `"${mark}" was used before for other content (message ${id})`, {
    details: { id, key: envelope.idempotencyKey },
  });
}
