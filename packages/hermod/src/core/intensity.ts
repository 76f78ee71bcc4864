/**
 * Intensity: how many restarts in how short a time are too many. A child that fails again and again is not mended by one more
 * restart; its supervisor gives up and its own supervisor decides. Pure: the time is handed in, in monotonic milliseconds.
 */
import type { Duration } from "./duration.ts";
import { aDuration, checkOptions, wholeNumber } from "./options.ts";

/** How many restarts within which time a supervisor allows. */
export interface IntensityOptions {
  /** Restarts allowed within the period, from 0 (the first failure is too much) to 1000; default 3. */
  readonly restarts?: number;
  /** The time in which they count, from "1ms" up; default "5s". */
  readonly period?: Duration;
}

/**
 * A fresh intensity from options; none at all mean 3 restarts in 5 s.
 * @throws HermodError HERMOD_BAD_OPTION for an unknown name or a value out of range.
 */
export function toIntensity(options: IntensityOptions = {}): Intensity {
  checkOptions("intensity", options, ["restarts", "period"]);
  const { restarts = 3, period = 5000 } = options;
  return new Intensity({
    restarts: wholeNumber("intensity.restarts", restarts, 0, 1000),
    period: aDuration("intensity.period", period, 1),
  });
}

/** The restarts of one supervisor; it remembers the times of at most `restarts` of them. */
export class Intensity {
  readonly restarts: number;
  /** Milliseconds. */
  readonly period: number;
  /** The times of the last restarts that were allowed; the oldest is overwritten first. */
  readonly #times: number[] = [];
  #next = 0;

  constructor({ restarts, period }: { readonly restarts: number; readonly period: number }) {
    this.restarts = restarts;
    this.period = period;
  }

  /**
   * True while a restart at this time is allowed, and then it counts: fewer than `restarts` were less than `period` ago. One
   * exactly `period` ago no longer counts, and one that is refused never does: it does not happen.
   */
  note(now: number): boolean {
    // While there is a place that was never used, nothing has to be old enough to make room.
    const oldest = this.#times[this.#next] ?? -Infinity;
    if (this.restarts === 0 || now - oldest < this.period) return false;
    this.#times[this.#next] = now;
    this.#next = (this.#next + 1) % this.restarts;
    return true;
  }

  /** How many restarts count at this time. */
  used(now: number): number {
    return this.#times.filter((at) => now - at < this.period).length;
  }
}
