/** Redrives: how a dead letter goes back to its mailbox, or to those that are bound to its topic now. */
import type { Envelope } from "../../core/envelope.ts";
import type { DeadLetter, Operated, Operation } from "../../core/store.ts";
import type { Arrivals } from "./arrivals.ts";
import type { Box } from "../shelf/box.ts";
import type { Capacity } from "../shelf/capacity.ts";
import { done } from "./deaths.ts";
import type { MemoryShelf } from "./shelf.ts";

/** What came back from the dead so often is given back only by force. */
const MOST_GENERATIONS = 2;

export class Redrives {
  readonly #shelf: MemoryShelf;
  readonly #capacity: Capacity;
  readonly #arrivals: Arrivals;

  constructor(shelf: MemoryShelf, capacity: Capacity, arrivals: Arrivals) {
    this.#shelf = shelf;
    this.#capacity = capacity;
    this.#arrivals = arrivals;
  }

  redrive({ id, force, dryRun }: Operation & { readonly type: "redrive" }): Operated {
    const letter = this.#shelf.graveyard.get(id);
    if (letter === undefined) return { status: "missing" };
    const boxes = this.#recipients(letter);
    if (boxes.length === 0) return { status: "no-recipient" };
    const { deadline } = letter.envelope;
    if (deadline !== undefined && this.#shelf.clock.now() > deadline) return { status: "expired" };
    if (letter.generation >= MOST_GENERATIONS && !force) return { status: "needs-force" };
    if (this.#isFull(boxes, letter)) return { status: "full" };
    if (!dryRun) this.#giveBack(boxes, letter);
    return done(1);
  }

  /** The mailbox that the letter was for, or those that its topic reaches now. */
  #recipients(letter: DeadLetter): readonly Box[] {
    const { mailbox, envelope } = letter;
    if (isForTopic(letter)) return this.#shelf.boundTo(envelope);
    const box = this.#shelf.boxOf(mailbox ?? envelope.to);
    return box === undefined ? [] : [box];
  }

  /** As for a publish, a full mailbox speaks only against its own copy, and the store's budget against all. */
  #isFull(boxes: readonly Box[], letter: DeadLetter): boolean {
    const { envelope } = letter;
    if (isForTopic(letter))
      return this.#capacity.beyondBudget(envelope, envelope.size * boxes.length) !== undefined;
    return this.#capacity.full(boxes[0] as Box, envelope) !== undefined;
  }

  #giveBack(boxes: readonly Box[], letter: DeadLetter): void {
    const { graveyard, history, notes } = this.#shelf;
    const { id, envelope, mailbox, generation } = letter;
    graveyard.delete(id);
    notes.parts.reopen(envelope.id);
    if (isForTopic(letter)) {
      history.moved(envelope, undefined, "replaced");
      return this.#arrivals.spreadAgain(boxes, envelope, generation + 1);
    }
    history.moved(envelope, mailbox, "waiting");
    this.#return(boxes[0] as Box, envelope, generation + 1);
  }

  #return(box: Box, envelope: Envelope, generation: number): void {
    this.#shelf.bytes += envelope.size;
    box.offer(envelope, this.#shelf.clock.now(), { attempts: [], generation });
    this.#shelf.stir(box);
  }
}

/** True for a published message that never had a mailbox. */
function isForTopic({ mailbox, envelope }: DeadLetter): boolean {
  return mailbox === undefined && envelope.to === undefined;
}
