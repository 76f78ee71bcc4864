/** Stores: where the demo's messages wait and are remembered, by the name that `--store` takes. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { memory, type OpenStore } from "hermod";
import { sqlite } from "hermod/sqlite";

type Use<T> = (store: OpenStore) => Promise<T>;

const stores = {
  memory: <T>(use: Use<T>) => use(memory()),
  sqlite: inFile,
} as const;

export type StoreName = keyof typeof stores;

/** @throws Error that tells which stores there are. */
export function toStoreName(name: string): StoreName {
  if (Object.hasOwn(stores, name)) return name as StoreName;
  throw new Error(`There is no store "${name}". There are: ${Object.keys(stores).join(", ")}.`);
}

/** Gives a store to `use`, and leaves nothing behind. */
export const withStore = <T>(name: StoreName, use: Use<T>): Promise<T> => stores[name](use);

/** In a folder that nobody else may read. */
async function inFile<T>(use: Use<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "hermod-demo-"));
  try {
    return await use(sqlite(join(folder, "demo.db")));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
