/** Redrives: how a dead letter goes back to its mailbox, or to those that are bound to its topic now. */
import type { Address } from "../../core/address.ts";
import type { Envelope } from "../../core/envelope.ts";
import type { Operated, Operation } from "../../core/store.ts";
import type { Capacity } from "../shelf/capacity.ts";
import { fromBody } from "./body.ts";
import type { DiskBox } from "./box.ts";
import { Change } from "./protocol.ts";
import type { LetterRow } from "./questions.ts";
import { moved } from "./rows.ts";
import type { DiskShelf } from "./shelf.ts";
import type { Writing } from "./writing.ts";

/** What came back from the dead so often is given back only by force. */
const MOST_GENERATIONS = 2;

/** A dead letter with its message. */
interface Letter {
  readonly row: LetterRow;
  readonly envelope: Envelope;
}

export class Redrives {
  readonly #shelf: DiskShelf;
  readonly #capacity: Capacity;
  readonly #writing: Writing;
  readonly #find: (id: string) => Promise<LetterRow | undefined>;

  constructor(
    shelf: DiskShelf,
    capacity: Capacity,
    writing: Writing,
    find: (id: string) => Promise<LetterRow | undefined>,
  ) {
    this.#shelf = shelf;
    this.#capacity = capacity;
    this.#writing = writing;
    this.#find = find;
  }

  async redrive({ id, force, dryRun }: Operation & { readonly type: "redrive" }): Promise<Operated> {
    const row = await this.#find(id);
    if (row === undefined) return { status: "missing" };
    const letter = { row, envelope: fromBody(row.body) };
    const boxes = this.#recipients(letter);
    if (boxes.length === 0) return { status: "no-recipient" };
    const { deadline } = letter.envelope;
    if (deadline !== undefined && this.#shelf.clock.now() > deadline) return { status: "expired" };
    if (row.generation >= MOST_GENERATIONS && !force) return { status: "needs-force" };
    if (!isForTopic(letter) && this.#capacity.full(boxes[0] as DiskBox, letter.envelope))
      return { status: "full" };
    return dryRun ? { status: "done", count: 1 } : this.#giveBack(boxes, letter);
  }

  /** The mailbox that the letter was for, or those that its topic reaches now. */
  #recipients(letter: Letter): readonly DiskBox[] {
    const { row, envelope } = letter;
    if (isForTopic(letter)) return this.#shelf.boundTo(envelope);
    const box = this.#shelf.boxOf((row.mailbox as Address | undefined) ?? envelope.to);
    return box === undefined ? [] : [box];
  }

  #giveBack(boxes: readonly DiskBox[], letter: Letter): Promise<Operated> {
    const { row, envelope } = letter;
    const group = this.#writing.begin(true);
    group.journal.add(Change.undie, row.id);
    if (isForTopic(letter)) {
      moved(group.journal, row.seq, this.#shelf.nextStep(), "replaced");
      group.copies(envelope, boxes, row.seq, row.generation + 1);
    } else {
      group.giveBack(boxes[0] as DiskBox, envelope, row.seq, row.generation + 1);
    }
    return new Promise((resolve, reject) => {
      group.end((outcome) => {
        if (outcome?.type === "failed") reject(outcome.error);
        else resolve(outcome?.type === "missing" ? { status: "missing" } : { status: "done", count: 1 });
      });
    });
  }
}

/** True for a published message that never had a mailbox. */
function isForTopic({ row, envelope }: Letter): boolean {
  return row.mailbox === undefined && envelope.to === undefined;
}
