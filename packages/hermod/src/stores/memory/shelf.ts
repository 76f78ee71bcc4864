/** Shelf: what the parts of the memory store work on together, with the few moves that all of them make. */
import { mailboxOf, type Address } from "../../core/address.ts";
import type { Clock } from "../../core/clock.ts";
import type { Envelope } from "../../core/envelope.ts";
import type { StoreEnv } from "../../core/store.ts";
import { Alarm } from "./alarm.ts";
import { Bindings } from "./bindings.ts";
import type { Box } from "./box.ts";
import { Graveyard, type GraveyardBounds } from "./graveyard.ts";
import { History, type Retention } from "./history.ts";
import { Reach } from "./reach.ts";
import { Recent } from "./recent.ts";
import { States } from "./states.ts";

/** The options of the memory store, checked and with their defaults. */
export interface MemoryLimits {
  readonly history: Retention;
  readonly budget: number;
  readonly dedupe: number;
  readonly deadLetters: GraveyardBounds;
}

export class Shelf {
  readonly env: StoreEnv;
  readonly clock: Clock;
  readonly budget: number;
  readonly boxes: ReadonlyMap<Address, Box>;
  readonly history: History;
  readonly recent: Recent;
  readonly graveyard: Graveyard;
  readonly bindings = new Bindings(() => this.#reach.forget());
  readonly states = new States();
  /** Payload that waits in all mailboxes together. */
  bytes = 0;
  readonly #boxes = new Map<Address, Box>();
  readonly #reach: Reach;
  readonly #due: Alarm<Box>;

  constructor(env: StoreEnv, limits: MemoryLimits) {
    this.env = env;
    this.clock = env.clock;
    this.budget = limits.budget;
    this.boxes = this.#boxes;
    this.#reach = new Reach(this.bindings, this.#boxes);
    this.history = new History(limits.history);
    this.recent = new Recent(limits.dedupe);
    this.graveyard = new Graveyard(limits.deadLetters, env.reports);
    this.#due = new Alarm(env.clock, (box) => this.#ripen(box));
  }

  /** The mailbox a message or a dead letter is for. */
  boxOf(address: Address | undefined): Box | undefined {
    if (address === undefined) return undefined;
    // Most addresses are those of mailboxes: the others pay for being looked up twice.
    return this.boxes.get(address) ?? this.boxes.get(mailboxOf(address));
  }

  /** The mailboxes that get a copy of a message now. */
  boundTo({ topic }: Envelope): readonly Box[] {
    return topic === undefined ? [] : this.#reach.of(topic, this.clock.now());
  }

  /** Puts a new mailbox there. */
  open(box: Box): void {
    this.#boxes.set(box.address, box);
    this.#reach.forget();
  }

  /** Forgets a mailbox with its bindings and with what its claims have committed. */
  forget(mailbox: Address): void {
    this.#boxes.delete(mailbox);
    this.#reach.forget();
    this.bindings.forget(mailbox);
    this.states.forget(mailbox);
  }

  /** Waits for the time when the next delayed message of a mailbox is due. */
  awaitDue(box: Box): void {
    if (box.nextDue !== undefined) this.#due.set(box, box.nextDue);
  }

  /** After a change: waits for what is due and wakes who watches. */
  stir(box: Box): void {
    this.awaitDue(box);
    box.wake();
  }

  close(): void {
    this.#due.close();
  }

  /** Lets stand in line what is due, so that the next time can be waited for whether somebody claims or not. */
  #ripen(box: Box): void {
    box.ripen(this.clock.now());
    this.stir(box);
  }
}
