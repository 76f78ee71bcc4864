/** Mailbox: a user's view of the messages that wait behind one address. Pulled ones can be taken from; any can be looked at. */
import type { AnyContract, Target } from "../agent/target.ts";
import { toLease, type AgentDefinition } from "../agent/agent.ts";
import type { Address } from "../core/address.ts";
import type { OperationSpec } from "../core/contract.ts";
import { toMs, type Duration } from "../core/duration.ts";
import { hasAsker, type Envelope } from "../core/envelope.ts";
import { HermodError } from "../core/errors.ts";
import { parseFilter, type Filter } from "../core/filter.ts";
import { suggestion } from "../core/nearest.ts";
import type { MailboxCounts, MailboxStatistics } from "../core/numbers.ts";
import { aFunction, aSignal, checkOptions } from "../core/options.ts";
import { validate } from "../core/schema.ts";
import { ACK, RELEASE } from "../core/settlement.ts";
import type { Claim, DelayedMessage, Page } from "../core/store.ts";
import { endBy } from "../core/tasklog.ts";
import { toErrorReply } from "./answers.ts";
import { ask } from "./asking.ts";
import { cancelNotice, cancelNotices, cancellation } from "./cancelling.ts";
import { creditOf } from "./credit.ts";
import type { Notices } from "./notices.ts";
import type { Waits } from "./waits.ts";
import { Delivery, originOf, type DeliveryOf, type DeliveryParts } from "./delivery.ts";
import { Refusal, checkAttempts, settleRefusal } from "./refusal.ts";
import { settleAnswered, settleClaim } from "./settle.ts";
import type { AgentStatistics } from "./statistics.ts";
import { summaryOf } from "./tasklog.ts";
import { Wait } from "./wait.ts";

/** How to wait for a message. */
export interface ReceiveOptions {
  /** Longest wait, then `undefined`; default for ever. 0 looks once. */
  readonly timeout?: Duration;
  /** Takes only messages that this filter matches, for example `operation:review priority:urgent`. */
  readonly where?: string;
  /** How long the message may be held without `extend`; default the mailbox's. */
  readonly lease?: Duration;
  /** Ends the wait: the promise is rejected with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** What a mailbox needs from its system. */
export interface MailboxParts extends Omit<DeliveryParts, "retry" | "lease" | "numbers" | "hand"> {
  readonly notices: Notices;
  /** Calls `seen` with each message stored for the address by this system; returns the end of it. */
  readonly observe: (address: Address, seen: (envelope: Envelope) => void) => () => void;
}

/** What makes a mailbox one that is pulled from. */
export interface PulledTerms extends Pick<AgentDefinition, "retry" | "lease"> {
  readonly waits: Waits;
}

export class Mailbox<T extends Target = Target> {
  readonly address: Address;
  readonly #contract: AnyContract | undefined;
  readonly #parts: MailboxParts;
  readonly #own: PulledTerms | undefined;
  readonly #numbers: AgentStatistics;

  constructor(
    address: Address,
    contract: AnyContract | undefined,
    parts: MailboxParts,
    numbers: AgentStatistics,
    own: PulledTerms | undefined,
  ) {
    this.address = address;
    this.#contract = contract;
    this.#parts = parts;
    this.#numbers = numbers;
    this.#own = own;
  }

  /**
   * Takes the next message, waiting for one if need be; `undefined` when none came in time or the system closed.
   * @throws HermodError HERMOD_NOT_PULLED for the mailbox of an agent with handlers.
   */
  async receive(options: ReceiveOptions = {}): Promise<DeliveryOf<T> | undefined> {
    checkOptions("receive", options, ["timeout", "where", "lease", "signal"]);
    const terms = this.#terms(options);
    const { waits } = terms;
    const timeout = options.timeout === undefined ? undefined : toMs(options.timeout, "receive.timeout");
    if (options.signal !== undefined) aSignal("receive.signal", options.signal);
    const wait = new Wait(terms.parts.clock, timeout, options.signal);
    waits.add(wait.wake);
    try {
      for (;;) {
        options.signal?.throwIfAborted();
        const delivery = await this.#take(terms);
        if (delivery || waits.closed || wait.over) return delivery;
        await wait.next();
      }
    } finally {
      waits.delete(wait.wake);
      wait.end();
    }
  }

  /** Takes a message if one is there. */
  async tryReceive(
    options: Omit<ReceiveOptions, "timeout" | "signal"> = {},
  ): Promise<DeliveryOf<T> | undefined> {
    checkOptions("tryReceive", options, ["where", "lease"]);
    return this.#take(this.#terms(options));
  }

