/**
 * Notices: what is told of a message to whoever works on it: that it is wanted no longer, or how far its parts are read. A mailbox that several
 * processes serve hands a notice to one of them; where nobody there works on the message, the others hear of it at the addresses of their systems.
 */
import type { Address } from "../core/address.ts";
import type { Envelope } from "../core/envelope.ts";
import { HermodError } from "../core/errors.ts";
import type { Store } from "../core/store.ts";
import { ask } from "./asking.ts";
import type { Reports } from "./reports.ts";
import type { Draft, Origin, Sender } from "./send.ts";
import type { Timers } from "./timers.ts";

/** What notices need. */
export interface NoticeParts {
  readonly store: Store;
  readonly timers: Timers;
  readonly reports: Reports;
  readonly sender: Sender;
  /** The system's own address. */
  readonly self: Address;
  /** As whom the system itself sends. */
  readonly origin: Origin;
}

/** How often, and in what times, in milliseconds, it is asked who serves a mailbox that has moved: a store does not know at once. */
const LOOKS = 15;
const AGAIN = 1000;

export class Notices {
  readonly #parts: NoticeParts;
  /** True where other processes may serve the same mailbox. */
  readonly #isShared: boolean;

  constructor(parts: NoticeParts) {
    this.#parts = parts;
    this.#isShared = parts.store.whenGone !== undefined;
  }

  /** Tells the other systems that serve this mailbox; what fails of it is reported. */
  passOn(mailbox: Address, notice: Envelope, looks = LOOKS): void {
    if (!this.#isShared) return;
    this.#tell(mailbox, notice, looks).catch((error: unknown) => {
      if (!(error instanceof HermodError && error.code === "HERMOD_CLOSED"))
        this.#parts.reports.emit({ type: "store.failed", step: "notice", error });
    });
  }

  async #tell(mailbox: Address, notice: Envelope, looks: number): Promise<void> {
    const { store, timers, self } = this.#parts;
    const { items } = await ask("read", () => store.read({ type: "counts", mailbox }));
    const [counts] = items;
    if (counts?.served !== true) return;
    const others = counts.servers?.filter((system) => system !== self);
    if (others !== undefined) await Promise.all(others.map((system) => this.#send(system, mailbox, notice)));
    else if (looks > 1) timers.set(AGAIN, () => this.passOn(mailbox, notice, looks - 1));
  }

  async #send(to: Address, mailbox: Address, { operation, payload }: Envelope): Promise<void> {
    const { sender, origin } = this.#parts;
    const said = { ...(payload as object), mailbox };
    await sender.send(noticeDraft(to, operation, said), origin);
  }
}

/** A notice of the system: in its own lane, before everything else, and lost with whoever has it. */
export function noticeDraft(to: Address, operation: string, payload: unknown): Draft {
  return {
    ...{ verb: "info", type: "status", operation, to, payload },
    ...{ priority: 4, delivery: "at-most-once" },
  };
}

/** The mailbox of the message that a notice to a system tells of; undefined for one of another kind. */
export function passedFrom({ payload }: Envelope): Address | undefined {
  const mailbox = (payload as { readonly mailbox?: unknown } | undefined)?.mailbox;
  return typeof mailbox === "string" ? (mailbox as Address) : undefined;
}
