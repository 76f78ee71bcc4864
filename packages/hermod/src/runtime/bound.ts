/** Bound: whom a topic reaches now. */
import type { Address } from "../core/address.ts";
import { chain, type Maybe } from "../core/maybe.ts";
import type { Store } from "../core/store.ts";

/** The mailboxes that a message of the topic reaches now, each once, in the order in which they get their copies. */
export function boundTo(store: Store, topic: string): Maybe<ReadonlySet<Address>> {
  return collect(store, topic, new Set(), undefined);
}

function collect(
  store: Store,
  topic: string,
  found: Set<Address>,
  after: string | undefined,
): Maybe<ReadonlySet<Address>> {
  const query = { type: "bindings", topic, limit: 1000, ...(after !== undefined && { after }) } as const;
  return chain(store.read(query), ({ items, next }) => {
    for (const { mailbox } of items) found.add(mailbox);
    return next === undefined ? found : collect(store, topic, found, next);
  });
}
