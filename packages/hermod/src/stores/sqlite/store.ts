/** The durable store put together: mailboxes in memory, a journal behind them, and a file that remembers all. */
import type { Address } from "../../core/address.ts";
import type { Amounts } from "../../core/budget.ts";
import { fromJson, toJson } from "../../core/codec.ts";
import { isControl, type Envelope } from "../../core/envelope.ts";
import { HermodError, type ErrorRecord } from "../../core/errors.ts";
import type { Filter } from "../../core/filter.ts";
import { toPattern } from "../../core/topic.ts";
import type { OpenClaim } from "../../core/mailbox.ts";
import type { Maybe } from "../../core/maybe.ts";
import { RELEASE, type DeadReason, type Settlement } from "../../core/settlement.ts";
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
import { Claims, type Expired } from "../shelf/claims.ts";
import { Directory } from "../shelf/directory.ts";
import { Senders } from "../shelf/senders.ts";
import { DiskBox } from "./box.ts";
import { carriedOf, regain, type Carried } from "./carried.ts";
import { DiskCapacity } from "./capacity.ts";
import { Deaths } from "./deaths.ts";
import { Hand } from "./hand.ts";
import { Handout } from "./handout.ts";
import { Intake } from "./intake.ts";
import type { Journal, Outcome } from "./journal.ts";
import { Lines, type Window } from "./lines.ts";
import { Outlet } from "./outlet.ts";
import type { FilePort } from "./port.ts";
import { Change, Check, type Opened } from "./protocol.ts";
import { Reading, toLetter } from "./reading.ts";
import { Redrives } from "./redrives.ts";
import { Compacting } from "./compacting.ts";
import { Removal } from "./removal.ts";
import { restore } from "./restored.ts";
import { put } from "./rows.ts";
import { ruleToJson } from "./rulejson.ts";
import { DiskShelf } from "./shelf.ts";
import { States } from "./states.ts";
import { Writing } from "./writing.ts";

/** What the durable store is made with. */
export interface DiskParts {
  readonly env: StoreEnv;
  readonly port: FilePort;
  readonly journal: Journal;
  readonly opened: Opened;
  readonly level: { readonly name: string; readonly durable: boolean };
  readonly file: string;
  readonly bounds: StoreBounds;
  readonly dedupe: number;
  readonly window: Window;
}

export class DiskStore implements Store {
  readonly level: { readonly name: string; readonly durable: boolean };
  readonly file: string;
  readonly bounds: StoreBounds;
  readonly #parts: DiskParts;
  readonly #shelf: DiskShelf;
  readonly #states = new States();
  readonly #lines: Lines;
  readonly #deaths: Deaths;
  readonly #directory: Directory<DiskBox>;
  /** The rules that the file has: said again, as often as somebody begins or ceases to serve, they are not written again. */
  readonly #keptRules = new WeakMap<DiskBox, string>();
  readonly #intake: Intake;
  readonly #outlet: Outlet;
  readonly #claims: Claims<DiskBox>;
  readonly #handout: Handout;
  readonly #reading: Reading;
  readonly #redrives: Redrives;
  readonly #removal: Removal;
  readonly #compacting: Compacting;
  readonly #hand: Hand;
  #closing: Promise<void> | undefined;

