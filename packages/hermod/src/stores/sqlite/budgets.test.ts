/** What conversations have spent, in the file: it outlives the process, and what spends nothing writes nothing. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, test } from "node:test";
import type { Appended } from "../../core/store.ts";
import { Bench } from "../../testing/store/bench.ts";
import { critic } from "../../testing/store/drafts.ts";
import { createEnv } from "../../testing/store/env.ts";
import { sqlite } from "../sqlite.ts";

const folder = mkdtempSync(join(tmpdir(), "hermod-"));
after(() => rmSync(folder, { recursive: true, force: true }));

async function opened(name: string): Promise<Bench> {
  const { env, ...heard } = createEnv();
  const store = await sqlite(join(folder, name), { thread: false })(env);
  const bench = new Bench(store, heard, () => heard.clock.settle());
  await bench.announce();
  return bench;
}

function rows(name: string): unknown[] {
  const db = new DatabaseSync(join(folder, name), { readOnly: true });
  try {
    return db
      .prepare("SELECT conversation, amounts FROM spent")
      .all()
      .map((row) => Object.values(row));
  } finally {
    db.close();
  }
}

const budget = { messages: 3 };

test("messages are counted over a restart, those too that need not last", async () => {
  const first = await opened("restart.db");
  await first.send({ id: "a", budget }, { id: "b", budget, delivery: "at-most-once" });
  await first.store.close();
  const second = await opened("restart.db");
  const answers: Appended[] = [];
  for (const id of ["a", "c", "d"]) answers.push(await second.store.append(second.message({ id, budget })));
  assert.deepEqual(answers, [
    { status: "duplicate", id: "a" },
    { status: "stored" },
    { status: "spent", sent: 3 },
  ]);
  await second.store.close();
  assert.deepEqual(rows("restart.db"), [["c1", '{"messages":3}']]);
});

test("what spends nothing, and messages without a budget of messages, write nothing", async () => {
  const bench = await opened("nothing.db");
  await bench.store.spend("c1", {}, { tokens: 1 });
  await bench.store.spend("c1", { tokens: 2 }, { tokens: 1 });
  await bench.send({}, { budget: { tokens: 3 } }, { verb: "info", type: "status", budget });
  await bench.store.close();
  assert.deepEqual(rows("nothing.db"), []);
});

test("an at-most-once message is not seen before it is counted", async () => {
  const bench = await opened("seen.db");
  const draft = { verb: "call", type: "request", delivery: "at-most-once" } as const;
  const answer = bench.store.append(bench.message({ id: "counted", budget, ...draft }), true);
  assert.deepEqual(bench.store.append(bench.message({ id: "free", ...draft }), true), { status: "stored" });
  assert.equal(bench.store.claim(critic, 9, 1000, []), 0);
  assert.deepEqual(await answer, { status: "stored" });
  assert.deepEqual(await bench.ids(), ["counted", "free"]);
  await bench.store.close();
});
