/** The store over several partitions: each method finds its partition, and what is meant for several is put together again. */
import type { Address } from "../../core/address.ts";
import type { Amounts } from "../../core/budget.ts";
import type { Clock } from "../../core/clock.ts";
import type { Envelope } from "../../core/envelope.ts";
import type { ErrorRecord } from "../../core/errors.ts";
import type { Filter } from "../../core/filter.ts";
import { chain, type Maybe } from "../../core/maybe.ts";
import { RecentMap } from "../../core/recentmap.ts";
import type { DeadReason, Settlement } from "../../core/settlement.ts";
import type {
  Answer,
  Appended,
  AppendedAll,
  Claim,
  MailboxRule,
  Operated,
  Operation,
  Query,
  Settled,
  Spent,
  StateChange,
  StateRecord,
  Store,
  StoreBounds,
  StoreEnv,
  Told,
} from "../../core/store.ts";
import { goneOf, type WhenGone } from "./gone.ts";
import { Forwarder } from "./forwarder.ts";
import { Intake } from "./intake.ts";
import { Landing } from "./landing.ts";
import { boundsOf } from "./bounds.ts";
import { Operations } from "./operations.ts";
import { OUTBOX } from "./outbox.ts";
import { Outgoing } from "./outgoing.ts";
import { partitionOf, partitionOfText, tagOf } from "./partitions.ts";
import { Places } from "./places.ts";
import { Purse } from "./purse.ts";
import { Reach } from "./reach.ts";
import { Reading } from "./reading.ts";
import { Steps } from "./steps.ts";
import { together } from "./together.ts";
import { Tokens } from "./tokens.ts";

/** What a store over several partitions needs of what stores are opened with. */
export type SpreadEnv = Pick<StoreEnv, "clock" | "reports" | "died">;

/** States that are not named after the mailbox whose claims commit them. */
const MOST_STRANGE = 10_000;

export class SpreadStore implements Store {
  readonly level: { readonly name: string; readonly durable: boolean };
  readonly bounds?: StoreBounds;
  readonly clock?: Clock;
  readonly tag?: string | undefined;
  readonly whenGone?: WhenGone;
  readonly #stores: readonly Store[];
  readonly #places: Places;
  readonly #reach: Reach;
  readonly #intake: Intake;
  readonly #steps: Steps;
  readonly #reading: Reading;
  readonly #operations: Operations;
  readonly #forwarders: readonly Forwarder[];
  readonly #tokens: Tokens;
  readonly #strange = new RecentMap<string, number>(MOST_STRANGE);
  #closing: Maybe<void> | false = false;

