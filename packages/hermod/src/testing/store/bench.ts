/** Bench: a store under trial on a clock that stands still, with one mailbox announced and the tools to work at it. */
import type { Address } from "../../core/address.ts";
import { Copier } from "../../core/codec.ts";
import type { Duration } from "../../core/duration.ts";
import { seal, type Envelope } from "../../core/envelope.ts";
import { parseFilter } from "../../core/filter.ts";
import type { MailboxCounts } from "../../core/numbers.ts";
import type { Report } from "../../core/report.ts";
import { ACK, type Settlement } from "../../core/settlement.ts";
import {
  defaultMailboxRule,
  type Claim,
  type DeadLetter,
  type MailboxRule,
  type MessageRecord,
  type Settled,
  type StateChange,
  type Store,
} from "../../core/store.ts";
import type { TestClock } from "../clock.ts";
import { given, same } from "./check.ts";
import { blank, critic, failure, LEASE, type Draft } from "./drafts.ts";
import type { Heard } from "./env.ts";

/** How to claim. */
export interface ClaimOptions {
  readonly mailbox?: Address;
  readonly lease?: number;
  readonly where?: string;
  readonly beside?: boolean;
}

export class Bench {
  readonly store: Store;
  readonly clock: TestClock;
  /** What the store has told of as dead. */
  readonly died: readonly DeadLetter[];
  readonly reports: readonly Report[];
  /** Done at once by whoever is told of a dead message. */
  onDeath: ((letter: DeadLetter) => void) | undefined;
  /** Lets the store come to rest: all that it does by itself has been done after it. */
  readonly rest: () => Promise<void>;
  readonly #copier = new Copier();
  #sequence = 0;

  constructor(store: Store, heard: Heard, rest: () => Promise<void>) {
    this.store = store;
    this.clock = heard.clock;
    this.died = heard.died;
    this.reports = heard.reports;
    this.rest = rest;
    heard.listen((letter) => this.onDeath?.(letter));
  }

  /** A new message, to the critic unless the draft says otherwise. */
  message(draft: Draft = {}): Envelope {
    const sequence = ++this.#sequence;
    const payload = this.#copier.copy(draft.payload ?? { text: "the tide turns" });
    return seal({
      ...blank,
      id: `m${sequence}`,
      sequence,
      sentAt: this.clock.now(),
      ...draft,
      payload,
      size: this.#copier.size,
    });
  }

  /** A new message to whoever is bound to the topic. */
  event(topic: string, draft: Draft = {}): Envelope {
    return this.message({ verb: "publish", to: undefined, topic, ...draft });
  }

  /** A new notice of the system: a control message. */
  notice(draft: Draft = {}): Envelope {
    return this.message({ verb: "info", type: "status", ...draft });
  }

  /** Stores messages one after the other; each must be stored. */
  async send(...drafts: readonly Draft[]): Promise<Envelope[]> {
    const sent = drafts.map((draft) => this.message(draft));
    await this.append(...sent);
    return sent;
  }

  async append(...envelopes: readonly Envelope[]): Promise<void> {
    for (const envelope of envelopes)
      same(await this.store.append(envelope), { status: "stored" }, `the append of ${envelope.id}`);
  }

  async claim(max = 100, options: ClaimOptions = {}): Promise<Claim[]> {
    const { mailbox = critic, lease = LEASE, where, beside } = options;
    const out: Claim[] = [];
    const filter = where === undefined ? undefined : parseFilter(where);
    const count = await this.store.claim(mailbox, max, lease, out, filter, beside);
    same(count, out.length, "the number of claims");
    return out;
  }

  /** Claims, and answers with the ids of what was given. */
  async ids(max = 100, options: ClaimOptions = {}): Promise<string[]> {
    return (await this.claim(max, options)).map(({ envelope }) => envelope.id);
  }

  /** Claims the one message that must be there. */
  async one(options: ClaimOptions = {}): Promise<Claim> {
    const [claim] = await this.claim(1, options);
    return given(claim, "a message to claim");
  }

  /** Claims and acknowledges one after the other until nothing is left; answers the ids in their order. */
  async drained(most = 1000): Promise<string[]> {
    const ids: string[] = [];
    for (let [claim] = await this.claim(1); claim; [claim] = ids.length < most ? await this.claim(1) : []) {
      ids.push(claim.envelope.id);
      await this.settle(claim);
    }
    return ids;
  }

  async settle(
    claim: Claim,
    settlement: Settlement = ACK,
    outputs: readonly Envelope[] = [],
    state?: StateChange,
    part?: unknown,
  ): Promise<void> {
    same(await this.answer(claim, settlement, outputs, state, part), { status: "settled" }, "the settlement");
  }

  async answer(
    claim: Claim,
    settlement: Settlement = ACK,
    outputs: readonly Envelope[] = [],
    state?: StateChange,
    part?: unknown,
  ): Promise<Settled> {
    return this.store.settle(claim, settlement, outputs, state, part);
  }

  /** Fails the message for good: it becomes a dead letter. */
  async kill(claim: Claim): Promise<DeadLetter> {
    await this.settle(claim, { type: "dead", reason: "terminal", error: failure });
    return given(
      (await this.dead()).find(({ envelope }) => envelope.id === claim.envelope.id),
      "the dead letter",
    );
  }

  async announce(rule: Partial<MailboxRule> = {}, mailbox = critic): Promise<void> {
    await this.store.announce(mailbox, { ...defaultMailboxRule, ...rule });
  }

  async advance(by: Duration): Promise<void> {
    await this.clock.advance(by);
    await this.rest();
  }

  /** Ids of what waits, in the order in which it is shown. */
  async waiting(mailbox = critic): Promise<string[]> {
    return (await this.store.read({ type: "waiting", mailbox })).items.map(({ id }) => id);
  }

  async counts(mailbox = critic): Promise<MailboxCounts> {
    return given((await this.store.read({ type: "counts", mailbox })).items[0], `the numbers of ${mailbox}`);
  }

  async dead(where = ""): Promise<readonly DeadLetter[]> {
    return (await this.store.read({ type: "dead", where: parseFilter(where) })).items;
  }

  /** The dead letters as "id reason". */
  async graves(): Promise<string[]> {
    return (await this.dead()).map(({ envelope, reason }) => `${envelope.id} ${reason}`);
  }

  /** What the store has told of as dead, as "id reason". */
  async told(): Promise<string[]> {
    await this.rest();
    return this.died.map(({ envelope, reason }) => `${envelope.id} ${reason}`);
  }

  /** The only record of a message. */
  async record(id: string): Promise<MessageRecord> {
    const { items } = await this.store.read({ type: "history", where: parseFilter(`id:${id}`) });
    same(items.length, 1, `the number of records of ${id}`);
    return items[0] as MessageRecord;
  }

  /** All parts of a message. */
  async parts(id: string): Promise<readonly unknown[]> {
    return [...(await this.store.parts(id, 0, 1000))];
  }

  /** Counts the wakes of a mailbox from now on. */
  listen(mailbox = critic): { count: number; readonly end: () => void } {
    const ear = { count: 0, end: this.store.watch(mailbox, () => void ear.count++) };
    return ear;
  }
}
