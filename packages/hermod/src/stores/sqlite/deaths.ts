/** Deaths: how a message becomes a dead letter of the file. Who must hear of it hears when it is in the file. */
import type { Address } from "../../core/address.ts";
import { isInquiry, type Envelope } from "../../core/envelope.ts";
import type { DeadReason } from "../../core/settlement.ts";
import type { DeadLetter } from "../../core/store.ts";
import { letterOf, type Death } from "../shelf/letter.ts";
import type { DiskBox } from "./box.ts";
import type { Journal } from "./journal.ts";
import { die, gone, moved } from "./rows.ts";
import type { DiskShelf } from "./shelf.ts";

/** What is told of a dead letter. */
interface Buried {
  readonly envelope: Envelope;
  readonly mailbox?: Address | undefined;
  readonly reason: DeadReason;
}

export class Deaths {
  readonly #shelf: DiskShelf;

  constructor(shelf: DiskShelf) {
    this.#shelf = shelf;
  }

  /** Adds a dead letter to a group; `state` notes it as the message's fate where no attempt does. */
  write(journal: Journal, death: Death, row: number, notes = true): void {
    if (isInquiry(death.envelope)) return;
    die(journal, this.#letter(death), row);
    if (notes) moved(journal, row, this.#shelf.nextStep(), "dead");
  }

  /** Says that a dead letter of which somebody beside the store knows is in the file. */
  kept({ envelope, mailbox, reason }: Buried): void {
    const { reports } = this.#shelf.env;
    if (reports.active && !isInquiry(envelope))
      reports.emit({ type: "message.buried", envelope, reason, ...(mailbox && { mailbox }) });
  }

  /** The same of one that nobody but the store knows of. */
  told(death: Death): void {
    this.kept(death);
    this.#shelf.env.died(this.#letter(death));
  }

  /** Tells of a letter that the start found: its attempts had ended the process. */
  found(letter: DeadLetter): void {
    this.kept(letter);
    this.#shelf.env.died(letter);
  }

  /** Gives up a message that has left its mailbox, and tells of it. */
  tell(death: Death, row: number, box?: DiskBox): void {
    const { journal } = this.#shelf;
    journal.group();
    if (box) gone(journal, box, death.envelope, row);
    this.write(journal, death, row);
    journal.end(() => this.told(death), true);
  }

  #letter(death: Death): DeadLetter {
    return letterOf(death, this.#shelf.clock.now());
  }
}
