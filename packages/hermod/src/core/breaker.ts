/**
 * Breaker: keeps work away from a target that fails, and finds out by itself when it is well again. Closed, it lets everything
 * through and counts; open, it lets nothing through for `openFor`; half-open, it lets a few probes through, whose outcomes
 * decide. Pure: every time is handed in, in monotonic milliseconds that never go back, and reading changes nothing.
 *
 * What counts while closed: deliveries that began in this closed time and ended, "ok" or "failed", in the window (see
 * `window.ts`), at the time they ended. A failure opens the breaker when, itself included, at least `least` deliveries and at
 * least the share `rate` of failures are in the window; a success never does.
 */
import { show, type Duration } from "./duration.ts";
import { HermodError } from "./errors.ts";
import { aDuration, checkOptions, wholeNumber } from "./options.ts";
import { RollingWindow } from "./window.ts";

/** When a breaker opens, for how long, and what closes it. */
export interface BreakerOptions {
  /** The time whose outcomes count, from "10ms" up; default "10s". */
  readonly window?: Duration;
  /** Deliveries in the window before it may open; default 5. */
  readonly least?: number;
  /** Share of failures that opens it, above 0 and up to 1; default 0.5. */
  readonly rate?: number;
  /** How long it stays open before it tries again, from "1ms" up; default "30s". */
  readonly openFor?: Duration;
  /** Deliveries at a time that may try while half-open, and successes that close it; default 1. */
  readonly probes?: number;
}

/** Breaker options, checked and complete; times in milliseconds. */
export interface BreakerPolicy {
  readonly window: number;
  readonly least: number;
  readonly rate: number;
  readonly openFor: number;
  readonly probes: number;
}

/** "closed" lets everything through, "open" nothing, "half-open" as many as `probes` at a time. */
export type BreakerState = "closed" | "open" | "half-open";

/** What a delivery says of its target; "ignored" says nothing: a message that could not be read, or was cancelled. */
export type BreakerOutcome = "ok" | "failed" | "ignored";

/** The era that a delivery began in: outcomes of another era count for nothing. */
export type Ticket = number;

/** A breaker as plain data; its times are monotonic milliseconds, and UTC milliseconds in what `system.breakers.list()` gives. */
export interface BreakerView {
  readonly state: BreakerState;
  /** True while an operator holds it in this state. */
  readonly forced: boolean;
  /** Deliveries that count in the window now; while open and half-open, those that counted when it opened. */
  readonly deliveries: number;
  /** Those of `deliveries` that failed. */
  readonly failures: number;
  /** When it opened last; absent while closed or forced. */
  readonly openedAt?: number;
  /** When half-open begins or began; absent while closed or forced. */
  readonly retryAt?: number;
}

export const defaultBreaker: BreakerPolicy = Object.freeze({
  window: 10_000,
  least: 5,
  rate: 0.5,
  openFor: 30_000,
  probes: 1,
});

/**
 * The options as a complete policy; `true` and none at all mean the defaults.
 * @throws HermodError HERMOD_BAD_OPTION for an unknown name or a value out of range.
 */
export function toBreakerPolicy(options: BreakerOptions | true | undefined): BreakerPolicy {
  if (options === undefined || options === true) return defaultBreaker;
  checkOptions("breaker", options, ["window", "least", "rate", "openFor", "probes"]);
  const { window = defaultBreaker.window, openFor = defaultBreaker.openFor } = options;
  const { least = defaultBreaker.least, rate = defaultBreaker.rate } = options;
  const { probes = defaultBreaker.probes } = options;
  return Object.freeze({
    window: aDuration("breaker.window", window, 10),
    least: wholeNumber("breaker.least", least, 1),
    rate: aRate(rate),
    openFor: aDuration("breaker.openFor", openFor, 1),
    probes: wholeNumber("breaker.probes", probes, 1),
  });
}

function aRate(rate: unknown): number {
  if (typeof rate === "number" && rate > 0 && rate <= 1) return rate;
  throw new HermodError(
    "HERMOD_BAD_OPTION",
    `breaker.rate must be a number above 0 and up to 1, got ${show(rate)}`,
    { details: { option: "breaker.rate", received: show(rate) } },
  );
}

