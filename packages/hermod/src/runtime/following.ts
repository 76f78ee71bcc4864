/** Following: reads the entries of a task after a number, those that are there and those to come, until it has ended or the time is over. */
import type { HermodError } from "../core/errors.ts";
import { isPromise, type Maybe } from "../core/maybe.ts";
import type { TaskEnd, TaskEntry } from "../core/tasklog.ts";
import type { Listener, Wait } from "./wait.ts";

/** Entries of one reading: what a reader that never goes on can hold. */
export const PAGE = 256;

/** What following needs. */
export interface FollowingParts {
  /** Ended by the time limit; woken also by the store and the reader's signal. */
  readonly wait: Wait;
  page(after: number): Maybe<readonly TaskEntry[]>;
  /** True when nothing more will be said. */
  isOver(): Promise<boolean>;
  /** @throws the reader's reason to stop. */
  check(): void;
  /** Why nobody can wait in a system that has ended. */
  closed(): HermodError;
}

export class Following {
  readonly #parts: FollowingParts;
  readonly #after: number;
  #number: number;
  /** Entries of the last reading; undefined before the first. */
  #length: number | undefined;
  #end: TaskEnd | undefined;
  #isOver = false;

  constructor(after: number, parts: FollowingParts) {
    this.#parts = parts;
    this.#after = after;
    this.#number = after;
  }

  /** The end, once it was taken. */
  get end(): TaskEnd | undefined {
    return this.#end;
  }

  /**
   * Whether there may be more to read; false when there will not be. Where that is not known yet a promise, or undefined with a `listener`, which is
   * told once there may be: a promise costs each entry.
   */
  more(): Maybe<boolean>;
  more(listener: Listener): Maybe<boolean> | undefined;
  more(listener?: Listener): Maybe<boolean> | undefined {
    const { wait } = this.#parts;
    const hasAll = this.#end !== undefined || this.#isOver;
    if (this.#length === undefined) return true;
    if (this.#length === 0 && hasAll) return false;
    if (this.#length > 0 && (hasAll || this.#length === PAGE) && !wait.over) return true;
    if (this.#number === this.#after && !this.#isOver) return this.#lookBack();
    return this.#wait(listener);
  }

  /** The entries that are there and were not read yet; each is for `take`. @throws the reader's reason to stop. */
  read(): Maybe<readonly TaskEntry[]> {
    this.#parts.check();
    const page = this.#parts.page(this.#number);
    if (isPromise(page)) return this.#later(page as Promise<readonly TaskEntry[]>);
    this.#length = page.length;
    return page;
  }

  /** The entry that a wake told of, where it is the next one: it need not be read. */
  told(number: number | undefined, part: unknown): TaskEntry | undefined {
    if (number !== this.#number + 1) return undefined;
    this.#length = 1;
    return part as TaskEntry;
  }

  async #later(asked: Promise<readonly TaskEntry[]>): Promise<readonly TaskEntry[]> {
    const page = await asked;
    this.#length = page.length;
    return page;
  }

  /** The number of the next entry of a reading; undefined for one that is nobody's: what an attempt says that is not the last one, or says too late. */
  take(entry: TaskEntry): number | undefined {
    this.#number++;
    if (this.#end && entry.type !== "again") return undefined;
    // One that was given back may end anew.
    this.#end = entry.type === "end" ? entry : undefined;
    return this.#number;
  }

  /** Whoever has seen nothing yet may have come after the end, and what came before it is to be read once more. */
  async #lookBack(): Promise<boolean> {
    this.#isOver = await this.#parts.isOver();
    return this.#isOver || (this.#mayWait() && this.#parts.wait.next());
  }

  #wait(listener: Listener | undefined): Maybe<boolean> | undefined {
    if (!this.#mayWait()) return false;
    const { wait } = this.#parts;
    if (listener === undefined) return wait.next();
    if (wait.now()) return true;
    wait.heed(listener);
    return undefined;
  }

  /** An ending system still tells what has ended. */
  #mayWait(): boolean {
    const { wait } = this.#parts;
    if (wait.over) return false;
    if (wait.isClosed) throw this.#parts.closed();
    return true;
  }
}