  constructor(parts: DiskParts) {
    const { env, journal, opened, port, level } = parts;
    this.#parts = parts;
    this.level = level;
    this.file = parts.file;
    this.bounds = parts.bounds;
    const shelf = (this.#shelf = new DiskShelf(env, journal, parts.dedupe, opened));
    const capacity = new DiskCapacity(shelf);
    const lines = (this.#lines = new Lines(shelf, parts.window));
    const deaths = (this.#deaths = new Deaths(shelf));
    const writing = new Writing(shelf, capacity, deaths, lines, (box) => senders.admit(box));
    const intake = (this.#intake = new Intake(shelf, capacity, writing));
    const senders = (intake.senders = new Senders<DiskBox>(shelf, capacity, (box, envelope, full) =>
      intake.letIn(box, envelope, full),
    ));
    const outlet = (this.#outlet = new Outlet(shelf, deaths, intake, writing, lines, this.#states));
    const ends = {
      expired: (box: DiskBox, { envelope, attempts, generation }: Expired) => {
        const row = box.rows.get(envelope) as number;
        shelf.quarantine.acquit(row);
        lines.left(box, envelope);
        const death = { envelope, mailbox: box.address, reason: "expired", error: undefined } as const;
        deaths.tell({ ...death, attempts, generation }, row, box);
      },
      leaseEnded: (box: DiskBox, claim: OpenClaim) => outlet.endLease(box, claim),
    };
    this.#claims = new Claims(shelf, senders, ends, shelf.firstToken);
    this.#directory = new Directory(
      shelf,
      senders,
      (address, rule) => new DiskBox(address, rule, shelf.nextMailbox()),
    );
    this.#reading = new Reading(shelf, port);
    this.#redrives = new Redrives(shelf, capacity, writing, (id) => this.#reading.letter(id));
    this.#removal = new Removal(shelf, deaths, lines, this.#states);
    this.#compacting = new Compacting(parts.port, parts.env.reports);
    this.#hand = new Hand(shelf, deaths, lines);
    const giveBack = (claim: Claim): void => void outlet.settle(claim, RELEASE, []);
    this.#handout = new Handout(shelf, this.#claims, lines, giveBack, opened.seq);
    restore(shelf, opened);
    void this.#tellOfKilled(opened.killers);
  }

  append(envelope: Envelope, fresh = false): Maybe<Appended> {
    this.#refuseWhenClosed();
    // Notices and replies are few for what is under way, and end it.
    if (isControl(envelope) || envelope.verb === "reply") return this.#intake.append(envelope, fresh);
    return this.#shelf.lag.enter(() => {
      this.#refuseWhenClosed();
      return this.#intake.append(envelope, fresh);
    });
  }

  appendAll(envelopes: readonly Envelope[]): Maybe<AppendedAll> {
    this.#refuseWhenClosed();
    return this.#intake.appendAll(envelopes);
  }

  claim(
    mailbox: Address,
    max: number,
    lease: number,
    out: Claim[],
    where?: Filter,
    beside = false,
  ): Maybe<number> {
    return this.#handout.claim(mailbox, max, lease, out, where, beside);
  }

  extend(claim: Claim, lease: number): boolean {
    return !this.#closing && this.#claims.extend(claim, lease);
  }

  settle(
    claim: Claim,
    settlement: Settlement,
    outputs: readonly Envelope[],
    state?: StateChange,
    part?: unknown,
  ): Maybe<Settled> {
    return this.#closing ? STALE : this.#outlet.settle(claim, settlement, outputs, state, part);
  }

  bury(envelope: Envelope, reason: DeadReason, error?: ErrorRecord): Promise<void> {
    const { journal, clock } = this.#shelf;
    const death = { envelope, mailbox: undefined, reason, error, attempts: [], generation: 0 };
    const seq = this.#shelf.nextSeq();
    journal.group();
    put(journal, envelope, seq, clock.now(), Check.quiet);
    this.#deaths.write(journal, death, seq);
    return new Promise((resolve, reject) => {
      journal.end((outcome) => {
        if (outcome?.type === "failed") return reject(outcome.error);
        this.#deaths.kept(death);
        resolve();
      });
    });
  }

  async load(key: string): Promise<StateRecord | undefined> {
    this.#refuseWhenClosed();
    if (this.#states.isChanging(key)) await this.#shelf.journal.flushed();
    const record = await this.#parts.port.ask({ type: "state", key });
    this.#states.loaded(key, record?.version ?? 0);
    return record;
  }

  announce(mailbox: Address, rule: MailboxRule, rests = false, servers?: readonly Address[]): Promise<void> {
    const gone = this.#removal.gone(mailbox);
    const announced = (): Promise<void> => this.#announce(mailbox, rule, rests, servers);
    return gone ? gone.then(announced) : announced();
  }

  withdraw(mailbox: Address): void {
    this.#directory.withdraw(mailbox);
    const box = this.#shelf.boxes.get(mailbox);
    if (box) this.#shelf.quarantine.skip(box);
  }

  directory(): readonly Address[] {
    return this.#directory.list();
  }

  bind(pattern: string, mailbox: Address, lease?: number): Maybe<void> {
    const { bindings, journal, clock } = this.#shelf;
    if (lease !== undefined) return bindings.add(pattern, mailbox, clock.now() + lease, clock.now());
    toPattern(pattern);
    journal.group().add(Change.bind, pattern, mailbox);
    return this.#answer(() => bindings.add(pattern, mailbox, Infinity, clock.now()));
  }

  unbind(pattern: string, mailbox: Address): Promise<void> {
    const { bindings, journal, clock } = this.#shelf;
    const bound = bindings.list(clock.now(), mailbox).find((each) => each.pattern === pattern);
    if (bound?.until !== Infinity) bindings.delete(pattern, mailbox);
    journal.group().add(Change.unbind, pattern, mailbox);
    return this.#answer(() => bindings.delete(pattern, mailbox));
  }

  record(id: string, part: unknown): Promise<number> {
    this.#refuseWhenClosed();
    const json = toJson(part ?? null);
    this.#shelf.journal.group().add(Change.part, id, json);
    return this.#answer((value) => {
      this.#shelf.followed.added(id, json, value as number);
      return value as number;
    });
  }

  follow(id: string, wake: Told): () => void {
    return this.#shelf.followed.add(id, wake);
  }

  parts(id: string, after: number, limit: number): Maybe<readonly unknown[]> {
    this.#refuseWhenClosed();
    const held = this.#shelf.followed.read(id, after, limit);
    if (held) return held.map(fromJson);
    return this.#parts.port.ask({ type: "parts", id, after, limit }).then((rows) => rows.map(fromJson));
  }

  spend(conversation: string, amounts: Amounts, limits: Amounts): Promise<Spent> {
    this.#refuseWhenClosed();
    const change = [conversation, JSON.stringify(amounts), JSON.stringify(limits)];
    this.#shelf.journal.group().add(Change.spend, ...change);
    return this.#answer((value) => value as Spent);
  }

  watch(mailbox: Address, wake: () => void): () => void {
    return this.#directory.watch(mailbox, wake);
  }

  async read<Q extends Query>(query: Q): Promise<Answer<Q>> {
    this.#refuseWhenClosed();
    return this.#reading.read(query);
  }

  operate(operation: Operation): Promise<Operated> {
    switch (operation.type) {
      case "redrive":
        return this.#redrives.redrive(operation);
      case "discard":
        return this.#removal.discard(operation.id);
      case "hasten":
        return this.#hand.hasten(operation.mailbox, operation.id);
      case "cancel":
        return this.#hand.cancel(operation.mailbox, operation.id);
      case "remove":
        return this.#removal.remove(operation);
      case "compact":
        this.#refuseWhenClosed();
        return this.#compacting.run();
    }
  }

  served(hub: string): void {
    this.#parts.port.tell(hub);
  }

  /** Resolves when what was decided is written. */
  flushed(): Promise<void> {
    return this.#shelf.journal.flushed();
  }

  /** What waits in memory alone, for the next owner. */
  carried(): readonly Carried[] {
    return carriedOf(this.#shelf.boxes.values());
  }

  /** Takes what the owner before had in its memory. */
  regain(carried: readonly Carried[]): void {
    regain(carried, this.#shelf.boxes, this.#lines);
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  /** How many messages stand in memory. */
  get inMemory(): number {
    return this.#lines.inMemory;
  }

  /** Wakes all who watch: the file can be written again. */
  wake(): void {
    for (const box of this.#shelf.boxes.values()) {
      this.#lines.fill(box);
      box.wake();
    }
  }

  async #close(): Promise<void> {
    this.#handout.close();
    this.#shelf.close();
    this.#claims.close();
    this.#directory.close();
    await this.#shelf.journal.flushed();
    this.#shelf.journal.close();
    await this.#parts.port.close();
  }

  #announce(
    mailbox: Address,
    rule: MailboxRule,
    rests: boolean,
    servers: readonly Address[] | undefined,
  ): Promise<void> {
    const before = this.#shelf.boxes.get(mailbox)?.rule;
    const box = this.#directory.announce(mailbox, rule, rests, servers);
    const json = ruleToJson(rule);
    if (this.#keptRules.get(box) !== json) this.#keepRule(box, before, json);
    this.#lines.relane(box, before);
    this.#shelf.journal.group();
    const kept = this.#answer(() => void this.#keptRules.set(box, json));
    this.#lines.fill(box);
    return kept;
  }

  /** The mailbox is known from here on, so the file must know it before any message of it, however long that takes. */
  #keepRule({ number, address, rule }: DiskBox, before: MailboxRule | undefined, json: string): void {
    const { journal } = this.#shelf;
    journal.group().add(Change.mailbox, number, address, json);
    if (before && before.order !== rule.order && (before.order === "priority" || rule.order === "priority"))
      journal.add(Change.relane, number, rule.order === "priority" ? 0 : 1);
    journal.end();
  }

  #refuseWhenClosed(): void {
    if (this.#closing) throw new HermodError("HERMOD_CLOSED", "the store is closed");
  }

  /** Tells of messages that died since their attempts ended the process: nobody could hear of it then. */
  async #tellOfKilled(ids: readonly string[]): Promise<void> {
    try {
      for (const id of ids) {
        const row = await this.#reading.letter(id);
        if (row && !this.#closing) this.#deaths.found(toLetter(row));
      }
    } catch (error) {
      this.#shelf.env.reports.emit({ type: "store.failed", step: "read", error });
    }
  }

  /** Ends a group; rejects when it could not be kept. */
  #answer<T>(read: (value: unknown) => T): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#shelf.journal.end((outcome: Outcome) => {
        if (outcome?.type === "failed") reject(outcome.error);
        else resolve(read(outcome?.type === "value" ? outcome.value : undefined));
      });
    });
  }
}