  constructor(stores: readonly Store[], { clock, reports, died }: SpreadEnv, near?: number) {
    const [first] = stores as readonly [Store, ...Store[]];
    this.level = Object.freeze({
      name: first.level.name,
      durable: stores.every(({ level }) => level.durable),
    });
    const bounds = boundsOf(stores);
    if (bounds !== undefined) this.bounds = bounds;
    if (first.clock !== undefined) this.clock = first.clock;
    const tag = first.tag ?? (near === undefined ? undefined : tagOf(near));
    if (tag !== undefined) this.tag = tag;
    const whenGone = goneOf(stores);
    if (whenGone !== undefined) this.whenGone = whenGone;
    this.#stores = stores;
    this.#tokens = new Tokens(stores.length);
    const reach = (this.#reach = new Reach(stores));
    const places = (this.#places = new Places(stores));
    const purse = new Purse(stores);
    const time = first.clock ?? clock;
    const landing = new Landing(stores, reach, purse, time, died);
    this.#forwarders = stores.map(
      (store, at) => new Forwarder(store, (parcel) => landing.land(parcel, at), clock, reports),
    );
    this.#intake = new Intake(stores, reach, places, purse);
    this.#steps = new Steps(stores, new Outgoing(stores, reach, purse), this.#forwarders, landing, reports);
    this.#reading = new Reading(stores);
    this.#operations = new Operations(stores, reach, time);
    for (const forwarder of this.#forwarders) forwarder.begin();
  }

  append(envelope: Envelope, fresh = false): Maybe<Appended> {
    return this.#intake.append(envelope, fresh);
  }

  appendAll(envelopes: readonly Envelope[]): Maybe<AppendedAll> {
    for (const envelope of envelopes)
      if (envelope.to !== undefined) this.#places.sent(envelope, this.#of(envelope.to));
    return this.#steps.appendAll(envelopes);
  }

  claim(
    mailbox: Address,
    max: number,
    lease: number,
    out: Claim[],
    where?: Filter,
    beside = false,
    stand = false,
  ): Maybe<number> {
    const partition = this.#of(mailbox);
    const before = out.length;
    const store = this.#stores[partition] as Store;
    return chain(store.claim(mailbox, max, lease, out, where, beside, stand), (count) => {
      for (let at = before; at < out.length; at++) {
        const claim = (out[at] = this.#tokens.outer(out[at] as Claim, partition));
        this.#places.claimed(claim.envelope, partition);
      }
      return count;
    });
  }

  extend(claim: Claim, lease: number): Maybe<boolean> {
    const partition = this.#of(claim.mailbox);
    const store = this.#stores[partition] as Store;
    return this.#tokens.extended(claim, partition, (inner) => store.extend(inner, lease));
  }

  settle(
    claim: Claim,
    settlement: Settlement,
    outputs: readonly Envelope[],
    state?: StateChange,
    part?: unknown,
  ): Maybe<Settled> {
    const partition = this.#of(claim.mailbox);
    if (state && this.#ofState(state.key) !== partition) this.#strange.set(state.key, partition);
    const [inner, change] = [this.#tokens.inner(claim, partition), this.#tokens.innerState(state, partition)];
    return this.#steps.settle(partition, inner, settlement, outputs, change, part);
  }

  bury(envelope: Envelope, reason: DeadReason, error?: ErrorRecord): Maybe<void> {
    return (this.#stores[this.#reach.home(envelope)] as Store).bury(envelope, reason, error);
  }

  load(key: string): Maybe<StateRecord | undefined> {
    const partition = this.#ofState(key);
    return chain((this.#stores[partition] as Store).load(key), (record) =>
      this.#tokens.outerState(record, partition),
    );
  }

  announce(mailbox: Address, rule: MailboxRule, rests = false, servers?: readonly Address[]): Maybe<void> {
    return chain(this.#at(mailbox).announce(mailbox, rule, rests, servers), () =>
      this.#reach.announced(mailbox),
    );
  }

  withdraw(mailbox: Address): Maybe<void> {
    return this.#at(mailbox).withdraw(mailbox);
  }

  directory(): Maybe<readonly Address[]> {
    return chain(together(this.#stores.map((store) => store.directory())), (all) =>
      // Who looks for a name finds it in the same place, wherever it lives.
      all
        .flat()
        .filter((mailbox) => mailbox !== OUTBOX)
        .sort(),
    );
  }

  bind(pattern: string, mailbox: Address, lease?: number): Maybe<void> {
    return this.#at(mailbox).bind(pattern, mailbox, lease);
  }

  unbind(pattern: string, mailbox: Address): Maybe<void> {
    return this.#at(mailbox).unbind(pattern, mailbox);
  }

  record(id: string, part: unknown): Maybe<number> {
    return chain(this.#places.find(id), (partition) => (this.#stores[partition] as Store).record(id, part));
  }

  parts(id: string, after: number, limit: number): Maybe<readonly unknown[]> {
    return chain(this.#places.find(id), (partition) =>
      (this.#stores[partition] as Store).parts(id, after, limit),
    );
  }

  follow(id: string, wake: Told): () => void {
    const known = this.#places.known(id);
    const stores = known === undefined ? this.#stores : [this.#stores[known] as Store];
    const ends = stores.map((store) => store.follow(id, wake));
    return () => ends.forEach((end) => end());
  }

  spend(conversation: string, amounts: Amounts, limits: Amounts): Maybe<Spent> {
    const store = this.#stores[partitionOfText(conversation, this.#stores.length)] as Store;
    return store.spend(conversation, amounts, limits);
  }

  watch(mailbox: Address, wake: () => void): () => void {
    return this.#at(mailbox).watch(mailbox, wake);
  }

  read<Q extends Query>(query: Q): Maybe<Answer<Q>> {
    return this.#reading.read(query);
  }

  operate(operation: Operation): Maybe<Operated> {
    return this.#operations.operate(operation);
  }

  served(hub: string): void {
    for (const store of this.#stores) store.served?.(hub);
  }

  close(): Maybe<void> {
    if (this.#closing !== false) return this.#closing;
    for (const forwarder of this.#forwarders) forwarder.close();
    return (this.#closing = chain(together(this.#stores.map((store) => store.close())), () => undefined));
  }

  #of(mailbox: Address): number {
    return partitionOf(mailbox, this.#stores.length);
  }

  #at(mailbox: Address): Store {
    return this.#stores[this.#of(mailbox)] as Store;
  }

  /** A state's name begins with its agent: the agent's own, an instance's, or a conversation's behind a blank. */
  #ofState(key: string): number {
    return this.#strange.get(key) ?? this.#of(key.split(" ", 1)[0] as Address);
  }
}
