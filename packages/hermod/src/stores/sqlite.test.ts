/** The durable store keeps the laws of a store: in this thread, where a test clock decides the order, and with threads of its own. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { systemClock } from "../core/clock.ts";
import { HermodError } from "../core/errors.ts";
import type { OpenStore, Store } from "../core/store.ts";
import { storeSuite } from "../testing/storeSuite.ts";
import { sqlite, type SqliteOptions } from "./sqlite.ts";
import { spare } from "./sqlite/worker.ts";

const folder = mkdtempSync(join(tmpdir(), "hermod-"));
after(() => rmSync(folder, { recursive: true, force: true }));

let files = 0;
const open = (options: SqliteOptions) => () => sqlite(join(folder, `${++files}.db`), options);

storeSuite("sqlite", open({ thread: false }), { test });

// A pair for all stores of this file, one after the other: starting one for each took most of the time.
spare.most = 2;

/** The stores of the threaded suite, the newest last: a question is answered when all that was decided before is in the file. */
let newest: Store | undefined;
const remembered = (): OpenStore => {
  const opening = open({})();
  return async (env) => (newest = await opening(env));
};
storeSuite("sqlite in threads", remembered, {
  test,
  rest: async () => {
    for (let round = 0; round < 3; round++) {
      await new Promise<void>((resolve) => systemClock.pause(resolve));
      await Promise.resolve(newest?.read({ type: "history", limit: 1 })).catch(ofClosed);
    }
  },
});

function ofClosed(error: unknown): void {
  if (!(error instanceof HermodError) || error.code !== "HERMOD_CLOSED") throw error;
}
