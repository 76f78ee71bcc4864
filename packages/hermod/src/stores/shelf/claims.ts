/** Claims: giving out messages, and the leases under which they are out. */
import type { Address } from "../../core/address.ts";
import type { Filter } from "../../core/filter.ts";
import type { Envelope } from "../../core/envelope.ts";
import type { ClaimTerms, OpenClaim } from "../../core/mailbox.ts";
import type { Attempt, Claim } from "../../core/store.ts";
import { Alarm } from "./alarm.ts";
import type { Box } from "./box.ts";
import type { Senders } from "./senders.ts";
import type { Shelf } from "./shelf.ts";

/** What a claim found past its deadline. */
export interface Expired {
  readonly envelope: Envelope;
  readonly attempts: readonly Attempt[];
  readonly generation: number;
}

/** What the store does with messages that leave a mailbox by time. */
export interface TimeEnds<B extends Box> {
  /** A message was found past its deadline; it has left the mailbox. */
  expired(box: B, expired: Expired): void;
  /** A lease has run out; the claim is still open. */
  leaseEnded(box: B, claim: OpenClaim): void;
}

export class Claims<B extends Box = Box> {
  readonly #shelf: Shelf<B>;
  readonly #senders: Senders<B>;
  readonly #ends: TimeEnds<B>;
  readonly #leases: Alarm<B>;
  readonly #terms: { -readonly [K in keyof ClaimTerms]: ClaimTerms[K] };
  #token: number;
  /** What a claim found past its deadline: told of after the claim, since whoever hears of it may use the store. */
  #expired: Expired[] = [];

  /** Tokens grow from `token` on. */
  constructor(shelf: Shelf<B>, senders: Senders<B>, ends: TimeEnds<B>, token = 0) {
    this.#shelf = shelf;
    this.#senders = senders;
    this.#ends = ends;
    this.#token = token;
    this.#leases = new Alarm(shelf.clock, (box) => this.#endLeases(box), true);
    // One object for all claims: a claim a message must not allocate its terms.
    this.#terms = {
      now: 0,
      lease: 0,
      where: undefined,
      may: undefined,
      beside: false,
      token: () => ++this.#token,
      expired: (envelope, attempts, generation) =>
        void this.#expired.push({ envelope, attempts, generation }),
    };
  }

  claim(
    mailbox: Address,
    max: number,
    lease: number,
    out: Claim[],
    where: Filter | undefined,
    beside: boolean,
    may?: (envelope: Envelope) => boolean,
  ): number {
    const box = this.#shelf.boxes.get(mailbox);
    // Whoever has worked off all asks once more: that must not cost a reading of the clock.
    if (box === undefined || (box.idle && box.waiters === undefined)) return 0;
    const terms = this.#terms;
    terms.now = this.#shelf.clock.now();
    terms.lease = lease;
    terms.where = where;
    terms.may = may;
    terms.beside = beside;
    const count = this.#take(box, max, out);
    if (count > 0 && terms.now + lease < box.leasesEnd) this.#watch(box, terms.now + lease);
    if (this.#expired.length > 0) this.#buryExpired(box);
    return count;
  }

  extend(claim: Claim, lease: number): boolean {
    const box = this.#shelf.boxes.get(claim.mailbox);
    if (!box?.isOpen(claim)) return false;
    claim.leaseUntil = this.#shelf.clock.now() + lease;
    this.#watch(box, claim.leaseUntil);
    return true;
  }

  close(): void {
    this.#leases.close();
  }

  #take(box: B, max: number, out: Claim[]): number {
    const before = box.bytes;
    const count = box.claim(max, this.#terms, out);
    this.#shelf.bytes -= before - box.bytes;
    this.#senders.admit(box);
    this.#shelf.awaitDue(box);
    return count;
  }

  #buryExpired(box: B): void {
    const expired = this.#expired;
    this.#expired = [];
    for (const dead of expired) this.#ends.expired(box, dead);
  }

  #watch(box: B, at: number): void {
    box.leasesEnd = Math.min(box.leasesEnd, at);
    this.#leases.set(box, at);
  }

  #endLeases(box: B): void {
    box.leasesEnd = Infinity;
    for (const claim of box.outlived(this.#shelf.clock.now())) this.#ends.leaseEnded(box, claim);
    const next = box.running.reduce((least, { leaseUntil }) => Math.min(least, leaseUntil), Infinity);
    if (next < Infinity) this.#watch(box, next);
  }
}
