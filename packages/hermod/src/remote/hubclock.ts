/** HubClock: the hub's time, as a client knows it. All that is stored is timed by it, so a client whose own clock is wrong waits neither too long nor too short. */
import type { Cancel, Clock } from "../core/clock.ts";

export class HubClock implements Clock {
  readonly #clock: Clock;
  #ahead = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  now(): number {
    return this.#clock.now() + this.#ahead;
  }

  /** The machine's own time. */
  own(): number {
    return this.#clock.now();
  }

  /**
   * The hub has told its time, asked at `asked` by the machine's own: it was no earlier when the question went, and is no later than now. As long
   * as what is known fits between it stays, so that on one machine there is no difference at all.
   */
  heard(hub: number, asked: number): void {
    const [least, most] = [hub - this.own(), hub - asked];
    this.#ahead = Math.max(least, Math.min(this.#ahead, most));
  }

  monotonic(): number {
    return this.#clock.monotonic();
  }

  after(ms: number, run: () => void, background?: boolean): Cancel {
    return this.#clock.after(ms, run, background);
  }

  defer(run: () => void): void {
    this.#clock.defer(run);
  }

  late(run: () => void): void {
    this.#clock.late(run);
  }

  pause(run: () => void): void {
    this.#clock.pause(run);
  }
}
