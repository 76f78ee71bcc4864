/**
 * Standing: claims that found less than they asked for. What comes later is handed out without being asked for again, which saves a message each
 * way; it is kept until the client has said that it has it.
 */
import type { Address } from "../core/address.ts";
import type { Clock } from "../core/clock.ts";
import { isControl } from "../core/envelope.ts";
import { chain, isPromise, type Maybe } from "../core/maybe.ts";
import type { Claim } from "../core/store.ts";
import { Handed, weightOf, type Said } from "./handed.ts";
import { claimsText } from "./parcel.ts";

/** How a claim stands. */
export interface Stand {
  readonly lease: number;
  readonly beside: boolean;
  /** How many messages it still takes. */
  room: number;
  /** True from a wake until what woke it is handed out. */
  woken?: boolean;
}

/** What standing claims need of their session. */
export interface StandingParts {
  readonly clock: Clock;
  readonly claim: (mailbox: Address, stand: Stand) => Maybe<readonly Claim[]>;
  /** Takes what was handed out; false where the session has ended. */
  readonly hold: (claims: readonly Claim[]) => boolean;
  readonly push: (said: Said) => void;
  /** Whether frames go as they are. */
  readonly hands: () => boolean;
  /** Wakes the client, who asks for itself. */
  readonly wake: (mailbox: Address) => void;
  readonly failed: (error: unknown) => void;
}

interface Offer {
  readonly said: Said;
  readonly claims: readonly Claim[];
}

/** How long a client may be silent and still be handed something unasked, in milliseconds: one that hangs must not sit on it for a lease. */
const ATTENTIVE = 1000;

export class Standing {
  readonly #parts: StandingParts;
  readonly #stands = new Map<Address, Stand>();
  /** By number, oldest first. */
  readonly #offers = new Map<number, Offer>();
  /** What the store has not given yet. */
  readonly #pending = new Map<Address, Promise<void>>();
  #last = 0;
  #heardAt = -Infinity;
  /** Characters of the offers that are kept. */
  weight = 0;

  constructor(parts: StandingParts) {
    this.#parts = parts;
  }

  /** How many offers are kept. */
  get size(): number {
    return this.#offers.size;
  }

  /** What the client has not said to have. */
  get claims(): readonly Claim[] {
    return [...this.#offers.values()].flatMap(({ claims }) => claims);
  }

  /** The client has said something. */
  heard(): void {
    this.#heardAt = this.#parts.clock.monotonic();
  }

  begin(mailbox: Address, stand: Stand): void {
    if (stand.room > 0) this.#stands.set(mailbox, stand);
    else this.#stands.delete(mailbox);
  }

  end(mailbox: Address): void {
    this.#stands.delete(mailbox);
  }

  /** Ends when what it was about to hand out is handed out: what is claimed after that comes after that. */
  handed(mailbox: Address): Maybe<void> {
    return this.#pending.get(mailbox);
  }

  /** A mailbox was woken; false where the client is to be told. */
  woken(mailbox: Address): boolean {
    const stand = this.#stands.get(mailbox);
    if (stand === undefined || !this.#isAttentive()) return false;
    // While it hands out, the client hears of what comes meanwhile by itself.
    if (stand.woken) return false;
    stand.woken = true;
    this.#parts.clock.defer(() => this.#offer(mailbox, stand));
    return true;
  }

  /** A client that has come back is told again, and asks anew. */
  repeat(): void {
    for (const { said } of this.#offers.values()) this.#parts.push(said);
  }

  /** The connection has ended: nothing stands any more. */
  pause(): void {
    this.#stands.clear();
  }

  /** The client has all up to this number. */
  forget(number: number): void {
    for (const [each, { said }] of this.#offers) {
      if (each > number) return;
      this.weight -= weightOf(said);
      this.#offers.delete(each);
    }
  }

  #isAttentive(): boolean {
    return this.#parts.clock.monotonic() - this.#heardAt <= ATTENTIVE;
  }

  #offer(mailbox: Address, stand: Stand): void {
    // What has taken its place meanwhile has seen what woke it.
    if (this.#stands.get(mailbox) !== stand) return;
    try {
      const handed = chain(this.#parts.claim(mailbox, stand), (claims) => this.#hand(mailbox, stand, claims));
      if (isPromise(handed)) this.#await(mailbox, stand, handed as Promise<void>);
    } catch (error) {
      this.#failed(mailbox, stand, error);
    }
  }

  #await(mailbox: Address, stand: Stand, handed: Promise<void>): void {
    const done = handed
      .catch((error: unknown) => this.#failed(mailbox, stand, error))
      .finally(() => this.#pending.get(mailbox) === done && this.#pending.delete(mailbox));
    this.#pending.set(mailbox, done);
  }

  #failed(mailbox: Address, stand: Stand, error: unknown): void {
    stand.woken = false;
    this.#parts.failed(error);
    this.#parts.wake(mailbox);
  }

  #hand(mailbox: Address, stand: Stand, claims: readonly Claim[]): void {
    stand.woken = false;
    if (claims.length === 0) return;
    stand.room -= messagesIn(claims);
    if (stand.room <= 0 && this.#stands.get(mailbox) === stand) this.#stands.delete(mailbox);
    if (!this.#parts.hold(claims)) return;
    const offer = { offer: ++this.#last, of: mailbox, is: new Handed(claims, claimsText) };
    const said = this.#parts.hands() ? offer : offerText(offer);
    this.#offers.set(this.#last, { said, claims });
    this.weight += weightOf(said);
    this.#parts.push(said);
  }
}

function offerText({ offer, of, is }: { offer: number; of: Address; is: Handed }): string {
  return `{"offer":${offer},"of":${JSON.stringify(of)},"is":${is.text()}}`;
}

/** How many messages were handed out, control messages aside. */
export function messagesIn(claims: readonly Claim[]): number {
  return claims.reduce((count, { envelope }) => (isControl(envelope) ? count : count + 1), 0);
}