/** The breaker of one target. Every ticket is ended exactly once: a probe that never ends keeps its place for ever. */
export class Breaker {
  readonly #policy: BreakerPolicy;
  #window: RollingWindow;
  #forced: "open" | "closed" | undefined;
  /** When it opened by itself, the last time; undefined while closed or forced. */
  #openedAt: number | undefined;
  /** When it stopped counting: the first opening since it was closed. */
  #countedUntil: number | undefined;
  /** Grows by two with each opening and closing; the odd number in between is the half-open time after an open one. */
  #era = 0;
  #probing = 0;
  #successes = 0;

  constructor(policy: BreakerPolicy) {
    this.#policy = policy;
    this.#window = new RollingWindow(policy.window);
  }

  /** When half-open begins or began, monotonic milliseconds; undefined while closed or forced. */
  get retryAt(): number | undefined {
    return this.#openedAt === undefined ? undefined : this.#openedAt + this.#policy.openFor;
  }

  state(now: number): BreakerState {
    if (this.#forced !== undefined) return this.#forced;
    const { retryAt } = this;
    if (retryAt === undefined) return "closed";
    return now < retryAt ? "open" : "half-open";
  }

  /** How many more deliveries may start: all while closed, none while open, as many as probes are free while half-open. */
  room(now: number): number {
    const state = this.state(now);
    if (state === "half-open") return Math.max(0, this.#policy.probes - this.#probing);
    return state === "closed" ? Infinity : 0;
  }

  /** A delivery begins, whether there was room or not; while half-open it is a probe. */
  begin(now: number): Ticket {
    if (this.state(now) === "half-open") this.#probing++;
    return this.#eraAt(now);
  }

  /** A delivery ends; true when that changed the state. */
  end(ticket: Ticket, outcome: BreakerOutcome, now: number): boolean {
    if (ticket !== this.#eraAt(now)) return false;
    const state = this.state(now);
    if (state === "half-open") return this.#judgeProbe(outcome, now);
    return state === "closed" && outcome !== "ignored" && this.#count(outcome === "failed", now);
  }

  /**
   * Holds it in a state against whatever happens, until `undefined` leaves it to itself again. Each call begins anew with an
   * empty window, so `undefined` also closes a breaker that opened by itself. Held closed, it goes on counting for its view.
   */
  force(state: "open" | "closed" | undefined): void {
    this.#forced = state;
    this.#close();
  }

  /** The breaker as plain data, frozen. */
  view(now: number): BreakerView {
    const { retryAt } = this;
    const at = this.#countedUntil ?? now;
    return Object.freeze({
      state: this.state(now),
      forced: this.#forced !== undefined,
      deliveries: this.#window.ended(at),
      failures: this.#window.failed(at),
      ...(this.#openedAt !== undefined && { openedAt: this.#openedAt }),
      ...(retryAt !== undefined && { retryAt }),
    });
  }

  /** Half-open begins by the time alone, so its era follows from the time and nobody has to announce it. */
  #eraAt(now: number): Ticket {
    return this.state(now) === "half-open" ? this.#era + 1 : this.#era;
  }

  #count(failed: boolean, now: number): boolean {
    this.#window.note(failed, now);
    if (!failed || this.#forced !== undefined || !this.#hasTooMany(now)) return false;
    this.#countedUntil = now;
    this.#enter(now);
    return true;
  }

  #hasTooMany(now: number): boolean {
    const deliveries = this.#window.ended(now);
    // Divided, not multiplied: 7 of 100 are exactly the 0.07 that somebody wrote, but 100 times 0.07 is more than 7.
    return deliveries >= this.#policy.least && this.#window.failed(now) / deliveries >= this.#policy.rate;
  }

  #judgeProbe(outcome: BreakerOutcome, now: number): boolean {
    this.#probing--;
    if (outcome === "ignored") return false;
    if (outcome === "failed") this.#enter(now);
    else if (++this.#successes >= this.#policy.probes) this.#close();
    else return false;
    return true;
  }

  #close(): void {
    this.#window = new RollingWindow(this.#policy.window);
    this.#countedUntil = undefined;
    this.#enter(undefined);
  }

  #enter(openedAt: number | undefined): void {
    this.#openedAt = openedAt;
    this.#era += 2;
    this.#probing = 0;
    this.#successes = 0;
  }
}
