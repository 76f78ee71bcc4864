/** Storeplace: which file is meant where none is named: that of the hub that runs, else the one that a hub would take. */
import { existsSync } from "node:fs";
import { HermodError } from "hermod";
import { isCluster, shownStore } from "./cluster.ts";
import type { Given } from "./command.ts";
import type { Options } from "./options.ts";
import { Missing, Usage } from "./problem.ts";
import { rest } from "./rest.ts";
import { settingOf, type Settings } from "./settings.ts";

/** The file of a store, and what made it the one. */
export interface StorePlace {
  readonly file: string;
  /** The hub that has it open. */
  readonly hub?: string;
}

/**
 * The file that is meant.
 * @throws Usage for a cluster, and where a hub runs and its file is not to be had here; HermodError HERMOD_UNREACHABLE for a hub that was named.
 */
export async function storePlace(given: Given): Promise<StorePlace> {
  const { options, io } = given;
  const known = await given.settings();
  if (!(await meansHub(given)) && isCluster(known.store)) throw fileless(known.store);
  const file = io.path(known.store);
  if (!(await meansHub(given))) return { file };
  const isNamed = namesHub(options);
  const told = await fileOfHub(known).catch((error: unknown) => {
    if (isUnreachable(error) && !isNamed) return undefined;
    if (error instanceof HermodError && refusals.has(error.code))
      throw unknowable(known.url, "does not say to this user where its store is");
    throw error;
  });
  if (told === undefined) return { file };
  if (told.file === undefined) throw unknowable(known.url, `has no file: its store is ${told.name}`);
  if (!existsSync(told.file))
    throw unknowable(known.url, `has its store on another machine, at ${told.file}`);
  return { file: told.file, hub: known.url };
}

/** The hub that keeps the store that is meant, where it runs. @throws HermodError HERMOD_UNREACHABLE for one that was named. */
export async function runningHub(given: Given): Promise<Settings | undefined> {
  if (!(await meansHub(given))) return undefined;
  const known = await given.settings();
  try {
    await rest(known, "/v1/health");
    return known;
  } catch (error) {
    if (isUnreachable(error) && !namesHub(given.options)) return undefined;
    throw error;
  }
}

/** Whether the store of a hub is meant: no file was named, or a hub was, and that nearer than the file. */
async function meansHub({ options, io }: Given): Promise<boolean> {
  const { source } = await settingOf(options, "store", io);
  return source === "default" || (source !== "flag" && namesHub(options));
}

function namesHub({ url, context }: Options): boolean {
  return typeof url === "string" || typeof context === "string";
}

/** The file that is meant, where there is one. @throws as `storePlace`, and Missing. */
export async function existingStore(given: Given): Promise<StorePlace> {
  const place = await storePlace(given);
  if (existsSync(place.file)) return place;
  throw new Missing(
    `there is no store at ${place.file}`,
    "Name the file by --store, or the hub that has it by --url.",
  );
}

interface Told {
  readonly name: string;
  readonly file?: string;
}

/** What the hub says of its store. @throws as `rest`. */
async function fileOfHub(known: { readonly url: string; readonly token: string | undefined }): Promise<Told> {
  const { store } = (await rest(known, "/v1/statistics")) as { readonly store: Told };
  return store;
}

const refusals: ReadonlySet<string> = new Set(["HERMOD_FORBIDDEN", "HERMOD_UNAUTHORIZED"]);

function isUnreachable(error: unknown): boolean {
  return error instanceof HermodError && error.code === "HERMOD_UNREACHABLE";
}

function fileless(store: string): Usage {
  return new Usage(
    `the store is a NATS cluster and no file: ${shownStore(store)}`,
    "Its journals are copied and moved by the tools of NATS: nats stream backup.",
  );
}

function unknowable(url: string, why: string): Usage {
  return new Usage(
    `the hub at ${url} ${why}`,
    "Name the file of the store by --store, on the machine that has it.",
  );
}
