/** Test clock: time stands still until a test moves it; hand-offs run as they would. */
import { systemClock, type Cancel, type Clock } from "../core/clock.ts";
import { toMs, type Duration } from "../core/duration.ts";
import { LAST_TIME } from "../core/envelope.ts";
import { TimeHeap } from "../core/heap.ts";
import { aNumber } from "../core/options.ts";

/** A clock that a test moves. */
export class TestClock implements Clock {
  #wall: number;
  #monotonic = 0;
  #handOffs = 0;
  /** Hears of the next time that no hand-off is under way. */
  #rested: (() => void)[] = [];
  readonly #timers = new TimeHeap<{ run: (() => void) | undefined }>();

  constructor(start: number) {
    this.#wall = start;
  }

  now(): number {
    return this.#wall;
  }

  monotonic(): number {
    return this.#monotonic;
  }

  after(ms: number, run: () => void): Cancel {
    const timer: { run: (() => void) | undefined } = { run };
    this.#timers.push(this.#monotonic + Math.max(0, ms), timer);
    return () => {
      timer.run = undefined;
    };
  }

  defer(run: () => void): void {
    systemClock.defer(this.#counted(run));
  }

  late(run: () => void): void {
    systemClock.late(this.#counted(run));
  }

  pause(run: () => void): void {
    systemClock.pause(this.#counted(run));
  }

  during(work: Promise<unknown>): void {
    this.#handOffs++;
    const over = (): void => this.#over();
    work.then(over, over);
  }

  /** Timers that have not fired and were not taken back. */
  get waiting(): number {
    return [...this.#timers].filter(({ item }) => item.run !== undefined).length;
  }

  /** Lets everything run that is ready now; no time passes. */
  async settle(): Promise<void> {
    for (let quiet = 0; quiet < 2; quiet = this.#handOffs === 0 ? quiet + 1 : 0) {
      // Whoever works elsewhere, a thread or a server, needs the processor that looking again and again would take.
      if (this.#handOffs > 0) await new Promise<void>((resolve) => this.#rested.push(resolve));
      await new Promise<void>((resolve) => systemClock.pause(resolve));
    }
  }

  /** Moves time on, firing each timer at its own time and letting everything run that becomes ready. */
  async advance(by: Duration): Promise<void> {
    const until = this.#monotonic + toMs(by, "advance");
    await this.settle();
    for (let at = this.#timers.next; at !== undefined && at <= until; at = this.#timers.next) {
      this.#moveTo(Math.max(at, this.#monotonic));
      this.#timers.take(at)?.run?.();
      await this.settle();
    }
    this.#moveTo(until);
    await this.settle();
  }

  /** Sets the wall clock forward or back by milliseconds, as an operator or a time server does; durations do not notice. */
  jump(by: number): void {
    this.#wall += aNumber("jump", by, LAST_TIME);
  }

  #moveTo(at: number): void {
    this.#wall += at - this.#monotonic;
    this.#monotonic = at;
  }

  #over(): void {
    if (--this.#handOffs > 0) return;
    for (const rest of this.#rested.splice(0)) rest();
  }

  #counted(run: () => void): () => void {
    this.#handOffs++;
    return () => {
      this.#over();
      run();
    };
  }
}

/** A clock that stands still at `start` (default 2026-01-01T00:00:00Z) until it is moved. */
export function testClock(start = Date.UTC(2026, 0, 1)): TestClock {
  return new TestClock(aNumber("testClock", start, LAST_TIME));
}
