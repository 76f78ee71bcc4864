/**
 * Part reader: the parts of a task as somebody outside reads them, until its end. No generator: each that a part passes through costs it. An
 * iteration can be dropped also while its next part is waited for, and ends without a word then.
 */
import type { Part } from "../agent/task.ts";
import { isPromise, type Maybe } from "../core/maybe.ts";
import type { TaskEntry } from "../core/tasklog.ts";
import type { Following } from "./following.ts";
import type { Listener } from "./wait.ts";

/** What reading needs, once it is known. */
export interface Reading<C> {
  readonly following: Following;
  /** Ends the following. */
  readonly leave: () => void;
  /** What the contract makes of a part, where it says anything of it. */
  readonly valueOf: ((value: unknown) => Maybe<C>) | undefined;
  /** The reader is done with the part of this number; undefined where nobody wants to know. */
  readonly read: ((number: number) => void) | undefined;
  /** @throws what the task has failed with. */
  readonly check: () => void;
}

type Result<C> = IteratorResult<Part<C>, undefined>;

const DONE = { done: true, value: undefined } as const;
const none: readonly TaskEntry[] = [];

export class PartReader<C> implements AsyncIterableIterator<Part<C>, undefined>, Listener {
  readonly #begin: (dropped: AbortSignal) => Promise<Reading<C>>;
  readonly #drop = new AbortController();
  #reading: Reading<C> | undefined;
  /** What is there and was not handed out: from `#at` on. */
  #page = none;
  #at = 0;
  /** The part that was handed out last. */
  #last: number | undefined;
  /** The last that was asked for and is not answered, and how many wait for another one's answer. */
  #asked: Promise<Result<C>> | undefined;
  #queued = 0;
  /** Answers whoever waits for a wake. */
  #resolve: ((result: Maybe<Result<C>>) => void) | undefined;
  #over = false;

  constructor(begin: (dropped: AbortSignal) => Promise<Reading<C>>) {
    this.#begin = begin;
  }

  next(): Promise<Result<C>> {
    const before = this.#asked;
    if (before) {
      this.#queued++;
      return this.#await(before.then(this.#again, this.#again));
    }
    const result = this.#next();
    return isPromise(result) ? this.#await(result as Promise<Result<C>>) : Promise.resolve(result);
  }

  async return(): Promise<Result<C>> {
    this.#drop.abort();
    await this.#asked?.catch(() => undefined);
    this.#end();
    return DONE;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #await(result: Promise<Result<C>>): Promise<Result<C>> {
    return (this.#asked = result);
  }

  readonly #again = (): Maybe<Result<C>> => {
    this.#queued--;
    return this.#answered(this.#next());
  };

  /** What is there, or a promise of what comes; never throws. */
  #next(): Maybe<Result<C>> {
    if (this.#over) return DONE;
    if (this.#reading === undefined) return this.#first();
    try {
      // Whoever asks for the next one is done with this one.
      if (this.#last !== undefined) this.#reading.read?.(this.#last);
      return this.#step(this.#reading);
    } catch (error) {
      return this.#failed(error);
    }
  }

  async #first(): Promise<Result<C>> {
    try {
      this.#reading = await this.#begin(this.#drop.signal);
      return await this.#answered(this.#next());
    } catch (error) {
      return this.#failed(error);
    }
  }

  #step(reading: Reading<C>): Maybe<Result<C>> {
    for (;;) {
      const part = this.#taken(reading);
      if (part) return part;
      const more = reading.following.more(this);
      if (more === undefined) return new Promise(this.#wait);
      if (isPromise(more)) return (more as Promise<boolean>).then(this.#went, this.#failed);
      if (!more) return this.#ended(reading);
      const page = reading.following.read();
      if (isPromise(page)) return (page as Promise<readonly TaskEntry[]>).then(this.#came, this.#failed);
      [this.#page, this.#at] = [page as readonly TaskEntry[], 0];
    }
  }

  /** The next part of those that are there; the others are nobody's. */
  #taken(reading: Reading<C>): Maybe<Result<C>> | undefined {
    while (this.#at < this.#page.length) {
      const part = this.#part(reading, this.#page[this.#at++] as TaskEntry);
      if (part) return part;
    }
    return undefined;
  }

  #part({ following, valueOf }: Reading<C>, entry: TaskEntry): Maybe<Result<C>> | undefined {
    const number = following.take(entry);
    if (number === undefined || entry.type !== "part") return undefined;
    const { attempt } = entry;
    const value = valueOf ? valueOf(entry.value) : (entry.value as C);
    this.#last = number;
    if (!isPromise(value)) return { done: false, value: { number, attempt, value: value as C } };
    return (value as Promise<C>).then(
      (ready) => this.#answered({ done: false, value: { number, attempt, value: ready } }),
      this.#failed,
    );
  }

  readonly #wait = (resolve: (result: Maybe<Result<C>>) => void): void => {
    this.#resolve = resolve;
  };

  /** What it waits for may be there. */
  told(number?: number, part?: unknown): void {
    const resolve = this.#resolve;
    this.#resolve = undefined;
    resolve?.(this.#heard(number, part));
  }

  /** What is told of is taken as it is: most tokens are read by who waits for them, and each step to the store costs them. */
  #heard(number: number | undefined, part: unknown): Maybe<Result<C>> {
    const reading = this.#reading as Reading<C>;
    const entry = reading.following.told(number, part);
    if (entry === undefined) return this.#went(true);
    try {
      return this.#answered(this.#part(reading, entry) ?? this.#step(reading));
    } catch (error) {
      return this.#failed(error);
    }
  }

  readonly #went = (more: boolean): Maybe<Result<C>> => {
    try {
      const reading = this.#reading as Reading<C>;
      if (!more) return this.#answered(this.#ended(reading));
      const page = reading.following.read();
      if (isPromise(page)) return (page as Promise<readonly TaskEntry[]>).then(this.#came, this.#failed);
      return this.#came(page as readonly TaskEntry[]);
    } catch (error) {
      return this.#failed(error);
    }
  };

  readonly #came = (page: readonly TaskEntry[]): Maybe<Result<C>> => {
    try {
      [this.#page, this.#at] = [page, 0];
      return this.#answered(this.#step(this.#reading as Reading<C>));
    } catch (error) {
      return this.#failed(error);
    }
  };

  /** An answer is there: whoever asks next need not wait for it, where nobody does already. */
  #answered(result: Maybe<Result<C>>): Maybe<Result<C>> {
    if (!isPromise(result) && this.#queued === 0) this.#asked = undefined;
    return result;
  }

  #ended(reading: Reading<C>): Result<C> {
    this.#end();
    reading.check();
    return DONE;
  }

  readonly #failed = (error: unknown): Promise<Result<C>> => {
    this.#end();
    return this.#drop.signal.aborted ? Promise.resolve(DONE) : Promise.reject(error as Error);
  };

  #end(): void {
    if (this.#over) return;
    this.#over = true;
    this.#reading?.leave();
  }
}
