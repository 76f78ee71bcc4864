/**
 * Handout: how waiting messages are given out. After an unclean end what the file held is written down before it is given out: should
 * it end the process again, that is counted.
 */
import type { Address } from "../../core/address.ts";
import type { Filter } from "../../core/filter.ts";
import type { Maybe } from "../../core/maybe.ts";
import type { Claim } from "../../core/store.ts";
import type { Claims } from "../shelf/claims.ts";
import type { DiskBox } from "./box.ts";
import type { Lines } from "./lines.ts";
import { Change } from "./protocol.ts";
import type { DiskShelf } from "./shelf.ts";

/**
 * After an unclean end so many claims of what each mailbox had then are written down before they are handed out: one of them may
 * have caused it. More run in hardly any mailbox at a time, and what ran stands in front.
 */
export const CAREFUL = 256;

export class Handout {
  readonly #shelf: DiskShelf;
  readonly #claims: Claims<DiskBox>;
  readonly #lines: Lines;
  readonly #giveBack: (claim: Claim) => void;
  readonly #newest: number;
  #closed = false;

  /** `newest` is the number of the newest message that the file held at the start. */
  constructor(
    shelf: DiskShelf,
    claims: Claims<DiskBox>,
    lines: Lines,
    giveBack: (claim: Claim) => void,
    newest: number,
  ) {
    this.#shelf = shelf;
    this.#claims = claims;
    this.#lines = lines;
    this.#giveBack = giveBack;
    this.#newest = newest;
  }

  /** As the store's claim; where nothing is here and something is on its way from the file, that is waited for. */
  claim(
    mailbox: Address,
    max: number,
    lease: number,
    out: Claim[],
    where: Filter | undefined,
    beside: boolean,
  ): Maybe<number> {
    const box = this.#shelf.boxes.get(mailbox);
    if (this.#closed || box === undefined || this.#shelf.journal.sick) return 0;
    if (box.quarantined > 0 && box.standing === 0) return 0;
    const most = box.quarantined > 0 ? Math.min(max, 1) : max;
    const isCareful = box.careful > 0 || box.suspects > 0;
    const claims = isCareful ? [] : out;
    const may = box.quarantined > 0 ? this.#shelf.quarantine.passer(box) : undefined;
    const count = this.#claims.claim(mailbox, most, lease, claims, where, beside, may);
    if (box.later.count > 0 || box.late > 0 || box.hasSpilled)
      this.#lines.fill(box, count === 0 && where !== undefined);
    if (count === 0 && max > 0 && box.isExpecting)
      return box.arrival().then(async () => this.claim(mailbox, max, lease, out, where, beside));
    return isCareful ? this.#noted(box, claims, out) : count;
  }

  /** Gives out nothing more, also to whoever waits for what is on its way. */
  close(): void {
    this.#closed = true;
  }

  /** Writes claims down and then gives them out; where that cannot be, takes them back. */
  async #noted(box: DiskBox, claims: readonly Claim[], out: Claim[]): Promise<number> {
    const old = claims.filter(({ envelope }) => this.#isOld(box.rows.get(envelope) as number));
    box.careful = Math.max(0, box.careful - old.length);
    if (old.length > 0 && !(await this.#written(box, old))) {
      for (const claim of claims) this.#giveBack(claim);
      return 0;
    }
    out.push(...claims);
    return claims.length;
  }

  /** True for a row of the file that was there at the start; at-most-once messages have a negative number. */
  #isOld(row: number): boolean {
    return row > 0 && row <= this.#newest;
  }

  #written(box: DiskBox, claims: readonly Claim[]): Promise<boolean> {
    const { journal, quarantine } = this.#shelf;
    journal.group();
    for (const { envelope, token, attempt, startedAt } of claims) {
      const row = box.rows.get(envelope) as number;
      box.noted.add(token);
      quarantine.began(row);
      journal.add(Change.claimed, row, box.address, attempt, startedAt);
    }
    return new Promise((resolve) => journal.end((outcome) => resolve(outcome?.type !== "failed")));
  }
}
