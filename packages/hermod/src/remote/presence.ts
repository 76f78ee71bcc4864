/** Presence: who serves which mailbox, over all sessions of a store: it is withdrawn when the last one has gone, and rests while all of them rest. */
import type { Address } from "../core/address.ts";
import type { Cancel, Clock } from "../core/clock.ts";
import type { Maybe } from "../core/maybe.ts";
import type { MailboxRule, Store } from "../core/store.ts";

/** How one serves a mailbox: whether it rests, and which systems it is, where it says so. */
export interface Service {
  readonly rests: boolean;
  readonly servers: readonly Address[] | undefined;
}

/** A mailbox that is served: by its newest rule, and by whom. */
interface Served {
  rule: MailboxRule;
  readonly by: Map<object, Service>;
}

/**
 * How long those are waited for who served the store before it was started anew, in milliseconds: until nobody is said to be the last one who
 * serves, and until those who are here are said to be all: a client pauses for up to ten seconds before it comes again.
 */
const RETURN = 2000;
const ALL = 12_000;

export class Presence {
  readonly #store: Pick<Store, "announce" | "withdraw">;
  readonly #clock: Clock;
  readonly #failed: (error: unknown) => void;
  readonly #served = new Map<Address, Served>();
  /** What ends these times. */
  #returning: Cancel | undefined;
  #missing: Cancel | undefined;

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
  announce(server: object, mailbox: Address, rule: MailboxRule, service: Service): Maybe<void> {
    const served = this.#served.get(mailbox) ?? { rule, by: new Map<object, Service>() };
    this.#served.set(mailbox, served);
    served.rule = rule;
    served.by.set(server, service);
    return this.#tell(mailbox, served);
  }

  /** One serves it no more; those that stay may all rest, and are to hear of it. */
  withdraw(server: object, mailbox: Address): Maybe<void> {
    const served = this.#served.get(mailbox);
    if (served === undefined || !served.by.delete(server)) return undefined;
    if (served.by.size > 0) return this.#tell(mailbox, served);
    this.#served.delete(mailbox);
    return this.#store.withdraw(mailbox);
  }

  /** Somebody has come back to a store that was started anew: others may follow, who serve what those rest from who are here. */
  expectOthers(): void {
    this.#returning ??= this.#after(RETURN, () => void (this.#returning = undefined));
    this.#missing ??= this.#after(ALL, () => void (this.#missing = undefined));
  }

  close(): void {
    this.#returning?.();
    this.#missing?.();
  }

  /** What could not be said until then is said to all. */
  #after(time: number, over: () => void): Cancel {
    const tellAll = (): void => {
      over();
      for (const [mailbox, served] of this.#served) void this.#tellApart(mailbox, served);
    };
    return this.#clock.after(time, tellAll, true);
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
    const servers = this.#missing === undefined ? serversOf(served) : undefined;
    return this.#store.announce(mailbox, served.rule, rests, servers);
  }
}

function isAtRest({ by }: Served): boolean {
  return [...by.values()].every(({ rests }) => rests);
}

/** All systems that serve it; nothing is known where one does not say who it is. */
function serversOf({ by }: Served): readonly Address[] | undefined {
  const all = [...by.values()].map(({ servers }) => servers);
  return all.includes(undefined) ? undefined : [...new Set(all.flatMap((servers) => servers ?? []))];
}
