/**
 * Credit: how far a reader of a task has read, told to its generator by a notice, where the task wants its generator to wait for readers.
 * A notice goes to the agent's mailbox like any message, so it means the same in one process and in many.
 */
import type { Address } from "../core/address.ts";
import { isNotice, type Envelope } from "../core/envelope.ts";
import { noticeDraft } from "./notices.ts";
import type { Draft } from "./send.ts";

/** The number of the part of a task up to which somebody has read. */
export interface Credit {
  readonly id: string;
  readonly number: number;
}

const READ = "~read";

/** The credit in a message, where it is one. */
export function creditOf(envelope: Envelope): Credit | undefined {
  if (!isNotice(envelope) || envelope.operation !== READ) return undefined;
  const credit = envelope.payload as Credit | undefined;
  return Number.isSafeInteger(credit?.number) ? credit : undefined;
}

/** The notice of a credit. */
export function creditDraft(to: Address, credit: Credit): Draft {
  return noticeDraft(to, READ, credit);
}

/** How far a generator may go ahead of the reader that has read furthest. */
export class Window {
  readonly #most: number;
  readonly #unread: number[] = [];
  #read = 0;
  #wake: (() => void) | undefined;

  constructor(most: number) {
    this.#most = most;
  }

  /** A part has got its number. */
  wrote(number: number): void {
    if (number > this.#read) this.#unread.push(number);
  }

  /** Somebody has read up to this number. */
  read(number: number): void {
    this.#read = Math.max(this.#read, number);
    while ((this.#unread[0] ?? Infinity) <= this.#read) this.#unread.shift();
    this.#wake?.();
  }

  /** Ends when one more part may be written, beside those that have no number yet. @throws the signal's reason. */
  async room(unnumbered: () => number, signal: AbortSignal): Promise<void> {
    const wake = (): void => this.#wake?.();
    signal.addEventListener("abort", wake);
    try {
      while (this.#unread.length + unnumbered() >= this.#most) {
        signal.throwIfAborted();
        await new Promise<void>((resolve) => (this.#wake = resolve));
      }
      signal.throwIfAborted();
    } finally {
      signal.removeEventListener("abort", wake);
      this.#wake = undefined;
    }
  }

  /** A part has been kept, whether or not it has been read. */
  kept(): void {
    this.#wake?.();
  }
}
