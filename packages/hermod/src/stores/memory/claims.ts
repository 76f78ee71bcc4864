/** Claims: giving out messages, and the leases under which they are out. */
import type { Address } from "../../core/address.ts";
import type { Filter } from "../../core/filter.ts";
import type { ClaimTerms } from "../../core/mailbox.ts";
import type { Claim } from "../../core/store.ts";
import { Alarm } from "./alarm.ts";
import type { Box } from "./box.ts";
import type { Death, Deaths } from "./deaths.ts";
import type { Outlet } from "./outlet.ts";
import type { Senders } from "./senders.ts";
import type { Shelf } from "./shelf.ts";

export class Claims {
  readonly #shelf: Shelf;
  readonly #deaths: Deaths;
  readonly #senders: Senders;
  readonly #outlet: Outlet;
  readonly #leases: Alarm<Box>;
  readonly #terms: { -readonly [K in keyof ClaimTerms]: ClaimTerms[K] };
  #token = 0;
  /** What a claim found past its deadline: told of after the claim, since whoever hears of it may use the store. */
  #expired: Omit<Death, "mailbox" | "error">[] = [];

  constructor(shelf: Shelf, deaths: Deaths, senders: Senders, outlet: Outlet) {
    this.#shelf = shelf;
    this.#deaths = deaths;
    this.#senders = senders;
    this.#outlet = outlet;
    this.#leases = new Alarm(shelf.clock, (box) => this.#endLeases(box), true);
    // One object for all claims: a claim a message must not allocate its terms.
    this.#terms = {
      now: 0,
      lease: 0,
      where: undefined,
      beside: false,
      token: () => ++this.#token,
      expired: (envelope, attempts, generation) =>
        void this.#expired.push({ envelope, attempts, generation, reason: "expired" }),
    };
  }

  claim(
    mailbox: Address,
    max: number,
    lease: number,
    out: Claim[],
    where: Filter | undefined,
    beside: boolean,
  ): number {
    const box = this.#shelf.boxes.get(mailbox);
    // Whoever has worked off all asks once more: that must not cost a reading of the clock.
    if (box === undefined || (box.idle && box.waiters === undefined)) return 0;
    const terms = this.#terms;
    terms.now = this.#shelf.clock.now();
    terms.lease = lease;
    terms.where = where;
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

  #take(box: Box, max: number, out: Claim[]): number {
    const before = box.bytes;
    const count = box.claim(max, this.#terms, out);
    this.#shelf.bytes -= before - box.bytes;
    this.#senders.admit(box);
    this.#shelf.awaitDue(box);
    return count;
  }

  #buryExpired({ address: mailbox }: Box): void {
    const expired = this.#expired;
    this.#expired = [];
    for (const dead of expired) this.#deaths.tell({ ...dead, mailbox, error: undefined });
  }

  #watch(box: Box, at: number): void {
    box.leasesEnd = Math.min(box.leasesEnd, at);
    this.#leases.set(box, at);
  }

  #endLeases(box: Box): void {
    box.leasesEnd = Infinity;
    for (const claim of box.outlived(this.#shelf.clock.now())) this.#outlet.endLease(box, claim);
    const next = box.running.reduce((least, { leaseUntil }) => Math.min(least, leaseUntil), Infinity);
    if (next < Infinity) this.#watch(box, next);
  }
}
