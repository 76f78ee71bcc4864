/** Copythread: the thread that copies a store's file, and ends with it. */
import { parentPort, workerData } from "node:worker_threads";
import { HermodError } from "hermod";
import { backup } from "hermod/sqlite";
import type { CopyData, CopySaid } from "./copied.ts";

const { file, to } = workerData as CopyData;
const ending = new AbortController();
parentPort?.once("message", () => ending.abort());

const say = (said: CopySaid): void => parentPort?.postMessage(said);

try {
  const made = await backup(file, to, { signal: ending.signal, onProgress: (progress) => say({ progress }) });
  say({ made });
} catch (error) {
  const { message } = error as Error;
  const { code, hint } = error instanceof HermodError ? error : { code: "", hint: "" };
  say({ error: { code, message, hint } });
}
// Nobody is heard any more.
parentPort?.removeAllListeners();
parentPort?.unref();
