/** Paused: waits by a clock, or until a signal fires. */
import type { Clock } from "../core/clock.ts";

/** Ends after `ms` milliseconds, never where that is Infinity. @throws the signal's reason. */
export function paused(clock: Clock, ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const cancel = ms === Infinity ? () => undefined : clock.after(ms, end);
    const stop = (): void => {
      cancel();
      reject(signal?.reason as Error);
    };
    signal?.addEventListener("abort", stop, { once: true });
    function end(): void {
      signal?.removeEventListener("abort", stop);
      resolve();
    }
  });
}
