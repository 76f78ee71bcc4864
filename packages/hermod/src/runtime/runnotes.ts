/**
 * Run notes: the lines of log and the calls of models of one attempt, gathered and recorded beside its message: some at a time, and all before it
 * is settled. The handler waits for none of it.
 */
import type { Address } from "../core/address.ts";
import type { Clock } from "../core/clock.ts";
import { isPromise } from "../core/maybe.ts";
import { noteLimits, type Note, type Notes } from "../core/note.ts";
import { sizeOf } from "../core/codec.ts";
import type { Store } from "../core/store.ts";
import type { Reports } from "./reports.ts";
import type { Timer, Timers } from "./timers.ts";

/** What keeping needs. */
export interface RunNotesParts {
  readonly clock: Clock;
  readonly store: Store;
  readonly timers: Timers;
  readonly reports: Reports;
}

/** Whose notes they are. */
interface Attempt {
  /** Id of the message. */
  readonly id: string;
  readonly agent: Address;
  readonly attempt: number;
}

/** How long a line waits for others, in milliseconds: a long handler's are to be seen while it works. */
const GATHERED = 1000;

export class RunNotes {
  readonly #parts: RunNotesParts;
  readonly #of: Attempt;
  #gathered: Note[] = [];
  #count = 0;
  #size = 0;
  #cut = 0;
  /** How many of those that were cut are recorded as such. */
  #told = 0;
  #timer: Timer | undefined;

  constructor(parts: RunNotesParts, of: Attempt) {
    this.#parts = parts;
    this.#of = of;
  }

  add(note: Note): void {
    const size = sizeOf(note);
    if (this.#count >= noteLimits.notes || this.#size + size > noteLimits.size) this.#cut++;
    else {
      this.#count++;
      this.#size += size;
      this.#gathered.push(note);
    }
    this.#timer ??= this.#parts.timers.set(GATHERED, () => this.flush());
  }

  /** Records what was gathered. What finds no room is lost: the work does not fail for what is said of it. */
  flush(): void {
    this.#timer?.done();
    this.#timer = undefined;
    if (this.#gathered.length === 0 && this.#cut === this.#told) return;
    const notes = this.#gathered;
    this.#gathered = [];
    this.#told = this.#cut;
    const { id, agent, attempt } = this.#of;
    const cut = this.#cut > 0 ? { cut: this.#cut } : {};
    this.#record(id, { type: "notes", agent, attempt, notes, ...cut });
  }

  #record(id: string, notes: Notes): void {
    const lost = (error: unknown): void =>
      this.#parts.reports.emit({ type: "store.failed", step: "record notes", error });
    try {
      const recorded = this.#parts.store.record(id, notes);
      if (isPromise(recorded)) void (recorded as Promise<number>).catch(lost);
    } catch (error) {
      lost(error);
    }
  }
}
