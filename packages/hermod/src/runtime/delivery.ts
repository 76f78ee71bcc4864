/** Delivery: one claimed message in the hands of somebody who pulled it. Settled once; left unsettled it is given back. */
import type { Cancel, Clock } from "../core/clock.ts";
import type { CallName, CastName, OperationSpec } from "../core/contract.ts";
import { show, toMs, type Duration } from "../core/duration.ts";
import { expectsAnswer, hasAsker, type Envelope } from "../core/envelope.ts";
import { ExpiredError, HermodError, RejectedError, toRecord, type ErrorRecord } from "../core/errors.ts";
import type { Random } from "../core/id.ts";
import type { Maybe } from "../core/maybe.ts";
import { checkOptions } from "../core/options.ts";
import { RetryAfter, type RetryPolicy } from "../core/retry.ts";
import { check } from "../core/schema.ts";
import { ACK, RELEASE, settleFailure, type Settlement } from "../core/settlement.ts";
import type { Claim } from "../core/store.ts";
import { endBy } from "../core/tasklog.ts";
import { toLease } from "../agent/agent.ts";
import type { MessagesOf, Target } from "../agent/target.ts";
import { failureRecord, toErrorReply, toReply, type AnswerParts } from "./answers.ts";
import { ask } from "./asking.ts";
import { stale } from "./heartbeat.ts";
import type { Reports } from "./reports.ts";
import type { Origin } from "./send.ts";
import { settleAnswered, settleClaim, type SettleParts, type Worker } from "./settle.ts";
import type { AgentStatistics } from "./statistics.ts";
import type { Held, Waits } from "./waits.ts";

/** What a pulled message of a target can be: narrow on `operation`. */
export type DeliveryOf<T extends Target> = T extends string
  ? Delivery
  : {
      [Op in CallName<MessagesOf<T>> | CastName<MessagesOf<T>>]: Delivery<
        Op,
        MessagesOf<T>[Op] extends { receive: infer I } ? I : unknown,
        MessagesOf<T>[Op] extends { answer: infer A } ? A : unknown
      >;
    }[CallName<MessagesOf<T>> | CastName<MessagesOf<T>>];

/** What a delivery needs. */
export interface DeliveryParts extends SettleParts, AnswerParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly reports: Reports;
  readonly retry: RetryPolicy;
  readonly lease: number;
  readonly numbers: AgentStatistics;
  /** Knows what is held, so that an ending system can wait for it. */
  readonly hand: Waits;
}

export class Delivery<Op extends string = string, In = unknown, Answer = unknown> implements Held {
  readonly envelope: Envelope;
  readonly operation: Op;
  readonly payload: In;
  /** From 1. */
  readonly attempt: number;
  readonly #stop = new AbortController();
  readonly #claim: Claim;
  readonly #spec: OperationSpec | undefined;
  readonly #worker: Worker;
  readonly #parts: DeliveryParts;
  readonly #origin: Origin;
  readonly #takenAt: number;
  /** Ends the watch on its deadline, which begins when somebody looks at its signal. */
  #unwatch: Cancel | undefined;
  #settled = false;
  #revoked = false;

  /** Made by a mailbox; `spec` is its contract's operation, where it has a contract. */
  constructor(claim: Claim, payload: In, spec: OperationSpec | undefined, parts: DeliveryParts) {
    const { envelope, attempt, mailbox } = claim;
    this.envelope = envelope;
    this.operation = envelope.operation as Op;
    this.payload = payload;
    this.attempt = attempt;
    this.#claim = claim;
    this.#spec = spec;
    this.#parts = parts;
    this.#worker = { statistics: parts.numbers };
    this.#origin = originOf(envelope, mailbox);
    this.#takenAt = parts.clock.monotonic();
    parts.hand.hold(this);
  }

