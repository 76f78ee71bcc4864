/** Directory: which addresses have a mailbox here, by which rule, who serves them, and who watches them. */
import type { Address } from "../../core/address.ts";
import type { MailboxRule } from "../../core/store.ts";
import type { Box } from "./box.ts";
import type { Senders } from "./senders.ts";
import type { Shelf } from "./shelf.ts";

export class Directory<B extends Box = Box> {
  readonly #shelf: Shelf<B>;
  readonly #senders: Senders<B>;
  readonly #make: (mailbox: Address, rule: MailboxRule) => B;
  /** Watchers of addresses that nobody has announced yet. */
  readonly #early = new Map<string, Set<() => void>>();

  constructor(shelf: Shelf<B>, senders: Senders<B>, make: (mailbox: Address, rule: MailboxRule) => B) {
    this.#shelf = shelf;
    this.#senders = senders;
    this.#make = make;
  }

  announce(mailbox: Address, rule: MailboxRule, rests: boolean, servers: readonly Address[] | undefined): B {
    const box = this.#shelf.boxes.get(mailbox);
    const announced = box ?? this.open(mailbox, rule);
    announced.served = true;
    announced.rests = rests;
    announced.servers = servers;
    if (box) this.#adopt(box, rule);
    return announced;
  }

  withdraw(mailbox: Address): void {
    const box = this.#shelf.boxes.get(mailbox);
    if (box === undefined) return;
    box.served = box.rests = false;
    box.servers = undefined;
  }

  list(): readonly Address[] {
    return [...this.#shelf.boxes.values()].map(({ address }) => address);
  }

  watch(mailbox: Address, wake: () => void): () => void {
    const box = this.#shelf.boxes.get(mailbox);
    if (box) return box.watch(wake);
    const early = this.#early.get(mailbox) ?? new Set();
    this.#early.set(mailbox, early.add(wake));
    return () => {
      early.delete(wake);
      if (early.size === 0 && this.#early.get(mailbox) === early) this.#early.delete(mailbox);
      this.#shelf.boxes.get(mailbox)?.unwatch(wake);
    };
  }

  /** Ends the waiting for room. */
  close(): void {
    for (const box of this.#shelf.boxes.values())
      box.turnAway({ status: "full", limit: "count", most: box.rule.count });
  }

  /** Another rule may let in who waits, and free what a key kept back; who watches may want to know who rests. */
  #adopt(box: B, rule: MailboxRule): void {
    box.adopt(rule);
    this.#senders.admit(box);
    box.wake();
  }

  /** Makes the mailbox, which nobody serves yet. */
  open(mailbox: Address, rule: MailboxRule): B {
    const box = this.#make(mailbox, rule);
    this.#shelf.open(box);
    for (const wake of this.#early.get(mailbox) ?? []) box.watch(wake);
    this.#early.delete(mailbox);
    return box;
  }
}
