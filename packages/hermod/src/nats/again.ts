/** Again: what a cluster cannot do yet, it is asked for again. */
import { systemClock } from "../core/clock.ts";

/** Milliseconds between two tries. */
const PAUSE = 100;

/** Does it, again where its error passes by itself, until this time of the monotonic clock. @throws what the last try threw. */
export async function again<T>(
  until: number,
  passes: (error: unknown) => boolean,
  act: () => Promise<T>,
): Promise<T> {
  for (;;) {
    try {
      return await act();
    } catch (error) {
      if (!passes(error) || systemClock.monotonic() > until) throw error;
      await new Promise<void>((resolve) => systemClock.after(PAUSE, resolve));
    }
  }
}
