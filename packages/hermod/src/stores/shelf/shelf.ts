/** Shelf: the mailboxes of a store that keeps its order in memory, with the few moves that all its parts make. */
import { mailboxOf, type Address } from "../../core/address.ts";
import type { Clock } from "../../core/clock.ts";
import type { Envelope } from "../../core/envelope.ts";
import type { StoreEnv } from "../../core/store.ts";
import { Alarm } from "./alarm.ts";
import { Bindings } from "./bindings.ts";
import type { Box } from "./box.ts";

export class Shelf<B extends Box = Box> {
  readonly env: StoreEnv;
  readonly clock: Clock;
  /** Most payload that waits in all mailboxes together. */
  readonly budget: number;
  readonly boxes = new Map<string, B>();
  readonly bindings = new Bindings();
  /** Payload that waits in all mailboxes together. */
  bytes = 0;
  readonly #due: Alarm<Box>;

  constructor(env: StoreEnv, budget: number) {
    this.env = env;
    this.clock = env.clock;
    this.budget = budget;
    this.#due = new Alarm<Box>(env.clock, (box) => this.#ripen(box as B));
  }

  /** The mailbox a message or a dead letter is for. */
  boxOf(address: Address | undefined): B | undefined {
    if (address === undefined) return undefined;
    // Most addresses are those of mailboxes: the others pay for being looked up twice.
    return this.boxes.get(address) ?? this.boxes.get(mailboxOf(address));
  }

  /** The mailboxes that get a copy of a message now. */
  boundTo({ topic }: Envelope): B[] {
    const addresses = topic === undefined ? [] : this.bindings.match(topic, this.clock.now());
    return addresses.map((address) => this.boxes.get(address)).filter((box) => box !== undefined);
  }

  /** Forgets a mailbox with its bindings. */
  forget(mailbox: Address): void {
    this.boxes.delete(mailbox);
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
