/**
 * Tokens: each partition counts its claims for itself, so two partitions give the same token at times. Outside they are told apart by where they
 * are of: whoever holds claims of several, as a hub does for its clients, finds each by its token alone. A state's version is a token too.
 */
import { chain, type Maybe } from "../../core/maybe.ts";
import type { Claim, StateChange, StateRecord } from "../../core/store.ts";

/** How far apart the tokens of two epochs of a partition are. */
const EPOCH = 2 ** 32;

/** A token that no claim has, and a version that no state has. */
const NO_CLAIM = 0;
const NO_VERSION = Number.MAX_SAFE_INTEGER;

export class Tokens {
  /** How far apart the tokens of neighbouring partitions are: all of them stay within one epoch. */
  readonly #step: number;
  /** What the partition handed out, by what is handed on: some stores note in it how long it is leased. */
  readonly #own = new WeakMap<Claim, Claim>();

  constructor(partitions: number) {
    this.#step = Math.floor(EPOCH / partitions);
  }

  /** A claim of this partition as it is handed on. */
  outer(claim: Claim, partition: number): Claim {
    if (partition === 0) return claim;
    const { envelope, mailbox, attempt, token, startedAt, leaseUntil, generation } = claim;
    const moved = token + partition * this.#step;
    const outer: Claim = { envelope, mailbox, attempt, token: moved, startedAt, leaseUntil, generation };
    this.#own.set(outer, claim);
    return outer;
  }

  /** The claim as its partition knows it. */
  inner(claim: Claim, partition: number): Claim {
    if (partition === 0) return claim;
    return this.#own.get(claim) ?? { ...claim, token: this.#inner(claim.token, partition, NO_CLAIM) };
  }

  /** Extends it by what its partition does, and notes how long it is leased now. */
  extended(claim: Claim, partition: number, extend: (inner: Claim) => Maybe<boolean>): Maybe<boolean> {
    const inner = this.inner(claim, partition);
    return chain(extend(inner), (isExtended) => {
      if (inner !== claim) (claim as { leaseUntil: number }).leaseUntil = inner.leaseUntil;
      return isExtended;
    });
  }

  /** A state of this partition as it is handed on. */
  outerState(record: StateRecord | undefined, partition: number): StateRecord | undefined {
    return record && { ...record, version: record.version + partition * this.#step };
  }

  /** What a claim does to its state, as its partition knows it; 0 stands for no version. */
  innerState(state: StateChange | undefined, partition: number): StateChange | undefined {
    if (state === undefined || state.base === 0) return state;
    return { ...state, base: this.#inner(state.base, partition, NO_VERSION) };
  }

  /** What no partition has handed out is nothing that this one knows. */
  #inner(token: number, partition: number, unknown: number): number {
    const inner = token - partition * this.#step;
    return inner > 0 ? inner : unknown;
  }
}
