/** Shelf: the mailboxes of a store that keeps its order in memory, with the few moves that all its parts make. */
import { mailboxOf, type Address } from "../../core/address.ts";
import type { Clock } from "../../core/clock.ts";
import type { Envelope } from "../../core/envelope.ts";
import type { StoreEnv } from "../../core/store.ts";
import { Alarm } from "./alarm.ts";
import { Bindings } from "./bindings.ts";
import type { Box } from "./box.ts";
import { Reach } from "./reach.ts";

/** How long a clock that was set forward may go unnoticed, milliseconds. */
const LONGEST_SLEEP = 60_000;

export class Shelf<B extends Box = Box> {
  readonly env: StoreEnv;
  readonly clock: Clock;
  /** Most payload that waits in all mailboxes together. */
  readonly budget: number;
  readonly boxes: ReadonlyMap<Address, B>;
  readonly bindings = new Bindings(() => this.#reach.forget());
  /** Payload that waits in all mailboxes together. */
  bytes = 0;
  readonly #boxes = new Map<Address, B>();
  readonly #reach: Reach<B>;
  readonly #due: Alarm<Box>;

  constructor(env: StoreEnv, budget: number) {
    this.env = env;
    this.clock = env.clock;
    this.budget = budget;
    this.boxes = this.#boxes;
    this.#reach = new Reach(this.bindings, this.#boxes);
    this.#due = new Alarm<Box>(env.clock, (box) => this.#ripen(box as B), false, LONGEST_SLEEP);
  }

  /** The mailbox a message or a dead letter is for. */
  boxOf(address: Address | undefined): B | undefined {
    if (address === undefined) return undefined;
    // Most addresses are those of mailboxes: the others pay for being looked up twice.
    return this.boxes.get(address) ?? this.boxes.get(mailboxOf(address));
  }

  /** The mailboxes that get a copy of a message now. */
  boundTo({ topic }: Envelope): readonly B[] {
    return topic === undefined ? [] : this.#reach.of(topic, this.clock.now());
  }

  /** Puts a new mailbox there. */
  open(box: B): void {
    this.#boxes.set(box.address, box);
    this.#reach.forget();
  }

  /** Forgets a mailbox with its bindings. */
  forget(mailbox: Address): void {
    this.#boxes.delete(mailbox);
    this.#reach.forget();
    this.bindings.forget(mailbox);
  }

  /** Waits for the time when the next delayed message of a mailbox is due. */
  awaitDue(box: B): void {
    if (box.nextDue !== undefined) this.#due.set(box, box.nextDue);
  }

  /** After a change: waits for what is due and wakes who watches. */
  stir(box: B): void {
    this.awaitDue(box);
    box.wake();
  }

  close(): void {
    this.#due.close();
  }

  /** Lets stand in line what is due, so that the next time can be waited for whether somebody claims or not. */
  #ripen(box: B): void {
    box.ripen(this.clock.now());
    this.stir(box);
  }
}
