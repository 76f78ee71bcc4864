/** A store that is open gives the room of what is forgotten back to the disk, and tells how far it is. */
import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Bench } from "../../testing/store/bench.ts";
import { sized } from "../../testing/store/drafts.ts";
import { createEnv } from "../../testing/store/env.ts";
import { sqlite } from "../sqlite.ts";
import { directory } from "./file.test.kit.ts";

const MIB = 2 ** 20;

test("an open store is compacted step by step, and its file becomes small", async (t) => {
  const file = join(directory(t), "a.db");
  const { env, ...heard } = createEnv();
  const store = await sqlite(file, { thread: false, history: { count: 10 }, dedupe: "1s" })(env);
  const bench = new Bench(store, heard, () => heard.clock.settle());
  await bench.announce();
  for (let at = 0; at < 80; at++) await bench.send({ id: `m${at}`, payload: sized(MIB / 4) });
  await bench.drained();
  await bench.advance("1h");
  // Chores are done behind batches.
  for (let at = 0; at < 20; at++) await bench.send({ id: `late ${at}` });
  const before = statSync(file).size;
  const [first, second] = await Promise.all([
    store.operate({ type: "compact" }),
    store.operate({ type: "compact" }),
  ]);
  assert.deepEqual(first, second);
  assert.ok(first.status === "done" && first.count > 10 * MIB, JSON.stringify(first));
  assert.ok(statSync(file).size < before / 4, `${statSync(file).size} of ${before}`);
  const steps = bench.reports.flatMap((said) => (said.type === "store.compacted" ? [said.step] : []));
  assert.deepEqual(steps, ["words", "vacuum", "log", "end"]);
  assert.equal((await bench.waiting()).length, 20);
  await store.close();
});
