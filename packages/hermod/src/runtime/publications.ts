/** Publications: numbers what a system publishes on each topic, so that whoever subscribes can tell a loss by a gap. */
import type { Address } from "../core/address.ts";
import type { Publication } from "../core/envelope.ts";

/** Topics whose numbers are remembered; the one published to longest ago goes first, and begins anew. */
const MOST = 10_000;

export class Publications {
  readonly #by: Address;
  #recent = new Map<string, number>();
  #older = new Map<string, number>();

  constructor(by: Address) {
    this.#by = by;
  }

  /** The place of the next message on a topic. */
  next(topic: string): Publication {
    const number = (this.#recent.get(topic) ?? this.#older.get(topic) ?? 0) + 1;
    // Two maps that change places: to forget the oldest of one map costs more than the rest of a publish.
    if (this.#recent.size >= MOST / 2) {
      this.#older = this.#recent;
      this.#recent = new Map();
    }
    this.#recent.set(topic, number);
    return Object.freeze({ by: this.#by, number });
  }
}
