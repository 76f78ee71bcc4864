/** Offered: what the other side has handed out before it was asked for, until whoever serves the mailbox takes it; what nobody takes goes back. */
import type { Address } from "../core/address.ts";
import type { Clock } from "../core/clock.ts";
import { isControl } from "../core/envelope.ts";
import type { Claim } from "../core/store.ts";
import { messagesIn } from "./standing.ts";

export interface OfferedParts {
  readonly clock: Pick<Clock, "late" | "pause">;
  /** Tells whoever serves a mailbox to claim. */
  readonly wake: (mailbox: Address) => void;
  readonly giveBack: (claim: Claim) => void;
}

export class Offered {
  readonly #parts: OfferedParts;
  readonly #waiting = new Map<Address, readonly Claim[]>();
  /** Claims that are under way, by mailbox: what is offered meanwhile comes before their answers. */
  readonly #asked = new Map<Address, number>();
  /** How many messages more the other side hands out unasked, by mailbox. */
  readonly #left = new Map<Address, number>();
  /** On which terms it does, by mailbox; not there where it must be asked. */
  readonly #terms = new Map<Address, string>();

  constructor(parts: OfferedParts) {
    this.#parts = parts;
  }

  offer(mailbox: Address, claims: readonly Claim[]): void {
    this.#spend(mailbox, claims);
    this.#add(mailbox, claims);
    this.#tell(mailbox);
  }

  /** Puts into `out` what fits, in its order: at most `max` messages, and control messages beyond them. Answers how many. */
  take(mailbox: Address, max: number, out: Claim[]): number {
    const count = this.#take(mailbox, max, out);
    // The other side had room for no more, and does not say whether more waits: whoever has room asks.
    if (count > 0 && count < max && (this.#left.get(mailbox) ?? 0) <= 0)
      this.#parts.clock.pause(() => this.#parts.wake(mailbox));
    return count;
  }

  #take(mailbox: Address, max: number, out: Claim[]): number {
    const waiting = this.#waiting.get(mailbox);
    if (waiting === undefined) return 0;
    const before = out.length;
    let room = max;
    const left = waiting.filter((claim) => {
      const fits = isControl(claim.envelope) || room-- > 0;
      if (fits) out.push(claim);
      return !fits;
    });
    if (left.length > 0) this.#waiting.set(mailbox, left);
    else this.#waiting.delete(mailbox);
    return out.length - before;
  }

  /** True where the other side hands out on these terms about as much as there is room for: it need not be told so again. */
  stands(mailbox: Address, max: number, terms: string): boolean {
    const left = this.#left.get(mailbox) ?? 0;
    return left <= max && left * 2 > max && this.#terms.get(mailbox) === terms;
  }

  /** Nothing stands any more, or more waits than was handed out: whoever has room asks. */
  ask(mailbox: Address): void {
    this.#terms.delete(mailbox);
  }

  /** Asks for more. What was offered meanwhile comes first, and what is too much then goes back. */
  async claim(
    mailbox: Address,
    max: number,
    out: Claim[],
    terms: string,
    ask: () => Promise<readonly Claim[]>,
  ): Promise<number> {
    this.#left.set(mailbox, max);
    this.#terms.delete(mailbox);
    const claims = await this.#ask(mailbox, ask);
    this.#terms.set(mailbox, terms);
    this.#spend(mailbox, claims);
    // Whoever has room for nothing would be told and ask for ever.
    if (claims.length === 0 && max > 0) {
      if (this.#waiting.has(mailbox)) this.#tell(mailbox);
      return 0;
    }
    this.#add(mailbox, claims);
    const count = this.#take(mailbox, max, out);
    this.#giveBackRest(mailbox);
    return count;
  }

  /** Takes out all. */
  clear(): readonly Claim[] {
    const left = [...this.#waiting.values()].flat();
    this.#waiting.clear();
    this.#terms.clear();
    return left;
  }

  async #ask(mailbox: Address, ask: () => Promise<readonly Claim[]>): Promise<readonly Claim[]> {
    this.#asked.set(mailbox, (this.#asked.get(mailbox) ?? 0) + 1);
    try {
      return await ask();
    } finally {
      const left = (this.#asked.get(mailbox) ?? 1) - 1;
      if (left > 0) this.#asked.set(mailbox, left);
      else this.#asked.delete(mailbox);
    }
  }

  #spend(mailbox: Address, claims: readonly Claim[]): void {
    this.#left.set(mailbox, (this.#left.get(mailbox) ?? 0) - messagesIn(claims));
  }

  /** In the order in which they were claimed: an answer and an offer may pass each other on their way. */
  #add(mailbox: Address, claims: readonly Claim[]): void {
    const before = this.#waiting.get(mailbox);
    const all = before ? [...before, ...claims].sort((a, b) => a.token - b.token) : claims;
    this.#waiting.set(mailbox, all);
  }

  /** Whoever serves the mailbox takes it now, or it goes back. The answers that came before it are heard first. */
  #tell(mailbox: Address): void {
    const { clock, wake } = this.#parts;
    clock.late(() => {
      wake(mailbox);
      clock.pause(() => this.#giveBackRest(mailbox));
    });
  }

  /** Gives back what nobody has taken, unless somebody is about to. */
  #giveBackRest(mailbox: Address): void {
    const left = this.#asked.has(mailbox) ? undefined : this.#waiting.get(mailbox);
    if (left === undefined) return;
    this.#waiting.delete(mailbox);
    for (const claim of left) this.#parts.giveBack(claim);
  }
}
