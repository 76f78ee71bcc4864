/** A mailbox with a long backlog goes piece by piece: nothing of it is lost, whatever comes between. */
import assert from "node:assert/strict";
import { copyFileSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { Bench } from "../../testing/store/bench.ts";
import { critic } from "../../testing/store/drafts.ts";
import { createEnv } from "../../testing/store/env.ts";
import { sqlite } from "../sqlite.ts";

const folder = mkdtempSync(join(tmpdir(), "hermod-"));
after(() => rmSync(folder, { recursive: true, force: true }));

async function opened(name: string): Promise<Bench> {
  const { env, ...heard } = createEnv();
  const store = await sqlite(join(folder, name), { thread: false })(env);
  return new Bench(store, heard, () => heard.clock.settle());
}

const many = Array.from({ length: 1300 }, (_, at) => ({ id: `m${at}` }));
const remove = { type: "remove", mailbox: critic } as const;

test("what waits in a mailbox that is removed becomes a dead letter each, in order", async () => {
  const bench = await opened("all.db");
  await bench.announce();
  await bench.send(...many);
  assert.deepEqual(await bench.store.operate(remove), { status: "done", count: 1300 });
  const { items } = await bench.store.read({ type: "dead", limit: 1000 });
  assert.deepEqual(
    items.map(({ envelope, reason }) => `${envelope.id} ${reason}`),
    many.slice(0, 1000).map(({ id }) => `${id} stopped`),
  );
  assert.equal((await bench.told()).length, 1300);
  assert.deepEqual(bench.store.directory(), []);
  await bench.store.close();
});

test("a process that ends meanwhile leaves each message waiting or as a dead letter", async () => {
  const bench = await opened("begun.db");
  await bench.announce();
  await bench.send(...many);
  let copied = false;
  bench.onDeath = (): void => {
    if (copied || bench.died.length < 700) return;
    copied = true;
    for (const part of ["", "-wal"])
      if (existsSync(join(folder, `begun.db${part}`)))
        copyFileSync(join(folder, `begun.db${part}`), join(folder, `cut.db${part}`));
  };
  await bench.store.operate(remove);
  await bench.store.close();
  const cut = await opened("cut.db");
  const { waiting } = await cut.counts();
  const pages = [await cut.store.read({ type: "dead", limit: 1000 })];
  const dead = pages.flatMap(({ items }) => items).length;
  assert.ok(waiting > 0 && dead > 0 && waiting + dead === 1300, `${waiting} wait, ${dead} are dead`);
  await cut.store.close();
});

test("an agent that is announced again meanwhile begins with an empty mailbox", async () => {
  const bench = await opened("again.db");
  await bench.announce();
  await bench.send(...many);
  const removed = bench.store.operate(remove);
  while ((await bench.store.directory()).length > 0) await Promise.resolve();
  await bench.announce();
  await bench.send({ id: "new" });
  assert.deepEqual(await removed, { status: "done", count: 1300 });
  assert.deepEqual(await bench.ids(), ["new"]);
  assert.ok(bench.reports.every(({ type }) => type !== "store.failed"));
  await bench.store.close();
});
