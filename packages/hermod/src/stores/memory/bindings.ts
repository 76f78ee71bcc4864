/** Bindings: which mailboxes get a copy of which topics. */
import type { Address } from "../../core/address.ts";
import { matchesTopic, toPattern } from "../../core/topic.ts";

export class Bindings {
  readonly #patterns = new Map<string, Map<Address, number>>();

  /** Binds until `until`, UTC milliseconds. */
  add(pattern: string, mailbox: Address, until: number): void {
    const bound = this.#patterns.get(toPattern(pattern)) ?? new Map<Address, number>();
    this.#patterns.set(pattern, bound.set(mailbox, until));
  }

  delete(pattern: string, mailbox: Address): void {
    const bound = this.#patterns.get(pattern);
    bound?.delete(mailbox);
    if (bound?.size === 0) this.#patterns.delete(pattern);
  }

  /** Ends all bindings of a mailbox. */
  forget(mailbox: Address): void {
    for (const pattern of this.#patterns.keys()) this.delete(pattern, mailbox);
  }

  /** The mailboxes bound to a topic now, each once, in the order of binding. */
  match(topic: string, now: number): Address[] {
    const found = new Set<Address>();
    for (const [pattern, bound] of this.#patterns) {
      if (!matchesTopic(pattern, topic)) continue;
      for (const [mailbox, until] of bound) if (until > now) found.add(mailbox);
    }
    return [...found];
  }
}
