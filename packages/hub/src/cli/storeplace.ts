/** Storeplace: which file is meant where none is named: that of the hub that runs, else the one that a hub would take. */
import { existsSync } from "node:fs";
import { HermodError } from "hermod";
import type { Given } from "./command.ts";
import { Missing, Usage } from "./problem.ts";
import { rest } from "./rest.ts";
import { settingOf } from "./settings.ts";

/** The file of a store, and what made it the one. */
export interface StorePlace {
  readonly file: string;
  /** The hub that has it open. */
  readonly hub?: string;
}

/**
 * The file that is meant.
 * @throws Usage where a hub runs and its file is not to be had here; HermodError HERMOD_UNREACHABLE for a hub that was named.
 */
export async function storePlace({ options, settings, io }: Given): Promise<StorePlace> {
  const known = await settings();
  const { source } = await settingOf(options, "store", io);
  const file = io.path(known.store);
  if (source !== "default") return { file };
  const isNamed = typeof options["url"] === "string" || typeof options["context"] === "string";
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

/** The same, where there is one. @throws Missing too. */
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

function unknowable(url: string, why: string): Usage {
  return new Usage(
    `the hub at ${url} ${why}`,
    "Name the file of the store by --store, on the machine that has it.",
  );
}
