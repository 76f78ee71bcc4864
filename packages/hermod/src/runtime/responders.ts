/** Responders: which one of a topic's subscribers answers a request. They take turns, whoever is there before whoever is away. */
import type { Address } from "../core/address.ts";
import { NoAgentError } from "../core/errors.ts";
import { chain, type Maybe } from "../core/maybe.ts";
import type { Binding, Paged, Store } from "../core/store.ts";

/** Subscribers whose turns are remembered. */
const MOST = 10_000;

export class Responders {
  readonly #store: Store;
  /** When each was asked last, counted in requests. */
  readonly #asked = new Map<Address, number>();
  #count = 0;

  constructor(store: Store) {
    this.#store = store;
  }

  /** The subscriber that was asked longest ago, the asker aside. @throws NoAgentError when there is none. */
  next(topic: string, asker: Address): Maybe<Address> {
    return chain(this.#store.read({ type: "bindings", topic }), (page: Paged<Binding>) => {
      const bound = [...new Set(page.items.map(({ mailbox }) => mailbox))];
      const others = bound.filter((mailbox) => mailbox !== asker);
      if (others.length === 0) throw nobody(topic, bound.length > 0);
      const inTurn = others.sort((one, other) => this.#last(one) - this.#last(other));
      return chain(this.#firstServed(inTurn, 0), (chosen) => this.#note(chosen));
    });
  }

  /** The first that somebody claims for now; the first of all when it is none. */
  #firstServed(mailboxes: readonly Address[], at: number): Maybe<Address> {
    const mailbox = mailboxes[at];
    if (mailbox === undefined || mailboxes.length === 1) return mailboxes[0] as Address;
    return chain(this.#store.read({ type: "counts", mailbox }), ({ items }) =>
      items[0]?.served ? mailbox : this.#firstServed(mailboxes, at + 1),
    );
  }

  #last(mailbox: Address): number {
    return this.#asked.get(mailbox) ?? 0;
  }

  #note(chosen: Address): Address {
    if (this.#asked.size >= MOST) this.#asked.clear();
    this.#asked.set(chosen, ++this.#count);
    return chosen;
  }
}

function nobody(topic: string, onlySelf: boolean): NoAgentError {
  const message = onlySelf
    ? `nobody but the asker itself subscribes to "${topic}"`
    : `nobody subscribes to "${topic}"`;
  return new NoAgentError(message, {
    details: { topic },
    hint: "Start an agent with { topics: [on(topic, handler)] }, or system.subscribe(topic, handler).",
  });
}
