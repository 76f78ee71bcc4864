/** The durable store's shelf: its mailboxes, the journal that stands behind them, and the numbers that the file goes by. */
import { isVolatile, type Envelope } from "../../core/envelope.ts";
import type { StoreEnv } from "../../core/store.ts";
import { Recent } from "../shelf/recent.ts";
import { Shelf } from "../shelf/shelf.ts";
import type { DiskBox } from "./box.ts";
import { Followed } from "./followed.ts";
import type { Journal } from "./journal.ts";
import { Lag } from "./lag.ts";
import type { Opened } from "./protocol.ts";
import { Quarantine } from "./quarantine.ts";

/** Steps and fencing tokens of one opening: enough for 50,000 a second over a day, a million times. */
const PER_EPOCH = 2 ** 32;

export class DiskShelf extends Shelf<DiskBox> {
  readonly journal: Journal;
  /** Marks of at-most-once messages: the file knows of them too late. */
  readonly recent: Recent;
  readonly quarantine: Quarantine;
  readonly lag = new Lag();
  readonly followed = new Followed();
  /** Payload that waits in memory alone: at-most-once messages, and copies for live subscriptions. */
  unfiled = 0;
  /** The first fencing token of this opening. */
  readonly firstToken: number;
  #seq: number;
  #step: number;
  #mailbox: number;

  constructor(env: StoreEnv, journal: Journal, dedupe: number, opened: Opened) {
    super(env, Infinity);
    this.journal = journal;
    this.recent = new Recent(dedupe);
    this.quarantine = new Quarantine(opened.suspects, env.clock, (box) => this.stir(box));
    this.#seq = opened.seq;
    this.firstToken = opened.epoch * PER_EPOCH;
    // The first steps of an opening belong to what the last owner left undone.
    this.#step = this.firstToken + 2 ** 20;
    this.#mailbox = opened.mailboxes.at(-1)?.[0] ?? 0;
  }

  override close(): void {
    super.close();
    this.quarantine.close();
  }

  /** True when a row of the file waits for the copy of a published message: a subscription by name, not a live one. */
  isLasting({ address }: DiskBox, envelope: Envelope): boolean {
    return (
      !isVolatile(envelope) && this.bindings.isLasting(envelope.topic as string, address, this.clock.now())
    );
  }

  /** The next message's number. */
  nextSeq(): number {
    return ++this.#seq;
  }

  /** The next step of a fate. */
  nextStep(): number {
    return ++this.#step;
  }

  /** The next mailbox's number. */
  nextMailbox(): number {
    return ++this.#mailbox;
  }
}
