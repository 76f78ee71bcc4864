/** Within: waiting for something, and not longer than it makes sense. */
import type { Cancel, Clock } from "./clock.ts";

/** Arms what may end a wait. Answers how it is taken back. */
export type Watch = (leave: () => void) => Cancel | undefined;

/** What comes of it, or nothing where `leave` is called before. */
export async function unlessLeft<T>(work: Promise<T>, ...watches: readonly Watch[]): Promise<T | undefined> {
  const { promise: left, resolve } = Promise.withResolvers<undefined>();
  const ends = watches.map((watch) => watch(() => resolve(undefined)));
  try {
    return await Promise.race([work, left]);
  } finally {
    for (const end of ends) end?.();
  }
}

/** What comes of it in so many milliseconds, or nothing. A `background` wait does not keep the process alive. */
export function within<T>(
  clock: Clock,
  ms: number,
  work: Promise<T>,
  background = false,
): Promise<T | undefined> {
  return unlessLeft(work, (leave) => clock.after(ms, leave, background));
}
