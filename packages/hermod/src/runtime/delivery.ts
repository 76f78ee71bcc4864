/** Delivery: one claimed message in the hands of somebody who pulled it. Settled once; left unsettled it is given back. */
import type { CallName, CastName } from "../core/contract.ts";
import type { Clock } from "../core/clock.ts";
import { toMs, type Duration } from "../core/duration.ts";
import { answerType, expectsAnswer, hasAsker, type Envelope } from "../core/envelope.ts";
import { FailedError, HermodError, RejectedError, toRecord } from "../core/errors.ts";
import type { Random } from "../core/id.ts";
import type { RetryPolicy } from "../core/retry.ts";
import { RetryAfter } from "../core/retry.ts";
import { ACK, RELEASE, settleFailure, type Settlement } from "../core/settlement.ts";
import type { Claim, Settled } from "../core/store.ts";
import type { MessagesOf, Target } from "../agent/target.ts";
import { replyDraft } from "./deliver.ts";
import { stale } from "./heartbeat.ts";
import type { Origin, Sender } from "./send.ts";
import { missAnswer, settleClaim, type SettleParts } from "./settle.ts";
import type { AgentStatistics } from "./statistics.ts";

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
export interface DeliveryParts extends SettleParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly sender: Sender;
  readonly retry: RetryPolicy;
  readonly lease: number;
  readonly numbers: AgentStatistics;
}

export class Delivery<Op extends string = string, In = unknown, Answer = unknown> {
  readonly envelope: Envelope;
  readonly operation: Op;
  readonly payload: In;
  /** From 1. */
  readonly attempt: number;
  readonly #claim: Claim;
  readonly #parts: DeliveryParts;
  readonly #origin: Origin;
  #settled = false;

  constructor(claim: Claim, payload: In, parts: DeliveryParts) {
    const { envelope, attempt, mailbox } = claim;
    this.envelope = envelope;
    this.operation = envelope.operation as Op;
    this.payload = payload;
    this.attempt = attempt;
    this.#claim = claim;
    this.#parts = parts;
    this.#origin = originOf(envelope, mailbox);
  }

  /** When the lease runs out, UTC milliseconds. */
  get leaseUntil(): number {
    return this.#claim.leaseUntil;
  }

  /** Done: the message is gone. @throws StaleLeaseError, or HermodError HERMOD_SETTLED the second time. */
  async ack(): Promise<void> {
    await this.#settle(ACK, []);
  }

  /** Failed: tried again after `delay` or by the retry policy, and a dead letter after the last attempt. */
  async nack(options: { readonly delay?: Duration; readonly error?: unknown } = {}): Promise<void> {
    const error = options.error ?? new Error(`nack of ${this.envelope.operation}`);
    const thrown = options.delay === undefined ? error : new RetryAfter(toMs(options.delay, "nack.delay"), error);
    const { clock, random, retry } = this.#parts;
    const { envelope, attempt } = this;
    const policy = envelope.retry ?? retry;
    const settlement = settleFailure(thrown, { envelope, attempt, policy, now: clock.now(), random });
    const over = settlement.type === "dead" || settlement.type === "fail";
    await this.#settle(settlement, over ? this.#errors(failed(envelope, error)) : []);
  }

  /** Refused for good: a dead letter "terminal"; a waiting caller gets Rejected. */
  async reject(reason: string): Promise<void> {
    const error = new RejectedError(`${this.#claim.mailbox} rejected ${this.operation}: ${reason}`, { details: { reason } });
    const record = toRecord(error);
    const told = this.envelope.delivery === "at-most-once" && hasAsker(this.envelope);
    const settlement: Settlement = told ? { type: "fail", error: record } : { type: "dead", reason: "terminal", error: record };
    await this.#settle(settlement, this.#errors(error));
  }

  /** Answers a request and acks it, in one step. @throws HermodError HERMOD_BAD_OPTION for a message that asks nothing. */
  async reply(value: Answer): Promise<void> {
    if (!expectsAnswer(this.envelope)) {
      throw new HermodError("HERMOD_BAD_OPTION", `${this.operation} expects no answer: ack it instead`);
    }
    await this.#settle(ACK, [this.#parts.sender.seal(replyDraft(this.envelope, answerType(this.envelope), value), this.#origin)]);
  }

  /** Lets the lease run `lease` from now, by default the mailbox's. @throws StaleLeaseError when it was lost. */
  async extend(lease?: Duration): Promise<void> {
    const ms = lease === undefined ? this.#parts.lease : toMs(lease, "lease");
    if (this.#settled) throw settledTwice(this.envelope);
    if (!(await this.#parts.store.extend(this.#claim, ms))) throw stale(this.envelope.id);
  }

  /** Gives the message back at its old place, without an attempt used; harmless when it is settled. */
  async release(): Promise<void> {
    if (this.#settled) return;
    this.#settled = true;
    await settleClaim(this.#parts, this.#claim, RELEASE, [], this.#parts.numbers);
  }

  /** The same as `release`: for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.release();
  }

  #errors(error: HermodError): Envelope[] {
    if (!hasAsker(this.envelope)) return [];
    return [this.#parts.sender.seal(replyDraft(this.envelope, "error", error.toJSON()), this.#origin)];
  }

  async #settle(settlement: Settlement, outputs: readonly Envelope[]): Promise<void> {
    if (this.#settled) throw settledTwice(this.envelope);
    this.#settled = true;
    this.#parts.numbers.lastSettledAt = this.#parts.clock.now();
    const answer = await settleClaim(this.#parts, this.#claim, settlement, outputs, this.#parts.numbers);
    if (answer.status === "stale") throw stale(this.envelope.id);
    if (answer.status === "refused") return this.#withoutAnswer(settlement, answer);
    if (answer.status !== "failed" && answer.status !== "undone") return;
    this.#settled = answer.status === "undone";
    throw new HermodError("HERMOD_STORE", `message ${this.envelope.id} could not be settled`, { cause: answer.error });
  }

  /** The asker is gone: its answer counts as missed. */
  async #withoutAnswer(settlement: Settlement, refused: Settled & { readonly status: "refused" }): Promise<void> {
    missAnswer(this.#parts, refused);
    await settleClaim(this.#parts, this.#claim, settlement, [], this.#parts.numbers);
  }
}

function originOf(envelope: Envelope, self: Claim["mailbox"]): Origin {
  return {
    from: self,
    conversationId: envelope.conversationId,
    causeId: envelope.id,
    hops: Object.freeze([...envelope.hops, self]),
    trace: envelope.trace,
    deadline: envelope.deadline,
  };
}

function failed(envelope: Envelope, error: unknown): FailedError {
  return new FailedError(`${envelope.to}.${envelope.operation} failed: ${toRecord(error).message}`, {
    cause: error,
    details: { operation: envelope.operation, error: toRecord(error) },
  });
}

function settledTwice(envelope: Envelope): HermodError {
  return new HermodError("HERMOD_SETTLED", `message ${envelope.id} is settled already`);
}
