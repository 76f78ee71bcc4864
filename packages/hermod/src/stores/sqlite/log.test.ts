/** A reader that stays in a transaction keeps the log growing: the operator hears of it, and whenever it has doubled. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, test } from "node:test";
import { Bench } from "../../testing/store/bench.ts";
import { sized } from "../../testing/store/drafts.ts";
import { createEnv } from "../../testing/store/env.ts";
import { sqlite } from "../sqlite.ts";

const folder = mkdtempSync(join(tmpdir(), "hermod-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const MIB = 2 ** 20;

test("a log that a reader keeps growing is told of, doubled again, and anew after it has ended", async () => {
  const file = join(folder, "log.db");
  const { env, ...heard } = createEnv();
  const store = await sqlite(file, { thread: false, durability: "fast" })(env);
  const bench = new Bench(store, heard, () => heard.clock.settle());
  await bench.announce();
  const grown = (): number[] =>
    bench.reports.flatMap((report) => (report.type === "store.log-grew" ? [report.bytes] : []));
  const fill = async (mebibytes: number): Promise<void> => {
    for (let at = 0; at < mebibytes * 4; at++) await bench.send({ payload: sized(MIB / 4) });
  };
  const reader = new DatabaseSync(file, { readOnly: true });
  reader.exec("BEGIN");
  reader.prepare("SELECT count(*) FROM message").get();
  await fill(20);
  assert.deepEqual(grown(), []);
  await fill(180);
  const [first = 0, second = 0, ...more] = grown();
  assert.ok(first >= 64 * MIB && second >= 2 * first && more.length <= 1, grown().join(", "));
  assert.ok(statSync(`${file}-wal`).size >= second);
  reader.exec("COMMIT");
  reader.close();
  await fill(100);
  assert.equal(grown().length, 2 + more.length);
  await store.close();
});
