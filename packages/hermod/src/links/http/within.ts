/** Within: work that ends in time: its signal fires at the end of its time or when the outer one does, and nobody waits for it any longer. */
import type { Clock } from "../../core/clock.ts";

export interface Bounds {
  readonly clock: Clock;
  readonly ms: number;
  readonly signal: AbortSignal;
  /** The error for work that was not ready after `ms`. */
  readonly late: () => Error;
}

/** What the work gives. @throws what it throws, the signal's reason, or the error of being late, whichever is first. */
export async function within<T>(bounds: Bounds, work: (ending: AbortSignal) => Promise<T>): Promise<T> {
  const { clock, ms, signal, late } = bounds;
  signal.throwIfAborted();
  const ending = new AbortController();
  const stop = (): void => ending.abort(signal.reason);
  signal.addEventListener("abort", stop, { once: true });
  const cancel = clock.after(ms, () => ending.abort(late()), true);
  try {
    return await first(ending.signal, work(ending.signal));
  } finally {
    cancel();
    signal.removeEventListener("abort", stop);
    // What was left unread closes its connection.
    ending.abort();
  }
}

function first<T>(ending: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    ending.addEventListener("abort", () => reject(ending.reason as Error), { once: true });
    work.then(resolve, reject);
  });
}
