/**
 * Spread: one store over several partitions, each a store of its own. A mailbox lives in one of them, by its name, and keeps every law
 * there; what goes from one partition to another passes through an outbox.
 */
import { wholeNumber } from "../core/options.ts";
import type { Store } from "../core/store.ts";
import { SpreadStore, type SpreadEnv } from "./spread/store.ts";

export { bestOwner, partitionOf } from "./spread/partitions.ts";
export type { SpreadEnv } from "./spread/store.ts";

/**
 * The store over these partitions, where there is but one the partition itself; their number and their order must stay what they were when the first message was stored.
 * `near` is the partition in which systems over it have their own mailboxes; default by their names.
 * @throws HermodError HERMOD_BAD_OPTION when there are none, or more than 1,024.
 */
export function spread(stores: readonly Store[], env: SpreadEnv, near?: number): Store {
  wholeNumber("the number of partitions", stores.length, 1, 1024);
  return stores.length === 1 ? (stores[0] as Store) : new SpreadStore([...stores], env, near);
}
