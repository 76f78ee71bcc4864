/** States: the last committed state of each agent, and whose claim committed it. */
import type { Address } from "../../core/address.ts";
import type { StateRecord } from "../../core/store.ts";

interface Committed {
  readonly record: StateRecord;
  readonly mailbox: Address;
}

export class States {
  readonly #committed = new Map<string, Committed>();

  get(key: string): StateRecord | undefined {
    return this.#committed.get(key)?.record;
  }

  set(key: string, record: StateRecord, mailbox: Address): void {
    this.#committed.set(key, { record, mailbox });
  }

  /** Forgets what the claims of a mailbox have committed. */
  forget(mailbox: Address): void {
    for (const [key, committed] of this.#committed) {
      if (committed.mailbox === mailbox) this.#committed.delete(key);
    }
  }
}
