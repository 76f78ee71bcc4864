/** Graveyard: the dead letters, bounded by count. The bound is announced before it is reached, and passing it is reported. */
import type { Filter } from "../../core/filter.ts";
import { matches } from "../../core/filter.ts";
import type { Reporter } from "../../core/report.ts";
import type { DeadLetter } from "../../core/store.ts";

/** Part of the bound at which the operator is told. */
const ALARM = 0.8;

interface Grave {
  readonly sequence: number;
  readonly letter: DeadLetter;
}

export class Graveyard {
  readonly #graves = new Map<string, Grave>();
  readonly #most: number;
  readonly #reports: Reporter;
  #sequence = 0;

  constructor(most: number, reports: Reporter) {
    this.#most = most;
    this.#reports = reports;
  }

  get(id: string): DeadLetter | undefined {
    return this.#graves.get(id)?.letter;
  }

  add(letter: DeadLetter): void {
    this.#graves.delete(letter.id);
    this.#graves.set(letter.id, { sequence: ++this.#sequence, letter });
    this.#watch();
  }

  delete(id: string): boolean {
    return this.#graves.delete(id);
  }

  /** Letters after a sequence number that match, oldest first. */
  *list(after: number, where: Filter, now: number): IterableIterator<Grave> {
    for (const grave of this.#graves.values()) {
      if (grave.sequence > after && matches(where, subject(grave.letter), now)) yield grave;
    }
  }

  #watch(): void {
    const count = this.#graves.size;
    if (count === Math.ceil(this.#most * ALARM)) {
      this.#reports.emit({ type: "dead-letters.filled", count, most: this.#most });
    }
    if (count <= this.#most) return;
    const [oldest] = this.#graves.keys();
    this.#graves.delete(oldest as string);
    this.#reports.emit({ type: "dead-letters.overflowed", discarded: oldest as string, most: this.#most });
  }
}

function subject({ envelope, reason, attempts, error }: DeadLetter) {
  return { envelope, reason, state: "dead", attempts: attempts.length, ...(error && { error: error.message }) };
}
