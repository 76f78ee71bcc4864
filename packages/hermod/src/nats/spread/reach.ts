/** Reach: in which partitions a message arrives. */
import type { Address } from "../../core/address.ts";
import type { Envelope } from "../../core/envelope.ts";
import { chain, type Maybe } from "../../core/maybe.ts";
import { RecentMap } from "../../core/recentmap.ts";
import type { Store } from "../../core/store.ts";
import { partitionOf, partitionOfText } from "./partitions.ts";
import { together } from "./together.ts";

/** Mailboxes that are known to be there. */
const MOST = 20_000;

export class Reach {
  readonly #stores: readonly Store[];
  readonly #announced = new RecentMap<Address, true>(MOST);

  constructor(stores: readonly Store[]) {
    this.#stores = stores;
  }

  /** The partitions that store a message; for a topic without a mailbox the one that answers for it. */
  of(envelope: Envelope): Maybe<readonly number[]> {
    if (envelope.to !== undefined) return [partitionOf(envelope.to, this.#stores.length)];
    return chain(this.boundTo(envelope.topic), (bound) => (bound.length > 0 ? bound : [this.home(envelope)]));
  }

  /** The partitions in which a topic has mailboxes now; what has no topic either is for nobody, and no store is asked about it. */
  boundTo(topic: string | undefined): Maybe<readonly number[]> {
    if (topic === undefined) return [];
    const pages = this.#stores.map((store) => store.read({ type: "bindings", topic, limit: 1 }));
    return chain(together(pages), (all) => all.flatMap(({ items }, at) => (items.length > 0 ? [at] : [])));
  }

  /** Where a message that no mailbox took is kept. */
  home({ to, topic = "" }: Envelope): number {
    return to === undefined
      ? partitionOfText(topic, this.#stores.length)
      : partitionOf(to, this.#stores.length);
  }

  announced(mailbox: Address): void {
    this.#announced.set(mailbox, true);
  }

  removed(mailbox: Address): void {
    this.#announced.delete(mailbox);
  }

  /** Whether a mailbox was announced; one that is removed by another process is believed to be there for a while. */
  isAnnounced(mailbox: Address): Maybe<boolean> {
    if (this.#announced.get(mailbox)) return true;
    const store = this.#stores[partitionOf(mailbox, this.#stores.length)] as Store;
    return chain(store.read({ type: "counts", mailbox }), ({ items }) => {
      if (items.length > 0) this.announced(mailbox);
      return items.length > 0;
    });
  }
}
