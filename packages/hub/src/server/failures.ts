/**
 * Failures: tokens that were wrong, counted by address. Beyond a rate whoever guesses is told to wait, and learns nothing; whoever has a good token
 * comes in all the same, since others may share the address.
 */
import { HermodError } from "hermod";

/** Most failures of one address in a minute before it is told to wait; most addresses that are counted. */
const MOST_FAILURES = 20;
const MINUTE = 60_000;
const MOST_ADDRESSES = 10_000;

interface Failed {
  readonly since: number;
  count: number;
}

export class Failures {
  readonly #failed = new Map<string, Failed>();

  /** What `identify` gives. @throws what it throws, or HermodError HERMOD_RATE_LIMITED when that was often. */
  watch<T>(address: string | undefined, identify: () => T): T {
    try {
      return identify();
    } catch (error) {
      this.note(address ?? "", Date.now());
      throw error;
    }
  }

  /** A token was wrong. @throws HermodError HERMOD_RATE_LIMITED when there were many. */
  note(address: string, now: number): void {
    const failed = this.#of(address, now);
    if (++failed.count <= MOST_FAILURES) return;
    const retryAfter = failed.since + MINUTE - now;
    throw new HermodError("HERMOD_RATE_LIMITED", `more than ${MOST_FAILURES} wrong tokens in a minute`, {
      details: { limit: "failures", value: MOST_FAILURES, retryAfter },
      hint: "Wait, and give a token that the hub knows.",
    });
  }

  #of(address: string, now: number): Failed {
    const known = this.#failed.get(address);
    if (known && now - known.since < MINUTE) return known;
    const failed = { since: now, count: 0 };
    this.#failed.delete(address);
    const [oldest] = this.#failed.keys();
    if (this.#failed.size >= MOST_ADDRESSES && oldest !== undefined) this.#failed.delete(oldest);
    this.#failed.set(address, failed);
    return failed;
  }
}