  /** Takes everything that waits now, in order; what comes meanwhile may wait for the next time. */
  async receiveAll(options: Omit<ReceiveOptions, "timeout" | "signal"> = {}): Promise<DeliveryOf<T>[]> {
    checkOptions("receiveAll", options, ["where", "lease"]);
    const terms = this.#terms(options);
    const all: DeliveryOf<T>[] = [];
    if (terms.waits.closed) return all;
    const { waiting } = await this.#counts();
    while (all.length < waiting) {
      const next = await this.#take(terms);
      if (next === undefined) break;
      all.push(next);
    }
    return all;
  }

  /** Messages one after the other, for ever; ends when the system closes. */
  async *[Symbol.asyncIterator](): AsyncIterableIterator<DeliveryOf<T>> {
    for (let next = await this.receive(); next; next = await this.receive()) yield next;
  }

  /** The waiting messages in order, taking none; at most `limit`, default 100. */
  async peek(
    options: { readonly where?: string; readonly limit?: number } = {},
  ): Promise<readonly Envelope[]> {
    checkOptions("peek", options, ["where", "limit"]);
    const { items } = await ask("read", () =>
      this.#parts.store.read({ type: "waiting", mailbox: this.address, ...toPage(options) }),
    );
    return items;
  }

  /** The messages that wait for a time, the earliest first: those with attempts behind them wait for their next one. */
  async delayed(
    options: { readonly where?: string; readonly limit?: number } = {},
  ): Promise<readonly DelayedMessage[]> {
    checkOptions("delayed", options, ["where", "limit"]);
    const { items } = await ask("read", () =>
      this.#parts.store.read({ type: "delayed", mailbox: this.address, ...toPage(options) }),
    );
    return items;
  }

  /** The mailbox's numbers. */
  async stats(): Promise<MailboxStatistics> {
    return toStatistics(await this.#counts(), this.#numbers);
  }

  /** Shows every message that this system stores for the mailbox from now on; what `seen` throws is contained. Returns its end. */
  observe(seen: (envelope: Envelope) => void): () => void {
    return this.#parts.observe(this.address, aFunction("observe", seen));
  }

  async #counts(): Promise<MailboxCounts> {
    const { items } = await ask("read", () =>
      this.#parts.store.read({ type: "counts", mailbox: this.address }),
    );
    return items[0] ?? emptyCounts(this.address);
  }

  #terms({ where, lease }: ReceiveOptions): Terms {
    if (this.#own === undefined) {
      throw new HermodError(
        "HERMOD_NOT_PULLED",
        `${this.address} has handlers: its messages are pushed to them`,
      );
    }
    const { waits, ...own } = this.#own;
    const terms = {
      waits,
      parts: { ...this.#parts, ...own, numbers: this.#numbers, hand: waits },
      where: where === undefined ? undefined : parseFilter(where),
      lease: lease === undefined ? own.lease : toLease(lease, "receive.lease"),
    };
    waits.attend ??= () => this.#parts.clock.defer(() => void this.#attend(terms.parts));
    waits.watch((wake) => this.#parts.store.watch(this.address, wake));
    return terms;
  }

  async #take({ parts, lease, where, waits }: Terms): Promise<DeliveryOf<T> | undefined> {
    while (!waits.closed) {
      const out: Claim[] = [];
      await ask("claim", () => parts.store.claim(this.address, waits.paused ? 0 : 1, lease, out, where));
      await this.#heedNotices(out, parts);
      const claim = waits.closed || waits.paused ? undefined : out.shift();
      // Notices come all at once, and a close or a pause may come before the claim is answered: what is too much goes back.
      for (const other of out) await settleClaim(parts, other, RELEASE, [], { statistics: this.#numbers });
      if (claim === undefined) return undefined;
      const delivery = await this.#open(claim, parts);
      if (delivery) return delivery;
    }
    return undefined;
  }

  /** Takes out what tells that a message is wanted no longer: whoever holds that one hears of it. */
  async #heedNotices(out: Claim[], parts: DeliveryParts): Promise<void> {
    for (const claim of out.filter(({ envelope }) => cancelNotice(envelope) ?? creditOf(envelope))) {
      const { envelope } = claim;
      if (!parts.hand.heed(envelope)) this.#parts.notices.passOn(this.address, envelope);
      out.splice(out.indexOf(claim), 1);
      await settleClaim(parts, claim, ACK, [], undefined);
    }
  }

  /** Looks for such news alone, for whoever holds a message and asks for no other. */
  async #attend(parts: DeliveryParts): Promise<void> {
    const out: Claim[] = [];
    try {
      await parts.store.claim(this.address, 0, parts.lease, out, cancelNotices);
      await this.#heedNotices(out, parts);
    } catch (error) {
      parts.reports.emit({ type: "store.failed", step: "claim", error });
    }
  }

