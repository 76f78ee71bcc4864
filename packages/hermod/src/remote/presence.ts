/** Presence: who serves which mailbox, over all sessions of a store: it is withdrawn when the last one has gone, and rests while all of them rest. */
import type { Address } from "../core/address.ts";
import type { Cancel, Clock } from "../core/clock.ts";
import type { Maybe } from "../core/maybe.ts";
import type { MailboxRule, Store } from "../core/store.ts";

/** A mailbox that is served: by its newest rule, and by whom, of whom each rests or does not. */
interface Served {
  rule: MailboxRule;
  readonly servers: Map<object, boolean>;
}

/** How long those are waited for who served the store before it was started anew, in milliseconds: until then nobody is said to be the last one. */
export const RETURN = 2000;

export class Presence {
  readonly #store: Pick<Store, "announce" | "withdraw">;
  readonly #clock: Clock;
  readonly #failed: (error: unknown) => void;
  readonly #served = new Map<Address, Served>();
  #returning: Cancel | undefined;

  constructor(
    store: Pick<Store, "announce" | "withdraw">,
    clock: Clock,
    failed: (error: unknown) => void = () => undefined,
  ) {
    this.#store = store;
    this.#clock = clock;
    this.#failed = failed;
  }

  /** One serves it from now on, by this rule, or has changed its mind. */
  announce(server: object, mailbox: Address, rule: MailboxRule, rests: boolean): Maybe<void> {
    const served = this.#served.get(mailbox) ?? { rule, servers: new Map<object, boolean>() };
    this.#served.set(mailbox, served);
    served.rule = rule;
    served.servers.set(server, rests);
    return this.#tell(mailbox, served);
  }

  /** One serves it no more; where those that stay all rest, they are to hear of it. */
  withdraw(server: object, mailbox: Address): Maybe<void> {
    const served = this.#served.get(mailbox);
    const rested = served?.servers.get(server);
    if (served === undefined || !served.servers.delete(server)) return undefined;
    if (served.servers.size > 0) return rested || !isAtRest(served) ? undefined : this.#tell(mailbox, served);
    this.#served.delete(mailbox);
    return this.#store.withdraw(mailbox);
  }

  /** Somebody has come back to a store that was started anew: others may follow, who serve what those rest from who are here. */
  expectOthers(): void {
    this.#returning ??= this.#clock.after(RETURN, () => this.#settle(), true);
  }

  close(): void {
    this.#returning?.();
  }

  #settle(): void {
    this.#returning = undefined;
    for (const [mailbox, served] of this.#served) if (isAtRest(served)) void this.#tellApart(mailbox, served);
  }

  async #tellApart(mailbox: Address, served: Served): Promise<void> {
    try {
      await this.#tell(mailbox, served);
    } catch (error) {
      this.#failed(error);
    }
  }

  #tell(mailbox: Address, served: Served): Maybe<void> {
    const rests = this.#returning === undefined && isAtRest(served);
    return this.#store.announce(mailbox, served.rule, rests);
  }
}

function isAtRest({ servers }: Served): boolean {
  return [...servers.values()].every((rests) => rests);
}
