/**
 * Time, handed in. Everything that waits, measures or hands work on does it through a Clock, so that a test or the
 * simulator can put its own order in place. This file and `id.ts` are the only ones that touch the platform's sources.
 */

/** Takes back a timer; harmless when it has fired already. */
export type Cancel = () => void;

/** The time and the hand-offs of one system. */
export interface Clock {
  /** UTC milliseconds since 1970; may jump when the machine's clock is set. */
  now(): number;
  /** Milliseconds that only grow; for durations. */
  monotonic(): number;
  /**
   * Runs `run` once, `ms` milliseconds from now or later; delays beyond 2^31 ms are chunked. A `background` timer does not
   * keep the process alive.
   */
  after(ms: number, run: () => void, background?: boolean): Cancel;
  /** Runs `run` soon, before timers and I/O: every hand-off between parts goes through here. */
  defer(run: () => void): void;
  /** Runs `run` when all is done that was handed off in this turn, and all that came of it, before timers and I/O. */
  late(run: () => void): void;
  /** Runs `run` after timers and I/O that are due have had their turn. */
  pause(run: () => void): void;
  /** Hears of work elsewhere that this clock does not time: one that a test moves stands still until it is done. Absent where time goes on anyway. */
  during?(work: Promise<unknown>): void;
}

/** Longest delay that the platform's timers take; longer ones fire at once there. */
const LONGEST_DELAY = 2 ** 31 - 1;

function afterMs(ms: number, run: () => void, background = false): Cancel {
  let timer: ReturnType<typeof setTimeout>;
  const arm = (left: number): void => {
    const step = Math.min(left, LONGEST_DELAY);
    timer = setTimeout(() => (left > step ? arm(left - step) : run()), step);
    // A browser's timers are numbers, and keep no page alive.
    if (background && typeof timer === "object") timer.unref();
  };
  arm(Math.max(0, ms));
  return () => clearTimeout(timer);
}

/** Behind what is due, where the platform has no such turn of its own: a browser, whose timers come late when they are nested. */
function turn(run: () => void): void {
  const { port1, port2 } = new MessageChannel();
  port1.addEventListener("message", () => (port1.close(), run()));
  port1.start();
  port2.postMessage(undefined);
}

/** A page has none. */
const { process: host } = globalThis as { readonly process?: { nextTick(run: () => void): void } };

/** The machine's own clock: the default of `start`. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after: afterMs,
  defer: (run) => queueMicrotask(run),
  late: (run) => (host ? host.nextTick(run) : turn(run)),
  pause: (run) => (typeof setImmediate === "function" ? void setImmediate(run) : turn(run)),
};