  /** A task that was cancelled while it waited for its time is over: nobody gets it. */
  async #endCancelled(claim: Claim, parts: DeliveryParts): Promise<boolean> {
    const { envelope, mailbox } = claim;
    if (envelope.verb !== "task") return false;
    const { isCancelled, end } = await summaryOf(parts, envelope.id, envelope.to as Address);
    if (!isCancelled && end?.state !== "cancelled") return false;
    const settlement = { type: "fail", error: cancellation("task", envelope.id).toJSON() } as const;
    const worker = { statistics: this.#numbers };
    if (end) await settleClaim(parts, claim, settlement, [], worker);
    else {
      const told = await toErrorReply(parts, envelope, originOf(envelope, mailbox), settlement.error);
      await settleAnswered(
        parts,
        claim,
        settlement,
        told,
        worker,
        endBy(claim, settlement, parts.clock.now()),
      );
    }
    return true;
  }

  /** A message that cannot be given (it does not fit the contract, or has used its attempts) is set aside, and the next one is taken. */
  async #open(claim: Claim, parts: DeliveryParts): Promise<DeliveryOf<T> | undefined> {
    const spec = this.#specOf(claim.envelope);
    this.#began(claim, parts);
    if (await this.#endCancelled(claim, parts)) return undefined;
    try {
      checkAttempts(claim, claim.envelope.retry ?? spec?.retry ?? parts.retry);
      const payload = await this.#read(claim.envelope, spec);
      return new Delivery(claim, payload, spec, parts) as unknown as DeliveryOf<T>;
    } catch (error) {
      await this.#setAside(
        claim,
        parts,
        error instanceof Refusal ? error : new Refusal(error as HermodError, "unreadable"),
      );
      return undefined;
    }
  }

  #began({ envelope, mailbox, attempt, startedAt }: Claim, { statistics, reports }: DeliveryParts): void {
    statistics.delivered++;
    this.#numbers.started++;
    this.#numbers.lastStartedAt = startedAt;
    if (reports.active) reports.emit({ type: "delivery.started", envelope, mailbox, attempt });
  }

  #specOf({ verb, operation }: Envelope): OperationSpec | undefined {
    return verb === "info" ? undefined : this.#contract?.operations.get(operation);
  }

  #read({ operation, payload, verb }: Envelope, spec: OperationSpec | undefined): unknown {
    if (this.#contract === undefined || verb === "info") return payload;
    if (spec) return validate(spec.in, payload, `${this.address}.${operation} input`);
    const hint = suggestion(operation, this.#contract.operations.keys());
    throw new HermodError("HERMOD_NO_OPERATION", `${this.address} has no operation "${operation}".${hint}`);
  }

  async #setAside(claim: Claim, parts: DeliveryParts, refusal: Refusal): Promise<void> {
    const { envelope } = claim;
    const origin = originOf(envelope, claim.mailbox);
    const told = hasAsker(envelope)
      ? await toErrorReply(parts, envelope, origin, refusal.error.toJSON())
      : undefined;
    const settlement = settleRefusal(envelope, refusal);
    const end = endBy(claim, settlement, parts.clock.now());
    await settleAnswered(parts, claim, settlement, told, { statistics: this.#numbers }, end);
  }
}

function toPage({ where, limit }: { readonly where?: string; readonly limit?: number }): Page {
  return { ...(where !== undefined && { where: parseFilter(where) }), ...(limit !== undefined && { limit }) };
}

/** The numbers of a mailbox with those of its work. */
export function toStatistics(counts: MailboxCounts, numbers: AgentStatistics): MailboxStatistics {
  return {
    ...counts,
    processed: numbers.acknowledged,
    failed: numbers.failed,
    retried: numbers.retried,
    dead: numbers.dead,
    averageMs: numbers.averageMs,
    lastReceivedAt: numbers.lastStartedAt,
    lastProcessedAt: numbers.lastSettledAt,
  };
}

function emptyCounts(mailbox: Address): MailboxCounts {
  return { mailbox, served: false, waiting: 0, delayed: 0, running: 0, bytes: 0, received: 0 };
}

/** One question for messages, checked and complete. */
interface Terms {
  readonly waits: Waits;
  readonly parts: DeliveryParts;
  readonly where: Filter | undefined;
  readonly lease: number;
}
