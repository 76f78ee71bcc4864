/** A store over NATS keeps the laws of a store: through its owner, over a real server. */
import { after, before, test } from "node:test";
import { systemClock } from "../core/clock.ts";
import { HermodError } from "../core/errors.ts";
import type { OpenStore, Store } from "../core/store.ts";
import { storeSuite } from "../testing/storeSuite.ts";
import { nats } from "./nats.ts";
import { spreadSkips } from "./spread.test.kit.ts";
import { missing, Server } from "./server.test.kit.ts";

let server: Server;
let count = 0;
let newest: Store | undefined;

if (missing === undefined) {
  before(async () => {
    server = await Server.start();
  });
  after(() => server.close());
  const skips = {
    ...spreadSkips,
    "what is ready is returned without a promise: a claim, its extension, the end of a watch":
      "every answer comes from the partition's owner",
  };
  storeSuite("NATS", fresh, { test, rest, skips });
} else test(`NATS (SKIPPED: ${missing})`, { skip: true });

function fresh(): OpenStore {
  const open = nats({ servers: server.url, namespace: `n${count++}`, partitions: 3 });
  return async (env) => (newest = await open(env));
}

async function rest(): Promise<void> {
  for (let round = 0; round < 3; round++) {
    await new Promise<void>((resolve) => systemClock.pause(resolve));
    await Promise.resolve(newest?.read({ type: "history", limit: 1 })).catch(ofClosed);
  }
}

function ofClosed(error: unknown): void {
  if (!(error instanceof HermodError) || error.code !== "HERMOD_CLOSED") throw error;
}
