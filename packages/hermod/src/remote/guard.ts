/** Guard: says, request by request, what a client may do, and what it sees of the answer. */
import type { Maybe } from "../core/maybe.ts";
import type { Claim, Store } from "../core/store.ts";
import type { Frame, Op } from "./protocol.ts";

/** Which items of an answer a client may see. */
export type Sieve = (item: unknown) => boolean;
/** Says whether a client may do this, and what it sees of the answer; throws where it may not. */
export type Guard = (op: Op, frame: Frame, held: Holding) => Maybe<Sieve | undefined | void>;

/** What a guard can see of the session that asks. */
export interface Holding {
  readonly store: Store;
  /** A claim that the session holds. */
  claimOf(token: number): Claim | undefined;
  /** True for a message that the session has claimed and not settled. */
  isHeld(id: string): boolean;
}
