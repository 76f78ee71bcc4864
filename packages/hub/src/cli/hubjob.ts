/** Hubjob: work that a hub does with its own store while it runs: begun, followed to its end, and stopped where it can be. */
import { HermodError, type ErrorCode } from "hermod";
import { setTimeout as pause } from "node:timers/promises";
import type { JobKind } from "../upkeep/jobs.ts";
import type { Given } from "./command.ts";
import { Progress, resumed } from "./progress.ts";
import { itemsOf, rest } from "./rest.ts";
import type { Settings } from "./settings.ts";

type Hub = Pick<Settings, "url" | "token">;

/** A job as the hub tells of it. */
interface Told {
  readonly id: string;
  readonly state: "running" | "done" | "failed" | "stopped";
  readonly progress?: { readonly step: string; readonly done: number; readonly total: number };
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: { readonly code: string; readonly message: string; readonly hint: string };
}

/** Between two looks, in milliseconds. */
const EVERY = 200;

const onStop: Readonly<Record<JobKind, string>> = {
  backup: "stopped; the hub keeps no copy of this",
  compact: "the hub goes on with it to its end",
};

/** What the job came to. @throws HermodError as the hub says, HERMOD_CANCELLED where somebody has stopped it. */
export async function hubJob<T>(given: Given, hub: Hub, kind: JobKind): Promise<T> {
  let job = (await rest(hub, `/v1/store/${kind}`, "POST", {})) as Told;
  const progress = new Progress(given, kind);
  using _ = resumed(given, progress, () => onStop[kind]);
  try {
    while (job.state === "running") {
      await pause(EVERY, undefined, { signal: given.io.signal });
      job = await lookAt(hub, job);
      if (job.progress) progress.tell(job.progress.done, job.progress.total, job.progress.step);
    }
  } catch (error) {
    if (given.io.signal.aborted && kind === "backup") await rest(hub, `/v1/store/jobs/${job.id}`, "DELETE");
    throw error;
  } finally {
    progress.end();
  }
  if (job.state === "done") return job.result as T;
  throw failureOf(kind, job);
}

async function lookAt(hub: Hub, { id }: Told): Promise<Told> {
  const found = itemsOf<Told>(await rest(hub, "/v1/store/jobs")).find((each) => each.id === id);
  if (found) return found;
  throw new HermodError("HERMOD_INTERRUPTED", "the hub was started anew meanwhile, and knows nothing of it", {
    hint: "The same command begins anew.",
  });
}

function failureOf(kind: JobKind, { error }: Told): HermodError {
  if (error === undefined) return new HermodError("HERMOD_CANCELLED", `somebody has stopped the ${kind}`);
  return new HermodError(error.code as ErrorCode, error.message, { hint: error.hint });
}
