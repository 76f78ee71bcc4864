/** Deaths: how a message becomes a dead letter, and how an operator ends dead letters and whole mailboxes. */
import type { Address } from "../../core/address.ts";
import { isInquiry, type Envelope } from "../../core/envelope.ts";
import type { DeadLetter, Operated, Operation } from "../../core/store.ts";
import type { Box } from "../shelf/box.ts";
import { CANCELLED, letterOf, type Death } from "../shelf/letter.ts";
import type { MemoryShelf } from "./shelf.ts";

export class Deaths {
  readonly #shelf: MemoryShelf;

  constructor(shelf: MemoryShelf) {
    this.#shelf = shelf;
  }

  /** Keeps a dead letter of which somebody beside the store knows. */
  keep(death: Death): DeadLetter {
    const { envelope, mailbox, reason } = death;
    const { graveyard, history, clock, env, notes } = this.#shelf;
    const letter = letterOf(death, clock.now());
    if (isInquiry(envelope)) return letter;
    graveyard.add(letter);
    history.moved(envelope, mailbox, "dead");
    notes.parts.end(envelope.id);
    if (env.reports.active)
      env.reports.emit({ type: "message.buried", envelope, reason, ...(mailbox && { mailbox }) });
    return letter;
  }

  /** Keeps a dead letter and tells of it, since nobody but the store knows. */
  tell(death: Death): void {
    this.#shelf.env.died(this.keep(death));
  }

  /** Gives up a message that found no room. */
  overflowed({ address: mailbox }: Box, envelope: Envelope, generation = 0): void {
    this.tell({ envelope, mailbox, reason: "overflow", error: undefined, attempts: [], generation });
  }

  operate(operation: Exclude<Operation, { readonly type: "redrive" }>): Operated {
    switch (operation.type) {
      case "discard":
        return this.#shelf.graveyard.delete(operation.id) ? done(1) : { status: "missing" };
      case "hasten":
        return this.#hasten(operation.mailbox, operation.id);
      case "cancel":
        return this.#cancel(operation.mailbox, operation.id);
      case "remove":
        return this.#remove(operation);
      case "compact":
        return done(0);
    }
  }

  #hasten(mailbox: Address, id: string): Operated {
    const box = this.#shelf.boxes.get(mailbox);
    if (!box?.hasten(id)) return { status: "missing" };
    this.#shelf.stir(box);
    return done(1);
  }

  #cancel(mailbox: Address, id: string): Operated {
    const box = this.#shelf.boxes.get(mailbox);
    const taken = box?.takeDelayed(id);
    if (!box || !taken) return { status: "missing" };
    const { envelope, past } = taken;
    this.#shelf.bytes -= envelope.size;
    this.tell({ envelope, mailbox, reason: "stopped", error: CANCELLED, ...past });
    this.#shelf.stir(box);
    return done(1);
  }

  #remove({ mailbox, unserved }: Extract<Operation, { readonly type: "remove" }>): Operated {
    const box = this.#shelf.boxes.get(mailbox);
    if (box === undefined) return { status: "missing" };
    if (unserved && box.served) return { status: "served" };
    this.#shelf.forget(mailbox);
    this.#shelf.bytes -= box.bytes;
    const left = box.clear();
    for (const { envelope, past } of left) {
      this.tell({ envelope, mailbox, reason: "stopped", error: undefined, ...past });
    }
    box.turnAway({ status: "unknown" });
    return done(left.length);
  }
}

export function done(count: number): Operated {
  return { status: "done", count };
}
