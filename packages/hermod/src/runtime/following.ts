/** Following: reads the entries of a task after a number, those that are there and those to come, until it has ended or the time is over. */
import { isPromise, type Maybe } from "../core/maybe.ts";
import type { TaskEntry } from "../core/tasklog.ts";
import type { Wait } from "./wait.ts";

/** Entries of one reading: what a reader that never goes on can hold. */
export const PAGE = 256;

/** An entry with its number. */
export interface Numbered {
  readonly number: number;
  readonly entry: TaskEntry;
}

/** What following needs. */
export interface FollowingParts {
  /** Ended by the time limit; woken also by the store and the reader's signal. */
  readonly wait: Wait;
  page(after: number): Maybe<readonly TaskEntry[]>;
  /** True when nothing more will be said. */
  isOver(): Promise<boolean>;
  /** @throws the reader's reason to stop, or HermodError HERMOD_CLOSED in a system that has ended. */
  check(waits: boolean): void;
}

export class Following {
  readonly #parts: FollowingParts;
  readonly #after: number;
  #number: number;
  /** Entries of the last reading; undefined before the first. */
  #length: number | undefined;
  #ended = false;
  #isOver = false;

  constructor(after: number, parts: FollowingParts) {
    this.#parts = parts;
    this.#after = after;
    this.#number = after;
  }

  /** The next entries as soon as there are some; undefined when none will follow. No generator: each that an entry passes through costs it. */
  async next(): Promise<readonly Numbered[] | undefined> {
    for (;;) {
      const goesOn = this.#goesOn();
      if (!(isPromise(goesOn) ? await goesOn : goesOn)) return undefined;
      this.#parts.check(false);
      const asked = this.#parts.page(this.#number);
      const fresh = this.#read((isPromise(asked) ? await asked : asked) as readonly TaskEntry[]);
      if (fresh.length > 0) return fresh;
    }
  }

  /** Waits until there may be more; false when there will not be. */
  #goesOn(): Maybe<boolean> {
    const { wait } = this.#parts;
    const hasAll = this.#ended || this.#isOver;
    if (this.#length === undefined) return true;
    if (this.#length === 0 && hasAll) return false;
    if (this.#length > 0 && (hasAll || this.#length === PAGE) && !wait.over) return true;
    if (this.#number === this.#after && !this.#isOver) return this.#lookBack();
    return this.#wait();
  }

  /** Whoever has seen nothing yet may have come after the end, and what came before it is to be read once more. */
  async #lookBack(): Promise<boolean> {
    this.#isOver = await this.#parts.isOver();
    return this.#isOver || this.#wait();
  }

  #wait(): Maybe<boolean> {
    const { wait } = this.#parts;
    if (wait.over) return false;
    // An ending system still tells what has ended.
    this.#parts.check(true);
    return wait.next();
  }

  #read(page: readonly TaskEntry[]): readonly Numbered[] {
    this.#length = page.length;
    const fresh: Numbered[] = [];
    for (const entry of page) {
      this.#number++;
      // What an attempt says that is not the last one, or says too late, is nobody's.
      if (this.#ended && entry.type !== "again") continue;
      this.#ended = entry.type === "end";
      fresh.push({ number: this.#number, entry });
    }
    return fresh;
  }
}
