/**
 * Quarantine: messages whose attempts had not ended when the process did. One of them may have caused it, so they are handed out one
 * at a time: the next end says which, and those that only ran beside it are not charged again.
 */
import type { DiskBox } from "./box.ts";

/** A suspect that waits for its turn. */
interface Suspect {
  readonly row: number;
  readonly box: DiskBox;
  readonly show: () => void;
}

export class Quarantine {
  readonly #rows: Set<number>;
  readonly #stir: (box: DiskBox) => void;
  #queue: Suspect[] = [];
  #out: Suspect | undefined;

  /** Begins with the numbers of the rows that are suspected; `stir` is told of a mailbox in which one was shown. */
  constructor(rows: readonly number[], stir: (box: DiskBox) => void) {
    this.#rows = new Set(rows);
    this.#stir = stir;
  }

  /** Shows a message of the file: at once, or a suspect when no other one is out. */
  admit(row: number, box: DiskBox, show: () => void): void {
    if (!this.#rows.has(row)) return show();
    this.#queue.push({ row, box, show });
    box.quarantined++;
    this.#next();
  }

  /** An attempt has ended and the process has not, or the message is gone. */
  acquit(row: number): void {
    if (!this.#rows.delete(row) || this.#out?.row !== row) return;
    this.#out.box.suspects = false;
    this.#out = undefined;
    this.#next();
  }

  /** Nobody serves a mailbox any longer: its suspects hold up no others, and are fetched again when somebody does. */
  skip(box: DiskBox): void {
    this.#queue = this.#queue.filter((suspect) => suspect.box !== box);
    box.late += box.quarantined;
    box.quarantined = 0;
    if (this.#out?.box === box && box.running.length === 0) this.acquit(this.#out.row);
  }

  #next(): void {
    while (this.#out === undefined && this.#queue.length > 0) {
      const next = this.#queue.shift() as Suspect;
      next.box.quarantined--;
      if (next.box.removed) continue;
      this.#out = next;
      next.box.suspects = true;
      next.show();
      this.#stir(next.box);
    }
  }
}
