/** Moves: what is done with a whole file: told how far it is, and stopped between two steps by Ctrl-C. */
import type { MoveOptions } from "hermod/sqlite";
import type { Given } from "./command.ts";
import { Progress, resumed } from "./progress.ts";

/** Does it with the store's file; its progress is told meanwhile. */
export async function moving<T>(
  given: Given,
  what: string,
  store: string,
  work: (file: string, options: MoveOptions) => Promise<T>,
): Promise<T> {
  const { io } = given;
  const progress = new Progress(given, what);
  using _ = resumed(given, progress, () => "stopped, and nothing was changed; the same command begins anew");
  try {
    return await work(store, {
      signal: io.signal,
      onProgress: ({ step, done, total }) => progress.tell(done, total, step),
    });
  } finally {
    progress.end();
  }
}
