/** A hub and its clients: agents of one process are reached from another, and what was confirmed survives a cut and the hub's end. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { agent, memory, start } from "hermod";
import { remote } from "hermod/remote";
import { sqlite } from "hermod/sqlite";
import { Hub } from "./hub.ts";

const folder = mkdtempSync(join(tmpdir(), "hermod-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const echo = agent("echo", {
  on: {
    request: (said) => said,
    async *task(most) {
      for (let at = 1; at <= (most as number); at++) yield at;
      return "done";
    },
    notification: () => undefined,
  },
});

for (const [name, open] of [
  ["memory", () => memory()],
  ["sqlite", () => sqlite(join(folder, "a.db"))],
] as const)
  test(`two systems speak over a hub on ${name}: calls, tasks with their parts, casts`, async () => {
    await using hub = await Hub.open({ store: open(), port: 0 });
    await using _ = await start({ agents: [echo], store: remote(hub.url) });
    await using caller = await start({ store: remote(hub.url) });
    assert.equal(await caller.call("echo", "", "hello"), "hello");
    const task = await caller.task("echo", "", 3);
    const parts: unknown[] = [];
    for await (const { value } of task.parts()) parts.push(value);
    assert.deepEqual([parts, await task.result()], [[1, 2, 3], "done"]);
    const { id } = await caller.cast("echo", "", "noted");
    assert.ok((await caller.history({ where: `id:${id}` })).items.length === 1);
  });

test("a hub tells what runs in the processes behind it", async () => {
  await using hub = await Hub.open({ store: memory(), port: 0 });
  const system = await start({ agents: [echo], store: remote(hub.url, { client: "worker" }) });
  const [own, behind, ...none] = await hub.systems();
  assert.deepEqual(
    [own?.look?.agents, behind?.client, behind?.look?.agents, none],
    [[], "worker", ["echo"], []],
  );
  await system.close();
  while ((await hub.systems()).length > 1) await new Promise((resolve) => setTimeout(resolve, 2));
});

test("a port that is taken is told, and the store is given back", async () => {
  await using hub = await Hub.open({ store: memory(), port: 0 });
  const port = Number(new URL(hub.url).port);
  await assert.rejects(Hub.open({ store: sqlite(join(folder, "b.db")), port }), { code: "EADDRINUSE" });
  await (await Hub.open({ store: sqlite(join(folder, "b.db")), port: 0 })).close();
});

test("who is not known does not come in", async () => {
  await using hub = await Hub.open({ store: memory(), port: 0 });
  await assert.rejects(start({ store: remote(hub.url, { token: "guessed" }) }), {
    code: "HERMOD_UNAUTHORIZED",
  });
});

test("a hub that is not there is told by its address", async () => {
  await assert.rejects(start({ store: remote("http://localhost:1", { timeout: "200ms" }) }), {
    code: "HERMOD_UNREACHABLE",
    message: /http:\/\/localhost:1 did not answer within 200 ms/u,
  });
});

test("a system ends within its time and some seconds, though its hub is gone", async () => {
  const hub = await Hub.open({ store: memory(), port: 0 });
  const system = await start({ agents: [echo], store: remote(hub.url) });
  await hub.close();
  await system.close({ timeout: 0 });
});
