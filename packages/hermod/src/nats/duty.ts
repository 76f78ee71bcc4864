/**
 * Duty: when a partition's chores are done. Behind some 250 messages, or when nothing was written for a while. While its journal is short of room they
 * are what makes room: they go on then, and while there is nothing to do for them, each after a longer pause, so that they do not fill the journal.
 */

/** Values after which a piece of the chores is due, also while no end of the batches is in sight: some 250 messages. */
const DUE = 5000;
/** Milliseconds without a batch after which the chores are done. */
const REST = 200;
/** By how much each pause without work is longer than the one before: some 70 records in a month. */
const LONGER = 1.25;

export class Duty {
  /** Values that were written since the last chores. */
  #undone = 0;
  #pause = REST;
  /** When they go on in a journal that is short, by the monotonic clock. */
  #next: number | undefined;

  /** True where a record of so many values is to do them too. */
  isDue(values: number): boolean {
    return this.#undone + values >= DUE;
  }

  /** So many values were written. */
  wrote(values: number, withChores: boolean): void {
    this.#undone = withChores ? 0 : this.#undone + values;
    if (values > 0) [this.#next, this.#pause] = [undefined, REST];
  }

  /** The time that was waited for has come. */
  begin(): void {
    [this.#undone, this.#next, this.#pause] = [DUE, undefined, this.#pause * LONGER];
  }

  /** They are to be done with the next record. */
  press(): void {
    this.#undone = DUE;
  }

  /** Some are left. */
  more(): void {
    [this.#undone, this.#next, this.#pause] = [DUE, undefined, REST];
  }

  /** Milliseconds until they are to be done; undefined while there is nothing to do for them. */
  wait(now: number, isShort: boolean): number | undefined {
    if (isShort) return Math.max(0, (this.#next ??= now + this.#pause) - now);
    [this.#next, this.#pause] = [undefined, REST];
    return this.#undone > 0 ? REST : undefined;
  }
}
