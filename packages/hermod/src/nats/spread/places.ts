/**
 * Places: in which partition a message lives, for what names it by its id alone. What this process sent or claimed it remembers; of
 * anything else all partitions are asked.
 */
import type { Envelope } from "../../core/envelope.ts";
import type { Filter } from "../../core/filter.ts";
import { chain, type Maybe } from "../../core/maybe.ts";
import { RecentMap } from "../../core/recentmap.ts";
import type { Store } from "../../core/store.ts";
import { partitionOfText } from "./partitions.ts";
import { together } from "./together.ts";

/** Messages that are remembered. */
const MOST = 20_000;

/** One id to recipients in several partitions. */
const SEVERAL = -1;

export class Places {
  readonly #stores: readonly Store[];
  readonly #known = new RecentMap<string, number>(MOST);

  constructor(stores: readonly Store[]) {
    this.#stores = stores;
  }

  /** A message was sent there. */
  sent({ id }: Envelope, partition: number): void {
    const known = this.#known.get(id) ?? partition;
    this.#known.set(id, known === partition ? partition : SEVERAL);
  }

  /** This process works on a message there. */
  claimed({ id }: Envelope, partition: number): void {
    this.#known.set(id, partition);
  }

  /** Where a message is known to live. */
  known(id: string): number | undefined {
    const known = this.#known.get(id);
    return known === SEVERAL ? undefined : known;
  }

  /** Where a message has its parts; where it stands, while it has none; and where its id belongs, if nobody has seen it yet. */
  find(id: string): Maybe<number> {
    const known = this.known(id);
    if (known !== undefined) return known;
    const where: Filter = [{ field: "id", operator: "is", value: id, negated: false }];
    const withParts = this.#first(id, (store) => chain(store.parts(id, 0, 1), isFilled));
    const standing = (): Maybe<number | undefined> =>
      this.#first(id, (store) =>
        chain(store.read({ type: "history", where, limit: 1 }), ({ items }) => isFilled(items)),
      );
    return chain(
      chain(withParts, (found) => found ?? standing()),
      (found) => found ?? partitionOfText(id, this.#stores.length),
    );
  }

  /** The first partition of which it is true. */
  #first(id: string, isThere: (store: Store) => Maybe<boolean>): Maybe<number | undefined> {
    return chain(together(this.#stores.map(isThere)), (answers) => {
      const at = answers.indexOf(true);
      if (at >= 0) this.#known.set(id, at);
      return at < 0 ? undefined : at;
    });
  }
}

function isFilled(items: readonly unknown[]): boolean {
  return items.length > 0;
}
