/** The memory store put together: each part works on the shelf, and knows only the parts it is handed. */
import type { Address } from "../../core/address.ts";
import type { Amounts } from "../../core/budget.ts";
import type { Envelope } from "../../core/envelope.ts";
import { HermodError, type ErrorRecord } from "../../core/errors.ts";
import type { Filter } from "../../core/filter.ts";
import type { Maybe } from "../../core/maybe.ts";
import type { DeadReason, Settlement } from "../../core/settlement.ts";
import {
  STALE,
  type Answer,
  type Appended,
  type AppendedAll,
  type Claim,
  type MailboxRule,
  type Operated,
  type Operation,
  type Query,
  type Settled,
  type Spent,
  type StateChange,
  type StateRecord,
  type Store,
  type StoreBounds,
  type StoreEnv,
  type Told,
} from "../../core/store.ts";
import { Arrivals } from "./arrivals.ts";
import { Box } from "../shelf/box.ts";
import { Capacity } from "../shelf/capacity.ts";
import { Claims } from "../shelf/claims.ts";
import { Deaths } from "./deaths.ts";
import { Directory } from "../shelf/directory.ts";
import { Intake } from "./intake.ts";
import { Outlet } from "./outlet.ts";
import { Reading } from "./reading.ts";
import { Redrives } from "./redrives.ts";
import { Senders } from "../shelf/senders.ts";
import { MemoryShelf, type MemoryLimits } from "./shelf.ts";

export class MemoryStore implements Store {
  readonly level = Object.freeze({ name: "memory", durable: false });
  readonly bounds: StoreBounds;
  readonly #shelf: MemoryShelf;
  readonly #deaths: Deaths;
  readonly #redrives: Redrives;
  readonly #directory: Directory;
  readonly #intake: Intake;
  readonly #outlet: Outlet;
  readonly #claims: Claims;
  readonly #reading: Reading;
  #closed = false;

  constructor(env: StoreEnv, limits: MemoryLimits) {
    const { history, deadLetters, dedupe } = limits;
    this.bounds = { history, deadLetters, dedupe };
    const shelf = new MemoryShelf(env, limits);
    const capacity = new Capacity(shelf);
    const deaths = new Deaths(shelf);
    const arrivals = new Arrivals(shelf, capacity, deaths);
    const senders = new Senders(
      shelf,
      capacity,
      // The same message may have come twice while both waited.
      (box, envelope, full) =>
        arrivals.known(envelope) ??
        full ??
        shelf.notes.refusal(envelope) ??
        arrivals.keep(box, envelope, false),
    );
    this.#shelf = shelf;
    this.#deaths = deaths;
    this.#redrives = new Redrives(shelf, capacity, arrivals);
    this.#intake = new Intake(shelf, capacity, arrivals, senders);
    this.#outlet = new Outlet(shelf, deaths, this.#intake);
    this.#claims = new Claims(shelf, senders, {
      expired: ({ address: mailbox }, expired) =>
        deaths.tell({ ...expired, mailbox, reason: "expired", error: undefined }),
      leaseEnded: (box, claim) => this.#outlet.endLease(box, claim),
    });
    this.#directory = new Directory(shelf, senders, (mailbox, rule) => new Box(mailbox, rule));
    this.#reading = new Reading(shelf);
  }

  append(envelope: Envelope, fresh = false): Maybe<Appended> {
    this.#refuseWhenClosed();
    return this.#intake.append(envelope, fresh);
  }

  appendAll(envelopes: readonly Envelope[]): AppendedAll {
    this.#refuseWhenClosed();
    const stored = this.#intake.appendAll(envelopes, false);
    if (stored.status === "stored") return stored;
    return { status: "refused", output: stored.output, answer: stored.answer };
  }

  claim(mailbox: Address, max: number, lease: number, out: Claim[], where?: Filter, beside = false): number {
    return this.#closed ? 0 : this.#claims.claim(mailbox, max, lease, out, where, beside);
  }

  extend(claim: Claim, lease: number): boolean {
    return !this.#closed && this.#claims.extend(claim, lease);
  }

  settle(
    claim: Claim,
    settlement: Settlement,
    outputs: readonly Envelope[],
    state?: StateChange,
    part?: unknown,
  ): Settled {
    return this.#closed ? STALE : this.#outlet.settle(claim, settlement, outputs, state, part);
  }

  bury(envelope: Envelope, reason: DeadReason, error?: ErrorRecord): void {
    this.#shelf.history.add(envelope);
    this.#deaths.keep({ envelope, mailbox: undefined, reason, error, attempts: [], generation: 0 });
  }

  load(key: string): StateRecord | undefined {
    return this.#shelf.states.get(key);
  }

  announce(mailbox: Address, rule: MailboxRule, rests = false, servers?: readonly Address[]): void {
    if (rule.overflow === "spill") throw nowhereToSpill(mailbox);
    this.#directory.announce(mailbox, rule, rests, servers);
  }

  withdraw(mailbox: Address): void {
    this.#directory.withdraw(mailbox);
  }

  directory(): readonly Address[] {
    return this.#directory.list();
  }

  bind(pattern: string, mailbox: Address, lease = Infinity): void {
    const now = this.#shelf.clock.now();
    this.#shelf.bindings.add(pattern, mailbox, now + lease, now);
  }

  unbind(pattern: string, mailbox: Address): void {
    this.#shelf.bindings.delete(pattern, mailbox);
  }

  record(id: string, part: unknown): number {
    this.#refuseWhenClosed();
    return this.#shelf.notes.record(id, part);
  }

  parts(id: string, after: number, limit: number): readonly unknown[] {
    return this.#shelf.notes.parts.list(id).slice(after, after + limit);
  }

  follow(id: string, wake: Told): () => void {
    return this.#shelf.notes.followers.add(id, wake);
  }

  spend(conversation: string, amounts: Amounts, limits: Amounts): Spent {
    this.#refuseWhenClosed();
    return this.#shelf.notes.spend(conversation, amounts, limits);
  }

  watch(mailbox: Address, wake: () => void): () => void {
    return this.#directory.watch(mailbox, wake);
  }

  read<Q extends Query>(query: Q): Answer<Q> {
    return this.#reading.read(query);
  }

  operate(operation: Operation): Operated {
    if (operation.type === "redrive") return this.#redrives.redrive(operation);
    return this.#deaths.operate(operation);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#shelf.close();
    this.#claims.close();
    this.#directory.close();
    this.#reportAbandoned();
  }

  #reportAbandoned(): void {
    const { boxes, env } = this.#shelf;
    for (const { address: mailbox, waiting } of boxes.values())
      if (waiting > 0) env.reports.emit({ type: "mailbox.abandoned", mailbox, waiting });
  }

  #refuseWhenClosed(): void {
    if (this.#closed) throw new HermodError("HERMOD_CLOSED", "the store is closed");
  }
}

function nowhereToSpill(mailbox: Address): HermodError {
  return new HermodError(
    "HERMOD_UNSUPPORTED",
    `mailbox ${mailbox}: the memory store has nowhere to spill to`,
    {
      hint: 'Use a durable store, or another rule: "reject", "wait", "drop-newest", "drop-oldest".',
    },
  );
}
