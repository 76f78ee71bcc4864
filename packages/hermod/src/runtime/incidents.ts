/** Incidents: what broke lately and was started again, or not: the newest, as a system remembers them for whoever looks. */
import type { Address } from "../core/address.ts";
import type { Clock } from "../core/clock.ts";
import { describe } from "../core/errors.ts";
import { Ring } from "../core/ring.ts";

/** What happened to a place in the tree; the time is UTC milliseconds. */
export interface Incident {
  readonly at: number;
  readonly name: Address;
  /** "crashed": it broke; "restarted": it runs again; "escalated": it gave up, and who stands above decides; "failed": nobody does. */
  readonly what: "crashed" | "restarted" | "escalated" | "failed";
  /** Why, in words. */
  readonly why?: string;
  /** The message that it was working on. */
  readonly message?: string;
}

const MOST = 200;
const MOST_WORDS = 500;

export class Incidents {
  readonly #clock: Clock;
  readonly #kept = new Ring<Incident>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  note(what: Incident["what"], name: Address, error?: unknown, message?: string): void {
    const why = error === undefined ? {} : { why: describe(error).slice(0, MOST_WORDS) };
    this.#kept.push({ at: this.#clock.now(), name, what, ...why, ...(message !== undefined && { message }) });
    if (this.#kept.length > MOST) this.#kept.shift();
  }

  /** The oldest first. */
  list(): Incident[] {
    return Array.from({ length: this.#kept.length }, (_, at) => this.#kept.at(at) as Incident);
  }
}
