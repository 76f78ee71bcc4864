/** Compact: gives the space of forgotten messages back to the disk: by the hub that runs, else in the store's file. */
import { HermodError } from "hermod";
import { compact as rewrite } from "hermod/sqlite";
import type { Given, Run } from "../command.ts";
import { hubJob } from "../hubjob.ts";
import { moving } from "../moves.ts";
import { existingStore, runningHub } from "../storeplace.ts";

export const compact: Run = async (asked) => {
  const hub = await runningHub(asked);
  if (hub === undefined) return inFile(asked);
  const { freed } = await hubJob<{ readonly freed: number }>(asked, hub, "compact");
  return {
    data: { hub: hub.url, freed },
    text: () => `${freed} bytes given back by the hub at ${hub.url}\n`,
  };
};

async function inFile(asked: Given) {
  const { file } = await existingStore(asked);
  const { before, after } = await moving(asked, "compact", file, rewrite).catch((error: unknown) => {
    throw withHub(error);
  });
  return {
    data: { file, before, after, freed: before - after },
    text: () => `${before} bytes before, ${after} after\n`,
  };
}

/** Whose hub has the file open can let that hub do it. */
function withHub(error: unknown): unknown {
  const hub = error instanceof HermodError ? error.details["hub"] : undefined;
  if (!(error instanceof HermodError) || typeof hub !== "string") return error;
  return new HermodError(error.code, error.message, {
    ...{ details: error.details, cause: error },
    hint: `Let its hub do it: hermod compact --url ${hub}`,
  });
}
