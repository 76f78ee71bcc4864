/**
 * Quarantine: messages whose attempts had not ended when the process did. One of them may have caused it, so one after the other is
 * handed out, each a moment alone, and once begun a longer one where the attempt is its last: the next end says which of them
 * it was, and what only ran beside it is not given up for it. No moment is without end, since a suspect may wait for another one:
 * who hands out tasks and those who work on them were ended together. Nothing is handed out from behind a suspect that waits, so that
 * order holds.
 */
import type { Cancel, Clock } from "../../core/clock.ts";
import type { Envelope } from "../../core/envelope.ts";
import type { DiskBox } from "./box.ts";

/** Milliseconds that a suspect has for itself: what ends a process mostly does so at once. */
const ALONE = 1000;
/** The same on its last attempt, once begun. Less than the time that calls mostly have: one may be for who stands behind a suspect. */
const LAST = 10_000;

/** A message that is suspected. */
export interface Suspect {
  readonly row: number;
  readonly box: DiskBox;
  /** True when it dies if this attempt fails. */
  readonly isLast: boolean;
  /** Lets it be seen. */
  readonly show: () => void;
}

export class Quarantine {
  readonly #clock: Clock;
  readonly #rows: Set<number>;
  readonly #stir: (box: DiskBox) => void;
  readonly #out = new Map<number, Suspect>();
  readonly #begun = new Set<Suspect>();
  #queue: Suspect[] = [];
  #alone: Suspect | undefined;
  #timer: Cancel | undefined;

  /** Begins with the numbers of the rows that are suspected; `stir` is told of a mailbox in which one was shown. */
  constructor(rows: readonly number[], clock: Clock, stir: (box: DiskBox) => void) {
    this.#rows = new Set(rows);
    this.#clock = clock;
    this.#stir = stir;
  }

  /** Shows a message of the file: at once, or a suspect when its turn has come. */
  admit(suspect: Suspect): void {
    if (!this.#rows.has(suspect.row)) return suspect.show();
    this.#queue.push(suspect);
    suspect.box.quarantined++;
    this.#next();
  }

  /** Which messages of a mailbox stand behind none of its suspects that wait, or are one whose turn has come. */
  passer(box: DiskBox): (envelope: Envelope) => boolean {
    const first = this.#queue.reduce(
      (least, { row, box: of }) => (of === box ? Math.min(least, row) : least),
      Infinity,
    );
    return (envelope) => {
      const row = box.rows.get(envelope) ?? 0;
      return this.#out.has(row) || (row > 0 && row < first);
    };
  }

  /** An attempt begins: from now on it has its moment. */
  began(row: number): void {
    const suspect = this.#out.get(row);
    if (suspect === undefined || this.#begun.has(suspect)) return;
    this.#begun.add(suspect);
    suspect.box.standing--;
    if (this.#alone === suspect) this.#wait();
  }

  /** An attempt has ended and the process has not, or the message is gone. */
  acquit(row: number): void {
    const suspect = this.#rows.delete(row) ? this.#out.get(row) : undefined;
    if (suspect === undefined) return;
    this.#out.delete(row);
    suspect.box.suspects--;
    if (!this.#begun.delete(suspect)) suspect.box.standing--;
    if (this.#alone === suspect) this.#goOn();
  }

  /** Nobody serves a mailbox any longer: its suspects hold up no others, and are fetched again when somebody does. */
  skip(box: DiskBox): void {
    this.#queue = this.#queue.filter((suspect) => suspect.box !== box);
    box.late += box.quarantined;
    box.quarantined = 0;
    if (this.#alone?.box === box && box.running.length === 0) this.#goOn();
  }

  close(): void {
    this.#timer?.();
    this.#queue = [];
  }

  #goOn(): void {
    this.#timer?.();
    this.#alone = undefined;
    this.#next();
  }

  #next(): void {
    while (this.#alone === undefined && this.#queue.length > 0) {
      const next = this.#queue.shift() as Suspect;
      next.box.quarantined--;
      if (!next.box.removed) this.#show(next);
    }
  }

  #show(suspect: Suspect): void {
    const { row, box } = suspect;
    this.#alone = suspect;
    this.#out.set(row, suspect);
    box.suspects++;
    box.standing++;
    suspect.show();
    this.#wait();
    this.#stir(box);
  }

  #wait(): void {
    this.#timer?.();
    this.#timer = undefined;
    const alone = this.#alone as Suspect;
    // One that nobody takes, as in a mailbox to pull from, must not hold up the others for long.
    const moment = alone.isLast && this.#begun.has(alone) ? LAST : ALONE;
    this.#timer = this.#clock.after(moment, () => this.#goOn(), true);
  }
}
