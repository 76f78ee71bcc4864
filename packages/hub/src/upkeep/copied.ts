/** Copied: a store's file copied and verified in a thread of its own: to verify a large one takes seconds, for which a hub must not stand still. */
import { Worker } from "node:worker_threads";
import { CancelledError, HermodError, errorTable, type ErrorCode } from "hermod";
import type { Backup } from "hermod/sqlite";
import type { JobProgress } from "./jobs.ts";

/** What a thread is started with, and what comes from it. */
export interface CopyData {
  readonly file: string;
  readonly to: string;
}
export type CopySaid =
  | { readonly progress: JobProgress }
  | { readonly made: Backup }
  | { readonly error: { readonly code: string; readonly message: string; readonly hint: string } };

/** Copies the file. @throws HermodError as `backup` of hermod/sqlite; HERMOD_CANCELLED when it was stopped. */
export function copied(
  file: string,
  to: string,
  tell: (progress: JobProgress) => void,
  signal: AbortSignal,
): Promise<Backup> {
  const { promise, resolve, reject } = Promise.withResolvers<Backup>();
  // The file beside this one has the same ending: .ts as written, .js as built.
  const ending = import.meta.url.slice(import.meta.url.lastIndexOf("."));
  const workerData: CopyData = { file, to };
  const worker = new Worker(new URL(`./copythread${ending}`, import.meta.url), { workerData });
  const stop = (): void => worker.postMessage("stop");
  signal.addEventListener("abort", stop, { once: true });
  worker.on("message", (said: CopySaid) => {
    if ("progress" in said) tell(said.progress);
    else if ("made" in said) resolve(said.made);
    else reject(toError(said.error));
  });
  worker.on("error", reject);
  worker.on("exit", (code) => reject(new Error(`the thread of the copy ended with code ${code}`)));
  return promise.finally(() => signal.removeEventListener("abort", stop));
}

function toError({
  code,
  message,
  hint,
}: {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}): Error {
  if (code === "HERMOD_CANCELLED") return new CancelledError(message);
  if (!Object.hasOwn(errorTable, code)) return new Error(message);
  return new HermodError(code as ErrorCode, message, { hint });
}
