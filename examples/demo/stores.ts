/** Stores: where the demo's messages wait and are remembered, by the name that `--store` takes. */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { memory, type OpenStore } from "hermod";
import { sqlite } from "hermod/sqlite";

/** A store for what is told and done with, and one for what goes on in the next process when this one is killed. */
type Use<T> = (store: OpenStore, kept: OpenStore) => Promise<T>;

const stores = {
  memory: <T>(use: Use<T>) => use(memory(), memory()),
  sqlite: inFiles,
} as const;

export type StoreName = keyof typeof stores;

/** @throws Error that tells which stores there are. */
export function toStoreName(name: string): StoreName {
  if (Object.hasOwn(stores, name)) return name as StoreName;
  throw new Error(`There is no store "${name}". There are: ${Object.keys(stores).join(", ")}.`);
}

/** Gives the stores to `use`, and leaves nothing behind once that has ended. */
export const withStore = <T>(name: StoreName, use: Use<T>): Promise<T> => stores[name](use);

/** Where the kept store lies: a folder that nobody else may read, the same for each run of one user. */
export const keptFolder = join(tmpdir(), `hermod-demo-${userInfo().uid}`);

/** How long the report's tasks are known by their keys: whoever kills the demo may come back a week later. */
const LONG = "7d";

async function inFiles<T>(use: Use<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "hermod-demo-"));
  mkdirSync(keptFolder, { recursive: true, mode: 0o700 });
  try {
    const done = await use(
      sqlite(join(folder, "demo.db")),
      sqlite(join(keptFolder, "report.db"), { dedupe: LONG }),
    );
    rmSync(keptFolder, { recursive: true, force: true });
    return done;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
