/** Responders: which one of a topic's subscribers answers a request. They take turns, whoever is there before whoever is away. */
import type { Address } from "../core/address.ts";
import { NoAgentError } from "../core/errors.ts";
import { chain, type Maybe } from "../core/maybe.ts";
import { RecentMap } from "../core/recentmap.ts";
import { slotOf } from "../core/rendezvous.ts";
import type { Store } from "../core/store.ts";
import { boundTo } from "./bound.ts";

/** Subscribers whose turns are remembered. */
const MOST = 10_000;

export class Responders {
  readonly #store: Store;
  /** The system's own address: behind it are its live subscribers. */
  readonly #self: Address;
  /** When each was asked last, counted in requests. */
  readonly #asked = new RecentMap<Address, number>(MOST);
  #count = 0;

  constructor(store: Store, self: Address) {
    this.#store = store;
    this.#self = self;
  }

  /**
   * The subscriber that was asked longest ago, an agent that asks itself aside; the same one for the same key, while the same
   * subscribe. @throws NoAgentError when there is none.
   */
  next(topic: string, asker: Address, key: string | undefined): Maybe<Address> {
    return chain(boundTo(this.#store, topic), (bound) => {
      const others = [...bound].filter((mailbox) => mailbox !== asker || mailbox === this.#self);
      if (others.length === 0) throw nobody(topic, bound.size > 0);
      return this.#firstServed(key === undefined ? this.#inTurn(others) : inOrderOf(key, others), 0);
    });
  }

  #inTurn(mailboxes: readonly Address[]): readonly Address[] {
    return mailboxes.toSorted((one, other) => this.#last(one) - this.#last(other));
  }

  /**
   * The first that somebody claims for now, and does not rest; the first of all when it is none. Each has had its turn once it is looked at: the
   * store may take its time, and other requests must not choose the same one meanwhile.
   */
  #firstServed(mailboxes: readonly Address[], at: number): Maybe<Address> {
    const mailbox = mailboxes[at] ?? (mailboxes[0] as Address);
    this.#note(mailbox);
    if (at === mailboxes.length || mailboxes.length === 1) return mailbox;
    return chain(this.#store.read({ type: "counts", mailbox }), ({ items }) =>
      items[0]?.served && !items[0].rests ? mailbox : this.#firstServed(mailboxes, at + 1),
    );
  }

  #last(mailbox: Address): number {
    return this.#asked.get(mailbox) ?? 0;
  }

  #note(mailbox: Address): void {
    this.#asked.set(mailbox, ++this.#count);
  }
}

/** The one of the key first, then those after it. */
function inOrderOf(key: string, mailboxes: readonly Address[]): readonly Address[] {
  const first = slotOf(key, mailboxes.length);
  return [...mailboxes.slice(first), ...mailboxes.slice(0, first)];
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
