/** Stores: how the suites start a system over each store. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { memory, type OpenStore, type Store } from "hermod";
import { sqlite } from "hermod/sqlite";
import { linked, testSystem } from "hermod/testing";
import { later } from "./later.ts";
import type { On } from "./stage.ts";

export const inMemory: On = testSystem;

export const distantMemory: On = (options) => testSystem({ store: later(memory()), ...options });

/** Behind a hub, whose pipe is in this process, so that the test's clock decides the order. */
export const behindHub: On = (options) =>
  testSystem({ ...options, store: linked(options?.store ?? memory()).open });

/** Over a file of its own for each system, in the test's thread, so that the test's clock decides the order. */
export const onDisk: On = (options) =>
  testSystem({ store: sqlite(newFile(), { thread: false, durability: "fast" }), ...options });

/** One store for all who open it, which none of them closes: what a file is to those who come one after the other. */
export function kept(open: OpenStore): OpenStore {
  let opened: Promise<Store> | undefined;
  return async (env) => {
    const store = await (opened ??= Promise.resolve(open(env)));
    return new Proxy(store, {
      get(target, name) {
        if (name === "close") return () => undefined;
        const value: unknown = Reflect.get(target, name);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
  };
}

let folder: string | undefined;
let files = 0;

/** A path in a folder that goes with the process. */
export function newFile(): string {
  if (folder === undefined) {
    const made = mkdtempSync(join(tmpdir(), "hermod-"));
    process.once("exit", () => rmSync(made, { recursive: true, force: true }));
    folder = made;
  }
  return join(folder, `${++files}.db`);
}
