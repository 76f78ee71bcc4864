/** Desk: takes what comes to the system's own address: the replies that its calls wait for, and the events that its live subscribers want. */
import type { Address } from "../core/address.ts";
import type { Envelope } from "../core/envelope.ts";
import { expectsAnswer, isNotice } from "../core/envelope.ts";
import { chain, type Maybe, promised } from "../core/maybe.ts";
import { ACK } from "../core/settlement.ts";
import type { Claim } from "../core/store.ts";
import { failureRecord, toErrorReply, toReply } from "./answers.ts";
import type { Calls } from "./calls.ts";
import type { Control } from "./control.ts";
import type { Consumer } from "./dispatcher.ts";
import type { Heartbeat } from "./heartbeat.ts";

import { Refusal } from "./refusal.ts";
import type { Origin, Sender } from "./send.ts";
import { settleAnswered, settleClaim, type SettleParts } from "./settle.ts";
import { Statistics } from "./statistics.ts";
import type { Subscriptions } from "./subscriptions.ts";

/** What the desk needs. */
export interface DeskParts extends Omit<SettleParts, "statistics"> {
  readonly calls: Calls;
  readonly subscriptions: Subscriptions;
  readonly sender: Sender;
  /** As whom live subscribers answer. */
  readonly origin: Origin;
  readonly heartbeat: Pick<Heartbeat, "watch" | "began">;
  readonly control: Control;
  /** Hears a notice about a message of somebody who works here. */
  readonly heed: (notice: Envelope) => void;
}

export class Desk implements Consumer {
  readonly address: Address;
  readonly lease = 30_000;
  readonly beside = false;
  queued = false;
  claiming = false;
  readonly #answering = new Set<Claim>();
  readonly #parts: DeskParts;
  /** What comes here is no delivery to an agent: it counts nowhere. */
  readonly #settling: SettleParts;

  constructor(address: Address, parts: DeskParts) {
    this.address = address;
    this.#parts = parts;
    this.#settling = { ...parts, statistics: new Statistics() };
  }

  room(): number {
    return 256;
  }

  /** The requests whose live subscribers have not answered yet, those aside whose askers wait no more. */
  answering(now: number): ReadonlySet<Claim> {
    for (const claim of this.#answering)
      if (now > (claim.envelope.deadline ?? Infinity)) this.#answering.delete(claim);
    return this.#answering;
  }

  take(claim: Claim): void {
    const { envelope } = claim;
    const { calls, subscriptions, control, heed } = this.#parts;
    const isAsked = expectsAnswer(envelope);
    if (isAsked && envelope.topic === undefined) return this.#answer(claim, () => control.answer(envelope));
    if (isAsked) return this.#answer(claim, () => subscriptions.answer(envelope));
    if (envelope.topic !== undefined) subscriptions.take(envelope);
    else if (isNotice(envelope)) heed(envelope);
    else calls.receive(envelope);
    void settleClaim(this.#settling, claim, ACK, [], undefined);
  }

  /** A live subscriber answers once, and so does the system; there is no second try, since it may be gone. */
  #answer(claim: Claim, answered: () => Maybe<unknown>): void {
    const { sender, reports, heartbeat } = this.#parts;
    this.#answering.add(claim);
    heartbeat.watch(this.lease);
    heartbeat.began();
    const parts = { sender, reports };
    const origin = originOf(this.#parts.origin, claim.envelope);
    const reply = promised(() => chain(answered(), (value) => toReply(parts, claim, origin, value)));
    const told: Promise<Envelope | undefined> = reply.catch(
      (thrown: unknown): Maybe<Envelope | undefined> => {
        const record = thrown instanceof Refusal ? thrown.error.toJSON() : failureRecord(claim, thrown);
        return toErrorReply(parts, claim.envelope, origin, record);
      },
    );
    void told.then((ready) => {
      this.#answering.delete(claim);
      return settleAnswered(this.#settling, claim, ACK, ready, undefined);
    });
  }
}

function originOf(self: Origin, { conversationId, id, hops, waits, trace, budget }: Envelope): Origin {
  return { ...self, conversationId, causeId: id, hops, waits, trace, limits: budget };
}
