/**
 * Pulls: the messages that were handed out over HTTP. Whoever took one holds a token for it, which nobody can guess and which is good for its
 * principal alone; it ends with the message's lease.
 */
import { randomBytes } from "node:crypto";
import {
  HermodError,
  StaleLeaseError,
  systemClock,
  type Cancel,
  type Clock,
  type Delivery,
  type MailboxRule,
  type Store,
  type System,
} from "hermod";
import type { Hosting } from "hermod/remote";
import { ownerOf, type Principal } from "../auth/principal.ts";

/** Most messages that one principal holds, and most mailboxes that are pulled from over HTTP. */
const MOST_HELD = 1000;
const MOST_MAILBOXES = 1000;
/** How long a message may be held at most. */
export const MOST_LEASE = 12 * 3_600_000;
/** How often the leases are looked at. */
const LOOK = 1000;

/** A message in somebody's hand. */
export interface HeldDelivery {
  readonly token: string;
  readonly holder: string;
  readonly delivery: Delivery;
}

/** What is asked of a mailbox. */
export interface PullTerms {
  readonly max: number;
  /** Longest wait for the first message, in milliseconds. */
  readonly wait: number;
  readonly lease: number;
  readonly where?: string | undefined;
}

interface PullParts {
  readonly system: System;
  readonly store: Store;
  readonly hosting: Pick<Hosting, "sessions">;
}

export class Pulls {
  readonly #parts: PullParts;
  readonly #held = new Map<string, HeldDelivery>();
  readonly #counts = new Map<string, number>();
  readonly #opened = new Map<string, Promise<void>>();
  readonly #clock: Clock;
  #look: Cancel | undefined;

  constructor(parts: PullParts, clock: Clock = systemClock) {
    this.#parts = parts;
    this.#clock = clock;
  }

  /** How many messages are held. */
  get size(): number {
    return this.#held.size;
  }

  /** True while the mailbox is pulled from over HTTP. */
  has(mailbox: string): boolean {
    return this.#opened.has(mailbox);
  }

  /** Takes messages of a mailbox, waiting for the first one. */
  async take(
    principal: Principal,
    mailbox: string,
    terms: PullTerms,
    signal: AbortSignal,
  ): Promise<HeldDelivery[]> {
    await this.#open(mailbox);
    const box = this.#parts.system.mailbox(mailbox);
    const { max, wait, lease, where } = terms;
    const most = Math.min(max, MOST_HELD - (this.#counts.get(ownerOf(principal)) ?? 0));
    if (most <= 0) throw tooMany(`${principal.name} holds ${MOST_HELD} messages`, MOST_HELD);
    const options = { lease, ...(where !== undefined && { where }) };
    const taken: Delivery[] = [];
    try {
      const first = await box.receive({ ...options, timeout: wait, signal });
      if (first) taken.push(first);
      while (taken.length > 0 && taken.length < most) {
        const next = await box.tryReceive(options);
        if (next === undefined) break;
        taken.push(next);
      }
      signal.throwIfAborted();
    } catch (error) {
      // Whoever asked is gone: nobody would ever settle them.
      for (const delivery of taken) await delivery.release();
      throw error;
    }
    return taken.map((delivery) => this.#hold(principal, delivery));
  }

  /** The message of a token. @throws StaleLeaseError where it is over, and for what was never anybody's. */
  find(principal: Principal, token: string): HeldDelivery {
    const held = this.#held.get(token);
    if (held && held.holder === ownerOf(principal)) return held;
    throw new StaleLeaseError(
      "this token is for no message that is held: it is settled, or its lease ran out",
    );
  }

  /** Does something with a message of a token; it is held no longer once that has settled it. */
  async settle(held: HeldDelivery, work: (delivery: Delivery) => Promise<void>): Promise<void> {
    try {
      await work(held.delivery);
      this.#drop(held);
    } catch (error) {
      const { code } = error as HermodError;
      if (code === "HERMOD_STALE_LEASE" || code === "HERMOD_SETTLED") this.#drop(held);
      throw error;
    }
  }

  /** Gives everything back. */
  async close(): Promise<void> {
    this.#look?.();
    for (const held of this.#held.values()) await held.delivery.release();
    this.#held.clear();
  }

  #hold(principal: Principal, delivery: Delivery): HeldDelivery {
    const holder = ownerOf(principal);
    const held = { token: randomBytes(16).toString("hex"), holder, delivery };
    this.#held.set(held.token, held);
    this.#counts.set(holder, (this.#counts.get(holder) ?? 0) + 1);
    this.#look ??= this.#clock.after(LOOK, () => this.#endLeases(), true);
    return held;
  }

  #drop({ token, holder }: HeldDelivery): void {
    if (!this.#held.delete(token)) return;
    const left = (this.#counts.get(holder) ?? 1) - 1;
    if (left > 0) this.#counts.set(holder, left);
    else this.#counts.delete(holder);
  }

  #endLeases(): void {
    const now = this.#clock.now();
    this.#look = undefined;
    for (const held of this.#held.values()) {
      if (held.delivery.leaseUntil > now) continue;
      this.#drop(held);
      // The store has taken it back by itself: this only lets go of it here.
      held.delivery.release().catch(() => undefined);
    }
    if (this.#held.size > 0) this.#look = this.#clock.after(LOOK, () => this.#endLeases(), true);
  }

  /** Lets the hub's own system serve the mailbox. @throws HermodError HERMOD_DUPLICATE_AGENT where another system does. */
  async #open(mailbox: string): Promise<void> {
    const { system, store, hosting } = this.#parts;
    if (hosting.sessions.some(({ served }) => (served as ReadonlySet<string>).has(mailbox)))
      throw new HermodError("HERMOD_DUPLICATE_AGENT", `"${mailbox}" is served by a system now`, {
        hint: "Pull from a mailbox that no system serves, or let that system do the work.",
      });
    const [counts] = (await store.read({ type: "counts", mailbox: mailbox as never })).items;
    // A system that has left took the mailbox's service with it.
    if (this.#opened.has(mailbox) && counts?.served === false) await this.#serve(mailbox);
    if (!this.#opened.has(mailbox) && this.#opened.size >= MOST_MAILBOXES)
      throw tooMany(`${MOST_MAILBOXES} mailboxes are pulled from over HTTP`, MOST_MAILBOXES);
    const opened = this.#opened.get(mailbox) ?? system.pull(mailbox);
    this.#opened.set(mailbox, opened);
    await opened.catch((error: unknown) => {
      this.#opened.delete(mailbox);
      throw error;
    });
  }

  async #serve(mailbox: string): Promise<void> {
    await this.#parts.store.announce(mailbox as never, plainRule);
  }
}

/** The rule of a mailbox that is pulled from without options. */
const plainRule: MailboxRule = {
  ...{ order: "priority", keyBy: "none", slots: 1, overflow: "reject" },
  ...{ count: Infinity, bytes: Infinity, total: Infinity },
};

function tooMany(what: string, most: number): HermodError {
  return new HermodError("HERMOD_OVERLOADED", `${what}, the most there may be`, {
    details: { limit: "held", value: most },
    hint: "Settle what is held first: ack, nack or reject.",
  });
}
