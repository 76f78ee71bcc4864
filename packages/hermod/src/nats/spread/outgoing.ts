/**
 * Outgoing: what a step of one partition stores of the messages it is given. Those of its own mailboxes it stores itself; the others go
 * into its outbox in the same step, so that all are taken or none. What may be lost is sent on when the step is done.
 */
import { mailboxOf } from "../../core/address.ts";
import { marksOf } from "../../core/dedupe.ts";
import { isVolatile, type Envelope } from "../../core/envelope.ts";
import type { Filter } from "../../core/filter.ts";
import type { Appended, RefusedOutput, RefusedOutputs, Store } from "../../core/store.ts";
import { wrap, type Parcel } from "./outbox.ts";
import { partitionOf } from "./partitions.ts";
import type { Purse } from "./purse.ts";
import type { Reach } from "./reach.ts";

/** What the partition is handed for one message. */
export interface Piece {
  /** What it stores: the message, or the parcel that the outbox keeps of it. */
  readonly envelope: Envelope;
  readonly of: Envelope;
  /** Which one of the given messages it is, from 0. */
  readonly at: number;
}

/** What a step stores. */
export interface Load {
  readonly pieces: readonly Piece[];
  /** What is sent on when the step is done. */
  readonly light: readonly Omit<Parcel, "paid">[];
  /** What was counted in other partitions. */
  readonly paid: readonly Envelope[];
}

interface Draft extends Load {
  readonly pieces: Piece[];
  readonly light: Omit<Parcel, "paid">[];
  readonly paid: Envelope[];
  /** By what those that count are recognised. */
  readonly marks: Set<string>;
}

export class Outgoing {
  readonly #stores: readonly Store[];
  readonly #reach: Reach;
  readonly #purse: Purse;

  constructor(stores: readonly Store[], reach: Reach, purse: Purse) {
    this.#stores = stores;
    this.#reach = reach;
    this.#purse = purse;
  }

  /** True when the partition keeps and counts all of them by itself. */
  isOwn(envelopes: readonly Envelope[], partition: number): boolean {
    return envelopes.every((envelope) => {
      if (envelope.to === undefined || partitionOf(envelope.to, this.#stores.length) !== partition)
        return false;
      return (this.#purse.homeOf(envelope) ?? partition) === partition;
    });
  }

  /** Where the step of these messages takes place: where the first one belongs that has a recipient. */
  homeOf(envelopes: readonly Envelope[]): number {
    const first = envelopes.find(({ to }) => to !== undefined) ?? envelopes[0];
    return first === undefined ? 0 : this.#reach.home(first);
  }

  /** What to store, or the messages that are beyond their budgets; then nothing stays counted. What is `fresh` was not stored before. */
  async load(envelopes: readonly Envelope[], home: number, fresh: boolean): Promise<Load | RefusedOutputs> {
    const draft: Draft = { pieces: [], light: [], paid: [], marks: new Set() };
    const refused: RefusedOutput[] = [];
    for (const [at, output] of envelopes.entries()) {
      const reached = await this.#reached(output, home);
      const answer = await this.#count(draft, output, reached, fresh);
      if (answer === undefined) this.#add(draft, output, at, reached, home);
      else refused.push({ output, answer });
    }
    const [first, ...others] = refused;
    if (first === undefined) return draft;
    await this.unpay(draft);
    return { ...first, ...(others.length > 0 && { others }) };
  }

  /** Counts nothing of it any more. */
  async unpay({ paid }: Pick<Load, "paid">): Promise<void> {
    for (const envelope of paid) await this.#purse.giveBack(envelope);
  }

  /** What has no mailbox anywhere is handed to the partition of the step, which refuses it. */
  async #reached(envelope: Envelope, home: number): Promise<readonly number[]> {
    const { to, topic } = envelope;
    if (to === undefined) {
      const bound = await this.#reach.boundTo(topic);
      return bound.length > 0 ? bound : [home];
    }
    const partition = this.#reach.home(envelope);
    return partition === home || (await this.#reach.isAnnounced(mailboxOf(to))) ? [partition] : [home];
  }

  #add(
    { pieces, light, paid }: Draft,
    of: Envelope,
    at: number,
    reached: readonly number[],
    home: number,
  ): void {
    for (const partition of reached) {
      if (partition === home) pieces.push({ envelope: of, of, at });
      else if (isVolatile(of)) light.push({ partition, envelope: of });
      else pieces.push({ envelope: wrap({ envelope: of, partition, paid: paid.includes(of) }), of, at });
    }
  }

  /** Counts what no partition counts that it reaches. What is counted where it arrives is refused only if it is too much already. */
  async #count(
    { paid, marks }: Draft,
    envelope: Envelope,
    reached: readonly number[],
    fresh: boolean,
  ): Promise<Appended | undefined> {
    const counting = this.#purse.homeOf(envelope);
    const own = marksOf(envelope);
    if (counting === undefined || own.some((mark) => marks.has(mark))) return undefined;
    if (!fresh && (await this.#isStored(envelope, reached[0] as number))) return undefined;
    if (reached.includes(counting)) return this.#purse.look(envelope);
    const refused = await this.#purse.pay(envelope);
    if (refused !== undefined) return refused;
    paid.push(envelope);
    for (const mark of own) marks.add(mark);
    return undefined;
  }

  /** True for what a run before this one has sent. */
  async #isStored({ id, to }: Envelope, partition: number): Promise<boolean> {
    const where: Filter = [{ field: "id", operator: "is", value: id, negated: false }];
    const { items } = await (this.#stores[partition] as Store).read({ type: "history", where });
    return items.some(({ envelope }) => envelope.to === to);
  }
}
