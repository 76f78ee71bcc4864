/**
 * Rate limit: what one endpoint takes of the calls of a model: so many requests and tokens in any 60 s, so many calls at once, and nothing while
 * it has asked for a pause. Pure: times are handed in, monotonic milliseconds that never go back.
 *
 * A call counts from its beginning on, for 60 s: one request, and the tokens that it may use, which its real ones replace when it has ended.
 */
import type { Random } from "./id.ts";
import type { ModelLimits } from "./model.ts";
import { aText, checkOptions, wholeNumber } from "./options.ts";
import { retryDelay, type RetryPolicy } from "./retry.ts";
import { Ring } from "./ring.ts";

const MINUTE = 60_000;
/** Longest pause that an endpoint is believed. */
const DAY = 86_400_000;

/** How long to pause where the endpoint does not say it. */
const backoff: RetryPolicy = { retries: 0, base: 1000, factor: 2, cap: MINUTE, jitter: "none" };

/** The limits, checked. @throws HermodError HERMOD_BAD_OPTION. */
export function toModelLimits(what: string, limits: ModelLimits): ModelLimits {
  checkOptions(what, limits, ["key", ...amounts]);
  if (limits.key !== undefined) aText(`${what}.key`, limits.key);
  for (const name of amounts) if (limits[name] !== undefined) wholeNumber(`${what}.${name}`, limits[name], 1);
  return Object.freeze({ ...limits });
}

const amounts = ["requests", "tokens", "concurrency"] as const;
type Most = Readonly<Record<(typeof amounts)[number], number>>;

/** A call that has begun. */
export interface Admission {
  readonly at: number;
  /** The refusals before it. */
  readonly era: number;
  tokens: number;
  /** True while it counts. */
  counts: boolean;
}

export class RateLimit {
  #most: Most = { requests: Infinity, tokens: Infinity, concurrency: Infinity };
  /** What counts, oldest first. */
  readonly #counted = new Ring<Admission>();
  #tokens = 0;
  #running = 0;
  #pausedUntil = -Infinity;
  #era = 0;
  /** How often it was refused since a call succeeded; calls side by side are refused once. */
  #refusals = 0;

  /** Limits from now on; of two for the same the smaller one holds. */
  tighten(limits: ModelLimits): void {
    const least = (name: keyof Most): number => Math.min(this.#most[name], limits[name] ?? Infinity);
    this.#most = {
      requests: least("requests"),
      tokens: least("tokens"),
      concurrency: least("concurrency"),
    };
  }

  /** When the pause ends or ended that the endpoint has asked for last. */
  get pausedUntil(): number {
    return this.#pausedUntil;
  }

  /** When a call of so many tokens may begin, as far as the time alone decides: Infinity where another one must end first. */
  freeAt(tokens: number, now: number): number {
    if (this.#running >= this.#most.concurrency) return Infinity;
    this.#forget(now);
    return Math.max(now, this.#pausedUntil, this.#requestsFreeAt(), this.#tokensFreeAt(tokens));
  }

  /** A call begins, whether it may or not; every one is ended, once. */
  begin(tokens: number, now: number): Admission {
    const isBound = Math.min(this.#most.requests, this.#most.tokens) < Infinity;
    const admission = { at: now, era: this.#era, tokens, counts: isBound };
    this.#running++;
    if (isBound) {
      this.#counted.push(admission);
      this.#tokens += tokens;
    }
    return admission;
  }

  /** A call has ended, and has used so many tokens. */
  end(admission: Admission, tokens: number): void {
    this.#running--;
    if (admission.counts) this.#tokens += tokens - admission.tokens;
    admission.tokens = tokens;
  }

  /** The endpoint has taken a call. */
  accept({ era }: Admission): void {
    if (era === this.#era) this.#refusals = 0;
  }

  /**
   * The endpoint has refused a call, and said for how many milliseconds, if it did: a pause begins, or goes on. Without a time it grows from 1 s to
   * 60 s with each refusal in a row.
   */
  refuse({ era }: Admission, said: number | undefined, now: number, random: Random): void {
    const isNews = era === this.#era;
    if (isNews) {
      this.#era++;
      this.#refusals++;
    }
    const wait = said === undefined ? (isNews ? this.#backoff(random) : 0) : Math.min(said, DAY);
    this.#pausedUntil = Math.max(this.#pausedUntil, now + wait);
  }

  /** Between three quarters and the whole, so that several systems do not come back together. */
  #backoff(random: Random): number {
    return Math.ceil(retryDelay(backoff, this.#refusals, random) * (0.75 + random() / 4));
  }

  #requestsFreeAt(): number {
    const over = this.#counted.length - this.#most.requests;
    return over < 0 ? -Infinity : leavingAt(this.#counted.at(over));
  }

  /** A call that is larger than the whole limit goes alone. */
  #tokensFreeAt(wanted: number): number {
    const room = Math.max(0, this.#most.tokens - wanted);
    let left = this.#tokens;
    let at = -Infinity;
    for (const admission of this.#counted) {
      if (left <= room) break;
      left -= admission.tokens;
      at = leavingAt(admission);
    }
    return at;
  }

  #forget(now: number): void {
    for (let first = this.#counted.at(0); leavingAt(first) <= now; first = this.#counted.at(0)) {
      const admission = this.#counted.shift() as Admission;
      admission.counts = false;
      this.#tokens -= admission.tokens;
    }
  }
}

function leavingAt(admission: Admission | undefined): number {
  return admission === undefined ? Infinity : admission.at + MINUTE;
}