  /** Fires when its sender wants it no longer: at its deadline, and when the call or task is cancelled. */
  get signal(): AbortSignal {
    if (this.#unwatch === undefined) this.#watch();
    return this.#stop.signal;
  }

  /** Tells whoever holds it that it is wanted no longer. */
  cancel(reason: HermodError): void {
    this.#stop.abort(reason);
  }

  /** When the lease runs out, UTC milliseconds. */
  get leaseUntil(): number {
    return this.#claim.leaseUntil;
  }

  /** Done: the message is gone. @throws StaleLeaseError, or HermodError HERMOD_SETTLED the second time. */
  async ack(): Promise<void> {
    await this.#settle(ACK);
  }

  /** Failed: tried again after `delay` or by the retry policy, and a dead letter after the last attempt. */
  async nack(options: { readonly delay?: Duration; readonly error?: unknown } = {}): Promise<void> {
    checkOptions("nack", options, ["delay", "error"]);
    const error = options.error ?? new Error(`nack of ${this.envelope.operation}`);
    const thrown =
      options.delay === undefined ? error : new RetryAfter(toMs(options.delay, "nack.delay"), error);
    const { clock, random } = this.#parts;
    const { envelope, attempt } = this;
    const settlement = settleFailure(thrown, {
      envelope,
      attempt,
      policy: this.#policy(),
      now: clock.now(),
      random,
    });
    const over = settlement.type === "dead" || settlement.type === "fail";
    await this.#settle(settlement, over ? failureRecord(this.#claim, thrown) : undefined);
  }

  /** Refused for good: a dead letter "terminal"; a waiting caller gets Rejected. */
  async reject(reason: string): Promise<void> {
    if (typeof reason !== "string")
      throw new HermodError("HERMOD_BAD_OPTION", `a reason must be text, got ${show(reason)}`);
    const error = new RejectedError(`${this.#claim.mailbox} rejected ${this.operation}: ${reason}`, {
      details: { reason },
    });
    const record = toRecord(error);
    const told = this.envelope.delivery === "at-most-once" && hasAsker(this.envelope);
    const settlement: Settlement = told
      ? { type: "fail", error: record }
      : { type: "dead", reason: "terminal", error: record };
    await this.#settle(settlement, record);
  }

  /**
   * Answers a request and acks it, in one step.
   * @throws HermodError HERMOD_BAD_REPLY for a value that does not fit, HERMOD_BAD_OPTION for a message that asks nothing.
   */
  async reply(value: Answer): Promise<void> {
    if (!expectsAnswer(this.envelope)) {
      throw new HermodError("HERMOD_BAD_OPTION", `${this.operation} expects no answer: ack it instead`);
    }
    if (this.#settled) throw this.#over();
    const { out } = this.#spec ?? {};
    if (out) await check(out, value, `${this.#claim.mailbox}.${this.operation} reply`, "HERMOD_BAD_REPLY");
    const reply = await toReply(this.#parts, this.#claim, this.#origin, value);
    await this.#carryOut(ACK, () => reply, value);
  }

  /** Lets the lease run `lease` from now, by default the mailbox's. @throws StaleLeaseError when it was lost. */
  async extend(lease?: Duration): Promise<void> {
    const ms = lease === undefined ? this.#parts.lease : toLease(lease, "extend lease");
    if (this.#settled) throw this.#over();
    if (!(await ask("extend", () => this.#parts.store.extend(this.#claim, ms))))
      throw stale(this.envelope.id);
  }

  /** Gives the message back at its old place, without an attempt used; harmless when it is settled. */
  async release(): Promise<void> {
    if (this.#settled) return;
    this.#settled = true;
    this.#drop();
    await settleClaim(this.#parts, this.#claim, RELEASE, [], this.#worker);
  }

  /** Gives the message back for a system that ends: whoever still holds it finds its lease lost. */
  async revoke(): Promise<void> {
    this.#revoked = !this.#settled;
    await this.release();
  }

  /** The same as `release`: for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.release();
  }

  #watch(): void {
    const { deadline, id } = this.envelope;
    if (deadline === undefined || this.#settled) return;
    const { clock } = this.#parts;
    const expire = (): void =>
      this.#stop.abort(new ExpiredError(`the deadline of message ${id} has passed while it was held`));
    this.#unwatch = clock.after(Math.max(0, deadline - clock.now()), expire, true);
  }

  #drop(): void {
    this.#unwatch?.();
    this.#parts.hand.drop(this);
  }

  #over(): HermodError {
    return this.#revoked ? stale(this.envelope.id) : settledTwice(this.envelope);
  }

  #policy(): RetryPolicy {
    return this.envelope.retry ?? this.#spec?.retry ?? this.#parts.retry;
  }

  /** Settles, and tells the asker of the error when there is one. */
  async #settle(settlement: Settlement, error?: ErrorRecord): Promise<void> {
    const told = hasAsker(this.envelope) ? error : undefined;
    await this.#carryOut(
      settlement,
      () => told && toErrorReply(this.#parts, this.envelope, this.#origin, told),
    );
  }

  async #carryOut(
    settlement: Settlement,
    answer: () => Maybe<Envelope | undefined>,
    value?: Answer,
  ): Promise<void> {
    if (this.#settled) throw this.#over();
    const { clock, numbers, sender } = this.#parts;
    const end = endBy(
      this.#claim,
      settlement,
      clock.now(),
      value === undefined ? undefined : sender.copied(value),
    );
    this.#settled = true;
    numbers.lastSettledAt = clock.now();
    const settled = await settleAnswered(
      this.#parts,
      this.#claim,
      settlement,
      await answer(),
      this.#worker,
      end,
    );
    if (settled.status !== "failed") this.#drop();
    if (settled.status === "stale") throw stale(this.envelope.id);
    if (settled.status === "settled") return numbers.sample(clock.monotonic() - this.#takenAt);
    this.#settled = settled.status === "undone";
    const cause = settled.status === "refused" ? settled.answer : settled.error;
    throw new HermodError("HERMOD_STORE", `message ${this.envelope.id} could not be settled`, { cause });
  }
}

/** Where the answers to a pulled message come from. */
export function originOf(envelope: Envelope, mailbox: Claim["mailbox"]): Origin {
  // Whoever asked an instance expects the answer from there.
  const self = envelope.to ?? mailbox;
  return {
    from: self,
    replyTo: self,
    conversationId: envelope.conversationId,
    causeId: envelope.id,
    hops: Object.freeze([...envelope.hops, self]),
    waits: envelope.waits,
    trace: envelope.trace,
    bound: envelope.deadline,
    limits: envelope.budget,
  };
}

function settledTwice(envelope: Envelope): HermodError {
  return new HermodError("HERMOD_SETTLED", `message ${envelope.id} is settled already`);
}
