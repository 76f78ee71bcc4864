/** Deaths: how a message becomes a dead letter, and what an operator may do with dead letters and whole mailboxes. */
import type { Address } from "../../core/address.ts";
import type { Envelope } from "../../core/envelope.ts";
import type { ErrorRecord } from "../../core/errors.ts";
import type { DeadLetter, Operated, Operation } from "../../core/store.ts";
import type { Box } from "./box.ts";
import type { Capacity } from "./capacity.ts";
import type { Shelf } from "./shelf.ts";

/** A message that dies. Fields that a dead letter lacks may be undefined here. */
export interface Death extends Omit<DeadLetter, "id" | "diedAt" | "mailbox" | "error"> {
  readonly mailbox: Address | undefined;
  readonly error: ErrorRecord | undefined;
}

export class Deaths {
  readonly #shelf: Shelf;
  readonly #capacity: Capacity;

  constructor(shelf: Shelf, capacity: Capacity) {
    this.#shelf = shelf;
    this.#capacity = capacity;
  }

  /** Keeps a dead letter of which somebody beside the store knows. */
  keep(death: Death): DeadLetter {
    const { envelope, mailbox, reason } = death;
    const { graveyard, history, clock, env } = this.#shelf;
    const letter = letterOf(death, clock.now());
    graveyard.add(letter);
    history.moved(envelope, mailbox, "dead");
    if (env.reports.active)
      env.reports.emit({ type: "message.buried", envelope, reason, ...(mailbox && { mailbox }) });
    return letter;
  }

  /** Keeps a dead letter and tells of it, since nobody but the store knows. */
  tell(death: Death): void {
    this.#shelf.env.died(this.keep(death));
  }

  /** Gives up a message that found no room. */
  overflowed({ address: mailbox }: Box, envelope: Envelope): void {
    this.tell({ envelope, mailbox, reason: "overflow", error: undefined, attempts: [], generation: 0 });
  }

  operate(operation: Operation): Operated {
    switch (operation.type) {
      case "redrive":
        return this.#redrive(operation);
      case "discard":
        return this.#shelf.graveyard.delete(operation.id) ? done(1) : { status: "missing" };
      case "remove":
        return this.#remove(operation.mailbox);
    }
  }

  #redrive({ id, force, dryRun }: Operation & { type: "redrive" }): Operated {
    const letter = this.#shelf.graveyard.get(id);
    if (letter === undefined) return { status: "missing" };
    const box = this.#shelf.boxOf(letter.mailbox ?? letter.envelope.to);
    if (box === undefined) return { status: "no-recipient" };
    const { deadline } = letter.envelope;
    if (deadline !== undefined && this.#shelf.clock.now() > deadline) return { status: "expired" };
    if (letter.generation >= 2 && !force) return { status: "needs-force" };
    if (this.#capacity.full(box, letter.envelope)) return { status: "full" };
    if (!dryRun) this.#giveBack(box, letter);
    return done(1);
  }

  #giveBack(box: Box, { id, envelope, mailbox, generation }: DeadLetter): void {
    const shelf = this.#shelf;
    shelf.graveyard.delete(id);
    shelf.bytes += envelope.size;
    shelf.history.moved(envelope, mailbox, "waiting");
    box.offer(envelope, shelf.clock.now(), { attempts: [], generation: generation + 1 });
    shelf.stir(box);
  }

  #remove(mailbox: Address): Operated {
    const box = this.#shelf.boxes.get(mailbox);
    if (box === undefined) return { status: "missing" };
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

function letterOf(
  { envelope, mailbox, reason, error, attempts, generation }: Death,
  diedAt: number,
): DeadLetter {
  return {
    id: `${envelope.id}@${mailbox ?? "nobody"}`,
    envelope,
    ...(mailbox && { mailbox }),
    reason,
    ...(error && { error }),
    attempts,
    diedAt,
    generation,
  };
}

function done(count: number): Operated {
  return { status: "done", count };
}
