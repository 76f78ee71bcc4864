/** PoolLine: where the members of a pool stand in line: it claims for them from their common mailbox, and decides who gets what. */
import { toPoolRule, type PoolDefinition } from "../agent/pool.ts";
import type { Address } from "../core/address.ts";
import { Balancer, type Candidate } from "../core/balance.ts";
import { amend, isControl, type Envelope } from "../core/envelope.ts";
import type { Random } from "../core/id.ts";
import { derivedId } from "../core/id.ts";
import { isPromise, type Maybe } from "../core/maybe.ts";
import { slotOf } from "../core/rendezvous.ts";
import type { Claim, MailboxRule } from "../core/store.ts";
import type { Consumer } from "./dispatcher.ts";
import type { Instance } from "./instance.ts";
import { AgentStatistics } from "./statistics.ts";

/** What a line needs. */
export interface LineParts {
  readonly random: Random;
  /** Stores a copy for each member, and settles the message with it; answers when that is done. */
  readonly forward: (line: PoolLine, claim: Claim, copies: readonly Envelope[]) => Maybe<void>;
  /** Gives a message back until its member can take it. */
  readonly defer: (line: PoolLine, claim: Claim) => void;
  /** Gives a message back at once. */
  readonly release: (line: PoolLine, claim: Claim) => void;
}

/** A member's place; the instance changes when it is started again. */
class Place implements Candidate {
  instance: Instance;

  constructor(instance: Instance) {
    this.instance = instance;
  }

  get room(): number {
    return this.instance.room();
  }

  get running(): number {
    return this.instance.ordinary;
  }
}

/** Copies that a broadcast pool makes at a time. */
const BATCH = 32;

export class PoolLine implements Consumer {
  readonly definition: PoolDefinition;
  readonly statistics = new AgentStatistics();
  readonly beside = false;
  queued = false;
  claiming = false;
  stopped = false;
  /** True while it is to take nothing but control messages. */
  paused = false;
  /** Ends the watch on the mailbox. */
  unwatch: () => void = () => undefined;
  readonly #places: Place[] = [];
  /** Copies that the store has not answered yet. */
  readonly #pending = new Set<Promise<unknown>>();
  readonly #balancer: Balancer;
  readonly #parts: LineParts;
  #size: number;

  constructor(definition: PoolDefinition, parts: LineParts) {
    this.definition = definition;
    this.#parts = parts;
    this.#size = definition.size;
    const { balance } = definition;
    const known = balance === "least-busy" || balance === "random" ? balance : "round-robin";
    this.#balancer = new Balancer(known, parts.random);
  }

  get address(): Address {
    return this.definition.address;
  }

  get lease(): number {
    return this.definition.member.lease;
  }

  /** How many members it is to have. */
  get size(): number {
    return this.#size;
  }

  set size(size: number) {
    this.#size = size;
  }

  get rule(): MailboxRule {
    return toPoolRule(this.definition, this.#size);
  }

  get instances(): readonly Instance[] {
    return this.#places.map(({ instance }) => instance);
  }

  /** The name of a member, counted from 0. */
  memberName(at: number): Address {
    return `${this.address}/${at + 1}` as Address;
  }

  /** Gives a member its place, or its former place anew. */
  put(at: number, instance: Instance): void {
    const place = this.#places[at];
    if (place) place.instance = instance;
    else this.#places[at] = new Place(instance);
  }

  /** Lets go of the members from this place on. */
  cut(size: number): void {
    this.#places.length = Math.min(this.#places.length, size);
  }

  room(): number {
    if (this.stopped) return -1;
    if (this.paused) return 0;
    if (this.definition.balance === "broadcast") return BATCH;
    let room = 0;
    for (const place of this.#places) room += Math.max(0, place.room);
    return room;
  }

  take(claim: Claim): void {
    const { envelope } = claim;
    if (this.paused && !isControl(envelope)) return this.#parts.release(this, claim);
    if (this.definition.balance === "broadcast") return this.#forward(claim);
    const member = isControl(envelope) ? this.#anyone() : this.#choose(envelope);
    if (member) member.take(claim);
    else this.#parts.defer(this, claim);
  }

  /** Ends when the copies that are on their way now have come to the members, or were refused. */
  async forwarded(): Promise<void> {
    await Promise.all(this.#pending);
  }

  /** The member that alone may take the message, where members are told apart by key. */
  ownerOf({ orderKey, conversationId }: Envelope): Instance | undefined {
    if (this.definition.balance !== "key") return undefined;
    return this.#places[slotOf(orderKey ?? conversationId, this.#size)]?.instance;
  }

  #forward(claim: Claim): void {
    const stored = this.#parts.forward(this, claim, this.#copies(claim));
    if (!isPromise(stored)) return;
    const pending = stored.finally(() => this.#pending.delete(pending));
    this.#pending.add(pending);
  }

  #choose(envelope: Envelope): Instance | undefined {
    const owner = this.ownerOf(envelope);
    if (this.definition.balance === "key") return owner && owner.room() > 0 ? owner : undefined;
    return this.#places[this.#balancer.choose(this.#places)]?.instance;
  }

  /** Whoever takes anything at all: a notice needs no place. */
  #anyone(): Instance | undefined {
    return this.#places.find((place) => place.room >= 0)?.instance;
  }

  #copies({ envelope, generation }: Claim): readonly Envelope[] {
    return this.#places.map(({ instance }) => {
      const to = instance.address;
      return amend(envelope, {
        to,
        id: derivedId(envelope.sentAt, envelope.id, to, generation, "broadcast"),
      });
    });
  }
}
