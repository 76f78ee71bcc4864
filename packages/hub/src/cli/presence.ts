/** Presence: whether the hub that keeps a command waiting is there still. One that is not is waited for by those alone who say so. */
import { setTimeout as pause } from "node:timers/promises";

/** Between two looks, in milliseconds: most commands have ended before the first. */
const EVERY = 500;
/** How long one answer may take, in milliseconds. */
const PATIENCE = 2000;
/** After how many looks in vain, one after the other, it is taken for gone. */
const MISSES = 3;

/** Resolves when the hub is gone; never once `over` is aborted. */
export async function gone(url: string, over: AbortSignal): Promise<void> {
  for (let misses = 0; misses < MISSES;) {
    await pause(EVERY, undefined, { ref: false, signal: over }).catch(
      () => new Promise<never>(() => undefined),
    );
    misses = (await isThere(url)) ? 0 : misses + 1;
  }
}

/** Whoever answers at all is there: what it answers is the command's own matter. */
async function isThere(url: string): Promise<boolean> {
  const place = new URL("/v1/health/live", url.replace(/^ws/u, "http"));
  return fetch(place, { signal: AbortSignal.timeout(PATIENCE), redirect: "manual" }).then(
    (answer) => answer.body?.cancel().then(() => true) ?? true,
    () => false,
  );
}
