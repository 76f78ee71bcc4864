/** Serving: a hub that is run from the command line: opened at a port that is free, and ended within its time. */
import { mkdirSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { HermodError, type OpenStore } from "hermod";
import { sqlite } from "hermod/sqlite";
import { tokens as tokensOf } from "../auth/tokens.ts";
import type { ConfigLine } from "../config.ts";
import { Hub } from "../hub.ts";
import { isCluster, openCluster } from "./cluster.ts";
import { known as settable, type Settings } from "./settings.ts";

/** How long a hub may take to end, in milliseconds. */
const DRAIN = 30_000;
/** How long requests that are answered when it is told to end may take, in milliseconds. */
const PATIENCE = 25_000;
/** How many ports are tried where the first ones are taken. */
const PORTS = 50;

type Place = Pick<Settings, "host" | "port" | "store"> &
  Partial<Pick<Settings, "tokens" | "names" | "hide">> & {
    /** What holds, for the page. */
    readonly config?: readonly ConfigLine[];
  };

/** The folder of what a hub keeps beside its messages: that of their file, and with a cluster the one that a file would be in. */
export function folderOf(store: string): string {
  return dirname(isCluster(store) ? settable.store.fallback : store);
}

/** Where is kept who was refused, and who did what with special rights. */
export function auditOf(store: string): string {
  return join(folderOf(store), "audit.jsonl");
}

/** Opens the hub. `failed` hears why its tokens can be read no more. @throws what the store, the tokens or the port says. */
export async function openHub(
  { host, port, store, tokens, names, hide, config }: Place,
  failed?: (error: unknown) => void,
): Promise<Hub> {
  // What agents say to one another is for nobody else on this machine.
  const folder = folderOf(store);
  mkdirSync(resolve(folder), { recursive: true, mode: 0o700 });
  const known = tokens === undefined ? {} : { auth: tokensOf(tokens, failed), audit: auditOf(store) };
  const size = (): number | undefined => sizeOf(store);
  const hidden = hide && { hide: hide.join() === "none" ? (false as const) : hide };
  const beside = { views: join(folder, "views.json"), backups: join(folder, "backups") };
  const more = { ...(names && { names }), ...(config && { config }), ...hidden, ...beside, ...known };
  return Hub.open({ store: await storeAt(store), host, port, size, ...more });
}

function storeAt(store: string): OpenStore | Promise<OpenStore> {
  return isCluster(store) ? openCluster(store) : sqlite(store);
}

/** Bytes of the file and of what is still to be written into it; undefined for a cluster. */
function sizeOf(store: string): number | undefined {
  if (isCluster(store)) return undefined;
  const files = [store, `${store}-wal`];
  return files.reduce((sum, file) => sum + (statSync(file, { throwIfNoEntry: false })?.size ?? 0), 0);
}

/** Opens the hub at this port alone. @throws HermodError HERMOD_PORT_TAKEN naming who has it. */
export async function openThere(place: Place, failed?: (error: unknown) => void): Promise<Hub> {
  try {
    return await openHub(place, failed);
  } catch (error) {
    if (!(error instanceof HermodError) || error.code !== "HERMOD_PORT_TAKEN") throw error;
    const { message, details, cause } = error;
    const owner = await (await import("./portowner.ts")).portOwner(place.host, place.port);
    throw owner === undefined
      ? error
      : new HermodError("HERMOD_PORT_TAKEN", `${message} by ${owner}`, {
          details: { ...details, owner },
          cause,
        });
  }
}

/** Opens the hub at this port, or at the next one that is free. */
export async function openNear(place: Place, failed?: (error: unknown) => void): Promise<Hub> {
  for (let port = place.port; ; port++)
    try {
      return await openHub({ ...place, port }, failed);
    } catch (error) {
      const isTaken = (error as NodeJS.ErrnoException).code === "HERMOD_PORT_TAKEN";
      if (!isTaken || port >= Math.min(65_535, place.port + PORTS)) throw error;
    }
}

/** Resolves when somebody wants the process to end. */
export function untilAsked(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}

/** Ends the hub; false where it took longer than it may. */
export async function ended(hub: Hub, timeout = PATIENCE): Promise<boolean> {
  const late = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => late.resolve(false), DRAIN);
  const isEnded = await Promise.race([hub.close({ timeout }).then(() => true), late.promise]);
  clearTimeout(timer);
  return isEnded;
}
