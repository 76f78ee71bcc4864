/** The durable store keeps the laws of a store also where nearly all that waits stands in the file alone. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type { Maybe } from "../core/maybe.ts";
import type { OpenStore, Store, StoreEnv } from "../core/store.ts";
import { storeSuite } from "../testing/storeSuite.ts";
import { sqlite } from "./sqlite.ts";

const folder = mkdtempSync(join(tmpdir(), "hermod-"));
after(() => rmSync(folder, { recursive: true, force: true }));

let files = 0;
const window = { lane: 2, all: 10_000 };
storeSuite(
  "sqlite with a narrow window",
  () => patient(sqlite(join(folder, `${++files}.db`), { thread: false, window })),
  { test },
);

/** A claim gives what stands in memory, and the rest when it was fetched: this one asks until nothing more comes. */
function patient(open: OpenStore): OpenStore {
  return async (env) => {
    const store = await open(env);
    const claim: Store["claim"] = (mailbox, max, lease, out, ...how) => {
      const count = store.claim(mailbox, max, lease, out, ...how);
      // A law of its own says that a claim of what stands in memory is no promise.
      if (max === 0 || (count === max && typeof count === "number")) return count;
      return more(async () => store.claim(mailbox, max - out.length, lease, out, ...how), env, count);
    };
    return new Proxy(store, { get: (_, name) => (name === "claim" ? claim : bound(store, name)) });
  };
}

async function more(
  claim: () => Promise<number>,
  { clock }: StoreEnv,
  first: Maybe<number>,
): Promise<number> {
  let count = await first;
  for (let turn = 0; turn < 20; turn++) {
    const next = await claim();
    count += next;
    if (next > 0) turn = 0;
    await new Promise<void>((resolve) => clock.pause(resolve));
  }
  return count;
}

function bound(store: Store, name: string | symbol): unknown {
  const value = Reflect.get(store, name) as unknown;
  return typeof value === "function" ? value.bind(store) : value;
}
