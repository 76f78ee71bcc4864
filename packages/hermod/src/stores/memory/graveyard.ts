/** Graveyard: the dead letters, bounded by count and age. The bound is announced before it is reached, and what goes is reported. */
import type { Filter } from "../../core/filter.ts";
import { matches } from "../../core/filter.ts";
import type { Reporter } from "../../core/report.ts";
import type { DeadLetter } from "../../core/store.ts";

/** Part of the bound at which the operator is told. */
const ALARM = 0.8;

/** How many dead letters are kept, and for how many milliseconds. */
export interface GraveyardBounds {
  readonly count: number;
  readonly age: number;
}

interface Grave {
  readonly sequence: number;
  readonly letter: DeadLetter;
}

export class Graveyard {
  readonly #graves = new Map<string, Grave>();
  readonly #bounds: GraveyardBounds;
  readonly #reports: Reporter;
  #sequence = 0;

  constructor(bounds: GraveyardBounds, reports: Reporter) {
    this.#bounds = bounds;
    this.#reports = reports;
  }

  get(id: string): DeadLetter | undefined {
    return this.#graves.get(id)?.letter;
  }

  add(letter: DeadLetter): void {
    this.#graves.delete(letter.id);
    this.#graves.set(letter.id, { sequence: ++this.#sequence, letter });
    this.#forget(letter.diedAt);
    this.#watch();
  }

  delete(id: string): boolean {
    return this.#graves.delete(id);
  }

  /** How many there are now. */
  count(now: number): number {
    this.#forget(now);
    return this.#graves.size;
  }

  /** Letters after a sequence number that match, oldest first. */
  *list(after: number, where: Filter, now: number): IterableIterator<Grave> {
    this.#forget(now);
    for (const grave of this.#graves.values()) {
      if (grave.sequence > after && matches(where, subject(grave.letter), now)) yield grave;
    }
  }

  #watch(): void {
    const { count: most } = this.#bounds;
    const count = this.#graves.size;
    if (count === Math.ceil(most * ALARM)) this.#reports.emit({ type: "dead-letters.filled", count, most });
  }

  /** Discards what is too old or too much; letters stand in the order of their deaths. */
  #forget(now: number): void {
    for (const [id, { letter }] of this.#graves) {
      const tooMany = this.#graves.size > this.#bounds.count;
      if (!tooMany && letter.diedAt + this.#bounds.age >= now) return;
      this.#graves.delete(id);
      this.#reports.emit({ type: "dead-letters.discarded", id, bound: tooMany ? "count" : "age" });
    }
  }
}

function subject({ envelope, reason, attempts, error }: DeadLetter) {
  return {
    envelope,
    reason,
    state: "dead",
    attempts: attempts.length,
    ...(error && { error: error.message }),
  };
}
