/** Directory: which addresses have a mailbox here, by which rule, who serves them, and who watches them. */
import type { Address } from "../../core/address.ts";
import { HermodError } from "../../core/errors.ts";
import type { MailboxRule } from "../../core/store.ts";
import { Box } from "./box.ts";
import type { Senders } from "./senders.ts";
import type { Shelf } from "./shelf.ts";

export class Directory {
  readonly #shelf: Shelf;
  readonly #senders: Senders;
  /** Watchers of addresses that nobody has announced yet. */
  readonly #early = new Map<string, Set<() => void>>();

  constructor(shelf: Shelf, senders: Senders) {
    this.#shelf = shelf;
    this.#senders = senders;
  }

  announce(mailbox: Address, rule: MailboxRule): void {
    if (rule.overflow === "spill") throw nowhereToSpill(mailbox);
    const box = this.#shelf.boxes.get(mailbox);
    if (box) this.#adopt(box, rule);
    const announced = box ?? this.#open(mailbox, rule);
    announced.served = true;
  }

  withdraw(mailbox: Address): void {
    const box = this.#shelf.boxes.get(mailbox);
    if (box) box.served = false;
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

  /** Ends the waiting for room, and reports what is left in the mailboxes. */
  close(): void {
    const { boxes, env } = this.#shelf;
    for (const box of boxes.values()) {
      const { address: mailbox, waiting, rule } = box;
      box.turnAway({ status: "full", limit: "count", most: rule.count });
      if (waiting > 0) env.reports.emit({ type: "mailbox.abandoned", mailbox, waiting });
    }
  }

  /** Another rule may let in who waits, and free what a key kept back. */
  #adopt(box: Box, rule: MailboxRule): void {
    box.adopt(rule);
    this.#senders.admit(box);
    box.wake();
  }

  #open(mailbox: Address, rule: MailboxRule): Box {
    const box = new Box(mailbox, rule);
    this.#shelf.open(box);
    for (const wake of this.#early.get(mailbox) ?? []) box.watch(wake);
    this.#early.delete(mailbox);
    return box;
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
